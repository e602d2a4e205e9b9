// Command simulate behaves as the applications of a retail group do: it writes related, believable records to the
// topics of the mesh and reads what its domains subscribe to. It knows Kafka and the schema registry, and nothing of
// Weft's insides.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// settings are what the command line says.
type settings struct {
	kafka, registry string
	mesh            string // folder of a mesh that runs, where the addresses are read from
	rate            float64
	faults          float64
	stop, only      string
	seed            int64
	lasts           time.Duration
	records         int64
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), endings()...)
	err := run(ctx, read(os.Args[1:]))
	stop()
	if err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "simulate:", err)
		os.Exit(1)
	}
}

// endings are the signals that end the applications. A shell has what it starts in the background ignore Ctrl-C, and ends
// it in its own order: who writes first, then what is written to.
func endings() []os.Signal {
	if signal.Ignored(os.Interrupt) {
		return []os.Signal{syscall.SIGTERM}
	}
	return []os.Signal{syscall.SIGTERM, os.Interrupt}
}

func read(args []string) settings {
	var s settings
	flags := flag.NewFlagSet("simulate", flag.ExitOnError)
	flags.Usage = func() {
		fmt.Fprintln(os.Stderr, "usage: simulate [flags] [MESH_DIR]\n\nBehaves as the applications of the retail example do. Write the names of applications (domain.app), one a line,\nto MESH_DIR/.weft/simulate.stop to silence them while it runs.")
		flags.PrintDefaults()
	}
	flags.StringVar(&s.kafka, "kafka", "", "brokers (default: those of the mesh that runs in MESH_DIR)")
	flags.StringVar(&s.registry, "registry", "", "URL of the schema registry")
	flags.Float64Var(&s.rate, "rate", 200, "records a second, in all")
	flags.Float64Var(&s.faults, "faults", 0, "share of records with a fault, 0 to 1")
	flags.StringVar(&s.stop, "stop", "", "applications that are silent: domain.app, with commas between")
	flags.StringVar(&s.only, "only", "", "the only applications that write")
	flags.Int64Var(&s.seed, "seed", 1, "seed of everything that is random")
	flags.DurationVar(&s.lasts, "for", 0, "how long (0: until it is stopped)")
	flags.Int64Var(&s.records, "records", 0, "how many records after the first burst (0: no end)")
	_ = flags.Parse(args) // exits on an error
	s.mesh = flags.Arg(0)
	if s.mesh == "" {
		s.mesh = "."
	}
	return s
}

func run(ctx context.Context, s settings) error {
	if s.lasts > 0 {
		limited, cancel := context.WithTimeout(ctx, s.lasts)
		defer cancel()
		ctx = limited
	}
	if s.kafka == "" || s.registry == "" {
		if err := s.findMesh(ctx); err != nil {
			return err
		}
	}
	codecs, err := learn(ctx, s.kafka, s.registry)
	if err != nil {
		return err
	}
	bus, err := connect(s, codecs)
	if err != nil {
		return err
	}
	defer bus.close()
	databases, err := openStores(ctx, s.mesh, bus)
	if err != nil {
		return err
	}
	defer databases.close()
	readers, err := subscribe(s.kafka)
	if err != nil {
		return err
	}
	defer readers.close()
	world := newWorld(s.seed, bus, databases)
	if err := world.goOn(ctx); err != nil {
		return err
	}
	fmt.Printf("simulating %d applications and %d readers on %s, %.0f records a second\n", len(applications()), len(readers.clients), s.kafka, s.rate)
	return live(ctx, s, world, readers)
}

func (s settings) silenced() func(app string) bool {
	named := func(list string) map[string]bool {
		set := map[string]bool{}
		for _, app := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == '\n' || r == ' ' }) {
			set[app] = true
		}
		return set
	}
	stopped, only := named(s.stop), named(s.only)
	now, _ := os.ReadFile(filepath.Join(s.mesh, ".weft", "simulate.stop")) // not there: nobody is silenced
	paused := named(string(now))
	return func(app string) bool {
		return stopped[app] || paused[app] || len(only) > 0 && !only[app]
	}
}
