package main

import (
	"context"
	"flag"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/weftmesh/weft/bench/nexmark"
)

// Events of the short run of a query, and how many more the long run has: the rates are of those.
const (
	shortRun    = 200_000
	moreEvents  = 3_000_000
	moreOfHeavy = 1_000_000
	nexmarkSeed = 1
)

// heavy queries are slow on Flink: their long runs are shorter.
var heavy = []string{"q4", "q5", "q7", "q9", "q16", "q18", "q19", "q20"}

// marginal is what the events between a short and a long run took.
type marginal struct {
	events    int64
	cpu, wall time.Duration
	peak      int64 // resident, of the long run
}

func (m marginal) perCPU() float64  { return float64(m.events) / m.cpu.Seconds() }
func (m marginal) perWall() float64 { return float64(m.events) / m.wall.Seconds() }

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
	fmt.Fprintf(&b, nexmarkIntroduction, nexmark.FlinkVersion, shortRun, moreEvents, moreOfHeavy)
	product, count, least := 0.0, 0, math.Inf(1)
	for _, name := range nexmark.Names {
		if *queries != "" && !strings.Contains(","+*queries+",", ","+name+",") {
			continue
		}
		more := int64(moreEvents)
		if slices.Contains(heavy, name) {
			more = moreOfHeavy
		}
		ours, err := h.embeddedNexmark(self, name, more)
		if err != nil {
			return "", fmt.Errorf("%s: %w", name, err)
		}
		theirs, err := h.flinkNexmark(classPath, name, more)
		if err != nil {
			return "", fmt.Errorf("%s on Flink: %w", name, err)
		}
		ratio := ours.perCPU() / theirs.perCPU()
		line := fmt.Sprintf("| %s | %.0fk | %.0fk | **%.1f** | %.0fk | %.0fk | %s | %s |\n", name, ours.perCPU()/1000, theirs.perCPU()/1000, ratio,
			ours.perWall()/1000, theirs.perWall()/1000, mb(ours.peak), mb(theirs.peak))
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

// embeddedNexmark runs a query short and long, in fresh processes and directories.
func (h *host) embeddedNexmark(self, name string, more int64) (marginal, error) {
	var costs [2]cost
	for i, events := range []int64{shortRun, shortRun + more} {
		dir, err := os.MkdirTemp(h.dir, "nexmark")
		if err != nil {
			return marginal{}, err
		}
		if costs[i], err = timed(dir, self, "nexmark-run", name, strconv.FormatInt(events, 10), dir); err != nil {
			return marginal{}, err
		}
		if err := os.RemoveAll(dir); err != nil {
			return marginal{}, err
		}
	}
	return marginal{events: more, cpu: costs[1].cpu - costs[0].cpu, wall: costs[1].wall - costs[0].wall, peak: costs[1].peak}, nil
}

// flinkNexmark runs a query short and long in one fresh JVM, after half as many events have warmed it up.
func (h *host) flinkNexmark(classPath, name string, more int64) (marginal, error) {
	dir, err := os.MkdirTemp(h.dir, "nexmark")
	if err != nil {
		return marginal{}, err
	}
	args, err := nexmark.Command(dir, classPath, []nexmark.Run{{Name: name, Events: more / 2}, {Name: name, Events: shortRun}, {Name: name, Events: shortRun + more}}, nexmarkSeed, false)
	if err != nil {
		return marginal{}, err
	}
	whole, err := timed(dir, "java", args...)
	if err != nil {
		return marginal{}, err
	}
	var took [3]struct{ cpu, wall time.Duration }
	at := 0
	for line := range strings.Lines(whole.out) {
		if n, _ := fmt.Sscan(line, &took[at].cpu, &took[at].wall); n == 2 {
			if at++; at == len(took) {
				break
			}
		}
	}
	if at < len(took) {
		return marginal{}, fmt.Errorf("it gave no times:\n%s", lastLines(whole.out))
	}
	return marginal{events: more, cpu: took[2].cpu - took[1].cpu, wall: took[2].wall - took[1].wall, peak: whole.peak}, os.RemoveAll(dir)
}

const nexmarkIntroduction = `## Nexmark beside Apache Flink %s

` + "`go run ./bench -only nexmark`" + `: both engines at parallelism 1, each query in a fresh process with both cores at its disposal. Events are
made as they are read, 10,000 for each second of event time, by the same rules, value by value the same; results are discarded; state is
on the heap, with an exactly-once checkpoint to disk every 10 s; most runs of the embedded engine end before their first is due. CPU-seconds are those of the whole process, collectors and compilers
among them. The rates are of the events that a run has beyond one of %d (%d more; %d for queries that are slow on Flink), so that the
start and planning cancel; a run of half as many events in the same JVM before these warms Flink up. Flink runs with object reuse and the default
compilers and collector, mini-batches off. The embedded engine makes only the columns and members of
rows that a query reads; Flink's source makes whole events, as that of the Nexmark project does. That both give the same rows,
conformance/nexmark tests.

| query | events per CPU-second | Flink's | ratio | events per second | Flink's | peak memory | Flink's |
|---|---|---|---|---|---|---|---|
`
