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
	{"check", check}, {"start", start}, {"plan", plan}, {"load", load}, {"bus", bus}, {"gates", gates}, {"nexmark", nexmarks}, {"state", states},
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
	out := flag.String("out", "", "file to write the tables to (default: standard output)")
	only := flag.String("only", "", "one section: check, start, plan, load, bus, gates, nexmark, state")
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
	var doc strings.Builder
	fmt.Fprintf(&doc, "# Benchmarks\n\nWritten by `make bench`, or section by section, on %s: %d cores, %s, %s, load average %s before it began.\nEvery table is of one run; peers ran on the same machine in the same run. A load average well above the number of cores means that\nother programs had most of the machine: then read ratios, CPU-seconds and memory.\n",
		time.Now().UTC().Format(time.DateOnly), runtime.NumCPU(), runtime.GOARCH, runtime.Version(), loadAverage())
	for _, s := range sections {
		if only != "" && only != s.name {
			continue
		}
		fmt.Fprintln(os.Stderr, "measuring", s.name)
		text, err := s.measure(h)
		if err != nil {
			text = fmt.Sprintf("Not measured: %v\n", err)
		}
		doc.WriteString("\n" + text)
	}
	if out == "" {
		fmt.Print(doc.String())
		return nil
	}
	return os.WriteFile(out, []byte(doc.String()), 0o644)
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

func (h *host) close() {
	for i := len(h.cleanups) - 1; i >= 0; i-- {
		h.cleanups[i]()
	}
	_ = os.RemoveAll(h.dir)
}
