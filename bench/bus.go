package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/weftmesh/weft/conformance/engines"
)

// quiet lets the suites' helpers, which are made for tests, be used by this program.
type quiet struct {
	testing.TB
	host *host
}

func (q quiet) Helper()                           {}
func (q quiet) Failed() bool                      { return false }
func (q quiet) Logf(string, ...any)               {}
func (q quiet) Cleanup(f func())                  { q.host.cleanups = append(q.host.cleanups, f) }
func (q quiet) Fatal(args ...any)                 { panic(fmt.Sprint(args...)) }
func (q quiet) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }
func (q quiet) Skipf(format string, args ...any)  { panic(fmt.Sprintf(format, args...)) }
func (q quiet) Context() context.Context          { return context.Background() }

func (q quiet) TempDir() string {
	dir, err := os.MkdirTemp(q.host.dir, "engine")
	if err != nil {
		panic(err)
	}
	return dir
}

// rounds is how often the embedded bus and Kafka by its defaults are measured; the tables give medians. Kafka that syncs
// takes so long that it is measured in the first alone.
const rounds = 3

// rival is one broker, as it is measured.
type rival struct {
	name      string
	bootstrap string
	pid       int
	configs   map[string]*string // of the topic
	rounds    int
}

// bus times Java's producer-performance against the embedded bus and against Apache Kafka, in turns.
func bus(h *host) (text string, err error) {
	defer func() {
		if failed := recover(); failed != nil {
			err = fmt.Errorf("%v", failed)
		}
	}()
	q := quiet{host: h}
	jars := filepath.Join(engines.KafkaJars(q), "*")
	ours, said, err := h.server(`kafka \S+`, h.weft, "engine", "kafka", "--listen", "127.0.0.1:0", "--data", filepath.Join(h.dir, "bus"))
	if err != nil {
		return "", err
	}
	theirs := engines.StartKafka(q, engines.KafkaOptions{Shipped: true})
	each := "1"
	rivals := []rival{
		{"embedded", after(said, "kafka"), ours.Process.Pid, nil, rounds},
		{"Apache Kafka", theirs.Bootstrap, theirs.PID, nil, rounds},
		{"Apache Kafka, flush.messages=1", theirs.Bootstrap, theirs.PID, map[string]*string{"flush.messages": &each}, 1},
	}
	text = fmt.Sprintf(busIntroduction, engines.KafkaVersion, rounds)
	for _, l := range []producing{{records: 2_400_000, warmup: 600_000, size: 100}, {records: 600_000, warmup: 150_000, size: 1000}} {
		measured, err := contest(jars, rivals, l)
		if err != nil {
			return "", err
		}
		text += l.table(rivals, measured)
	}
	return text, nil
}

const busIntroduction = `## The embedded bus beside Apache Kafka %s

` + "`go run ./bench -only bus`" + `: Java's producer-performance, acks=all, one topic of four partitions, medians of %d rounds in which the
brokers take turns; each is idle while another is measured, and the disk is synced in between. The figures leave out the first
quarter, in which the client's JVM warms up; the broker's CPU-seconds are of all records. Kafka runs with the heap, collector and
threads of its own scripts. The embedded bus has every batch on disk before it answers; Kafka, by its defaults, does not, and does
with flush.messages=1 (one round). The client shares the cores with the broker, and takes most of them.
`

// contest measures each rival in each round, and gives the runs of each.
func contest(jars string, rivals []rival, l producing) ([][]produced, error) {
	measured := make([][]produced, len(rivals))
	for round := range rounds {
		for i := range rivals {
			i = (i + round) % len(rivals)
			if round >= rivals[i].rounds {
				continue
			}
			r, err := l.perform(jars, rivals[i], fmt.Sprintf("perf-%d-%d-%d", l.size, i, round))
			if err != nil {
				return nil, fmt.Errorf("%s: %w", rivals[i].name, err)
			}
			fmt.Fprintf(os.Stderr, "  %s, %d B: %.0f records/s\n", rivals[i].name, l.size, r.records)
			measured[i] = append(measured[i], r)
		}
	}
	return measured, nil
}

func (l producing) table(rivals []rival, measured [][]produced) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n| %d × %d B | records/s | of each round | MB/s | p99 | broker's CPU-seconds | client's | peak resident |\n|---|---|---|---|---|---|---|---|\n", l.records, l.size)
	for i, r := range rivals {
		runs := measured[i]
		var each []string
		for _, run := range runs {
			each = append(each, fmt.Sprintf("%.0fk", run.records/1000))
		}
		rate := median(runs, func(r produced) float64 { return r.records })
		fmt.Fprintf(&b, "| %s | %.0f | %s | %.1f | %.0f ms | %.1f | %.1f | %s |\n", r.name, rate, strings.Join(each, ", "), rate*float64(l.size)/(1<<20),
			median(runs, func(r produced) float64 { return r.p99 }), median(runs, func(r produced) float64 { return r.broker }),
			median(runs, func(r produced) float64 { return r.client }), mb(int64(median(runs, func(r produced) float64 { return float64(r.peak) }))))
	}
	b.WriteString("\n")
	for i, r := range rivals[1:] {
		fmt.Fprintf(&b, "Beside %s: %.2f of its throughput, %.2f of its CPU-seconds, %.3f of its memory.\n", r.name,
			ratio(measured[0], measured[i+1], func(r produced) float64 { return r.records }), ratio(measured[0], measured[i+1], func(r produced) float64 { return r.broker }),
			ratio(measured[0], measured[i+1], func(r produced) float64 { return float64(r.peak) }))
	}
	return b.String()
}

func median(runs []produced, of func(produced) float64) float64 {
	var all []float64
	for _, r := range runs {
		all = append(all, of(r))
	}
	slices.Sort(all)
	return all[len(all)/2]
}

// ratio is the median of what each round gives, as a round's two runs share the machine's mood.
func ratio(ours, theirs []produced, of func(produced) float64) float64 {
	var all []float64
	for i := range min(len(ours), len(theirs)) {
		all = append(all, of(ours[i])/of(theirs[i]))
	}
	slices.Sort(all)
	return all[len(all)/2]
}
