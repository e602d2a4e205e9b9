package main

import (
	"context"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/weftmesh/weft/bench/nexmark"
)

// Events of the short and of the long run of a query: the rates are of what is between them.
const (
	shortRun    = 300_000
	longRun     = 1_300_000
	nexmarkSeed = 1
)

// marginal is what the events between a short and a long run took.
type marginal struct {
	cpu, wall time.Duration
	peak      int64 // resident, of the long run
}

func (m marginal) perCPU() float64 { return (longRun - shortRun) / m.cpu.Seconds() }

// nexmarkRun is a process of its own that runs one query on the embedded engine: bench nexmark-run QUERY EVENTS DIR.
func nexmarkRun(args []string) error {
	if len(args) != 3 {
		return fmt.Errorf("nexmark-run needs a query, a number of events and a directory")
	}
	events, err := strconv.ParseInt(args[1], 10, 64)
	if err != nil {
		return err
	}
	e, err := nexmark.NewEmbedded(context.Background(), args[2], args[0], nexmarkSeed, events)
	if err != nil {
		return err
	}
	defer e.Close()
	return e.Discard(context.Background())
}

// nexmarks asks both engines each query, in turns.
func nexmarks(h *host) (text string, err error) {
	defer func() {
		if failed := recover(); failed != nil {
			err = fmt.Errorf("%v", failed)
		}
	}()
	classPath := nexmark.Flink(quiet{host: h})
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, nexmarkIntroduction, nexmark.FlinkVersion, shortRun, longRun)
	product, count, least := 0.0, 0, math.Inf(1)
	for _, name := range nexmark.Names {
		if *queries != "" && !strings.Contains(","+*queries+",", ","+name+",") {
			continue
		}
		ours, err := h.between(func(dir string, events int64) (cost, error) {
			return timed(dir, self, "nexmark-run", name, strconv.FormatInt(events, 10), dir)
		})
		if err != nil {
			return "", fmt.Errorf("%s: %w", name, err)
		}
		theirs, err := h.between(func(dir string, events int64) (cost, error) {
			args, err := nexmark.Command(dir, classPath, []string{name}, nexmarkSeed, events, false)
			if err != nil {
				return cost{}, err
			}
			return timed(dir, "java", args...)
		})
		if err != nil {
			return "", fmt.Errorf("%s on Flink: %w", name, err)
		}
		ratio := ours.perCPU() / theirs.perCPU()
		line := fmt.Sprintf("| %s | %.0fk | %.0fk | **%.1f** | %.0fk | %.0fk | %s | %s |\n", name, ours.perCPU()/1000, theirs.perCPU()/1000, ratio,
			(longRun-shortRun)/ours.wall.Seconds()/1000, (longRun-shortRun)/theirs.wall.Seconds()/1000, mb(ours.peak), mb(theirs.peak))
		fmt.Fprint(os.Stderr, line)
		b.WriteString(line)
		product, count, least = product+math.Log(ratio), count+1, min(least, ratio)
	}
	fmt.Fprintf(&b, "\nGeometric mean of the ratios: **%.1f**; the least: %.1f. Left out:", math.Exp(product/float64(count)), least)
	for i, left := range nexmark.LeftOut {
		fmt.Fprintf(&b, "%s %s (%s)", map[bool]string{true: "", false: ","}[i == 0], left.Name, left.Why)
	}
	return b.String() + ".\n", nil
}

var queries = flag.String("queries", "", "for nexmark: these queries only, as q0,q4")

// between runs a query short and long, in fresh processes and directories.
func (h *host) between(run func(dir string, events int64) (cost, error)) (marginal, error) {
	var costs [2]cost
	for i, events := range []int64{shortRun, longRun} {
		dir, err := os.MkdirTemp(h.dir, "nexmark")
		if err != nil {
			return marginal{}, err
		}
		if costs[i], err = run(dir, events); err != nil {
			return marginal{}, err
		}
		if err := os.RemoveAll(filepath.Clean(dir)); err != nil {
			return marginal{}, err
		}
	}
	return marginal{cpu: costs[1].cpu - costs[0].cpu, wall: costs[1].wall - costs[0].wall, peak: costs[1].peak}, nil
}

const nexmarkIntroduction = `## Nexmark beside Apache Flink %s

` + "`go run ./bench -only nexmark`" + `: both engines at parallelism 1, each query in a fresh process with both cores at its disposal. Events are
made as they are read, 10,000 for each second of event time, by the same rules, value by value the same; results are discarded; state is
on the heap, with an exactly-once checkpoint to disk every 10 s. CPU-seconds are those of the whole process, collectors and compilers
among them. The rates are of the events between a run of %d and one of %d, so that the start and planning cancel. Flink runs in one JVM
with object reuse and the default compilers and collector, mini-batches off. The embedded engine makes only the columns and members of
rows that a query reads; Flink's source makes whole events, as that of the Nexmark project does. That both give the same rows,
conformance/nexmark tests.

| query | events per CPU-second | Flink's | ratio | events per second | Flink's | peak memory | Flink's |
|---|---|---|---|---|---|---|---|
`
