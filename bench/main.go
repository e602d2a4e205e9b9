// Command bench measures speed and memory, with peers beside us in the same run, and writes the tables of
// docs/benchmarks.md. Figures of a noisy machine are to be read as ratios of one run.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// section is one table: what is measured, and how.
type section struct {
	name    string
	measure func(*host) (string, error)
}

var sections = []section{
	{"check", check}, {"start", start}, {"plan", plan}, {"load", load}, {"bus", bus}, {"gates", gates}, {"capture", capture}, {"commit", fromCommit}, {"nexmark", nexmarks}, {"state", states}, {"topics", staged((*stage).copies)}, {"latency", staged((*stage).latencies)},
}

// own are the measurements that run in a process of their own, which is this program again.
var own = map[string]func(args []string) error{"nexmark-run": nexmarkRun, "state-run": stateRun}

func main() {
	if len(os.Args) > 1 && own[os.Args[1]] != nil {
		if err := own[os.Args[1]](os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	out := flag.String("out", "", "file to write the tables to, in place of those that it has (default: standard output)")
	only := flag.String("only", "", "some sections, as nexmark,state: check, start, plan, load, bus, gates, capture, commit, nexmark, state, topics, latency")
	flag.Parse()
	if err := run(*out, *only); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(out, only string) error {
	h, err := newHost()
	if err != nil {
		return err
	}
	defer h.close()
	doc := introduction
	if out != "" {
		if text, err := os.ReadFile(out); err == nil {
			doc = string(text)
		}
	}
	for _, s := range sections {
		if only != "" && !strings.Contains(","+only+",", ","+s.name+",") {
			continue
		}
		fmt.Fprintln(os.Stderr, "measuring", s.name)
		when := fmt.Sprintf("Measured on %s: %d cores, %s, %s, load average %s before it began.", time.Now().UTC().Format(time.DateOnly), runtime.NumCPU(), runtime.GOARCH, runtime.Version(), loadAverage())
		text, err := s.measure(h)
		h.tidy()
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s is not measured: %v\n", s.name, err)
			continue
		}
		heading, rest, _ := strings.Cut(text, "\n")
		doc = withSection(doc, heading, when+"\n"+rest)
		if err := writeDocument(out, doc); err != nil {
			return err
		}
	}
	if out == "" {
		fmt.Print(doc)
	}
	return nil
}

// loadAverage is that of the last minute.
func loadAverage() string {
	text, _ := os.ReadFile("/proc/loadavg")
	first, _, _ := strings.Cut(string(text), " ")
	return first
}

// host is what measurements need: a folder of their own, the built program, and an end to everything that they start.
type host struct {
	dir      string
	weft     string
	simulate string
	cleanups []func()
}

func newHost() (*host, error) {
	dir, err := os.MkdirTemp("", "weft-bench")
	if err != nil {
		return nil, err
	}
	h := &host{dir: dir, weft: filepath.Join(dir, "weft"), simulate: filepath.Join(dir, "simulate")}
	for target, pkg := range map[string]string{h.weft: "./cmd/weft", h.simulate: "./examples/retail/simulate"} {
		if text, err := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", target, pkg).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("build %s: %w\n%s", pkg, err, text)
		}
	}
	return h, nil
}

// temp makes a folder of its own.
func (h *host) temp(name string) string {
	dir, err := os.MkdirTemp(h.dir, name)
	if err != nil {
		panic(err)
	}
	return dir
}

// tidy ends all that was started.
func (h *host) tidy() {
	for i := len(h.cleanups) - 1; i >= 0; i-- {
		h.cleanups[i]()
	}
	h.cleanups = nil
}

func (h *host) close() {
	h.tidy()
	_ = os.RemoveAll(h.dir)
}
