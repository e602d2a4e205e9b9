package main

import (
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
)

// gated are the benchmarks of gates, and what each is.
var gated = []struct{ name, what, asked string }{
	{"BenchmarkGate/avro", "Avro, written with the product's schema: ten fields, five checks in SQL", "300,000"},
	{"BenchmarkGate/json", "JSON: the same", "150,000"},
	{"BenchmarkEnvelopes/debezium-orders-avro", "Debezium's envelopes in Avro, as recorded: five columns, some removals", ""},
	{"BenchmarkEnvelopes/debezium-orders", "Debezium's envelopes in JSON, as recorded", ""},
	{"BenchmarkThroughTheBus", "JSON from one topic of the embedded bus to another, exactly once: gate, bus and disk in one process, on all cores", ""},
}

var benchmarked = regexp.MustCompile(`(?m)^(Benchmark\S+?)(?:-\d+)?\s.*?([\d.]+) records/s(?:.*?([\d]+) allocs/op)?`)

// gates measures what gates let through.
func gates(*host) (string, error) {
	found := map[string][2]string{}
	for _, args := range [][]string{{"-bench", "Gate|Envelopes", "-cpu", "1", "-benchtime", "3s"}, {"-bench", "ThroughTheBus", "-benchtime", "3x"}} {
		text, err := exec.Command("go", append([]string{"test", "./internal/gate", "-run", "^$"}, args...)...).CombinedOutput()
		if err != nil {
			return "", fmt.Errorf("%w\n%s", err, text)
		}
		for _, m := range benchmarked.FindAllStringSubmatch(string(text), -1) {
			found[m[1]] = [2]string{m[2], m[3]}
		}
	}
	var b strings.Builder
	b.WriteString("## Gates\n\n`go run ./bench -only gates`: decode, judge and encode, on one core without the bus, in batches of 4096 whose memory is used again; and\nthrough the embedded bus.\n\n| | records/s | asked for | allocations a record |\n|---|---|---|---|\n")
	for _, g := range gated {
		m, ok := found[g.name]
		if !ok {
			return "", fmt.Errorf("%s did not run", g.name)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", g.what, thousands(m[0]), g.asked, allocations(m[1]))
	}
	return b.String(), nil
}

func thousands(text string) string {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return text
	}
	return fmt.Sprintf("%d,000", int(n/1000))
}

func allocations(text string) string {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%.2f", n/4096)
}
