// Command database runs the PostgreSQL of the retail group's applications: from the machine's own programs, on a
// private directory below MESH_DIR/.weft and a free port of loopback, until it is stopped. It knows nothing of Weft's
// insides, and touches no other database.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
)

func main() {
	flag.Usage = func() {
		fmt.Fprintln(os.Stderr, "usage: database MESH_DIR            run the databases crm and billing until it is stopped\n       database MESH_DIR psql NAME [ARGUMENT...]   open psql on one of them while it runs")
	}
	flag.Parse()
	if flag.NArg() == 0 || flag.NArg() > 1 && (flag.Arg(1) != "psql" || flag.NArg() < 3) {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), endings()...)
	err := run(ctx, flag.Args())
	stopped := ctx.Err() != nil
	stop()
	if err != nil && !stopped {
		fmt.Fprintln(os.Stderr, "database:", err)
		os.Exit(1)
	}
}

// endings are the signals that stop the databases. A shell has what it starts in the background ignore Ctrl-C: then they
// wait to be told, so that those who use them end first.
func endings() []os.Signal {
	signals := []os.Signal{syscall.SIGTERM, syscall.SIGHUP}
	if !signal.Ignored(os.Interrupt) {
		signals = append(signals, os.Interrupt)
	}
	return signals
}

func run(ctx context.Context, args []string) error {
	home, err := filepath.Abs(filepath.Join(args[0], ".weft", "postgres"))
	if err != nil {
		return err
	}
	programs, err := findPrograms(machine())
	if err != nil {
		return err
	}
	if len(args) > 1 {
		return psql(home, programs, args[2], args[3:])
	}
	return serve(ctx, home, programs)
}

// psql becomes PostgreSQL's own client on one of the databases.
func psql(home string, programs programs, name string, args []string) error {
	address, err := os.ReadFile(filepath.Join(home, name+".url"))
	if err != nil {
		return fmt.Errorf("no database %s runs here; `make up` starts crm and billing", name)
	}
	path := programs.path("psql")
	if _, err := os.Stat(path); err != nil {
		if path, err = exec.LookPath("psql"); err != nil {
			return errors.New("psql is not installed; it comes with PostgreSQL's client (Debian: postgresql-client)")
		}
	}
	return syscall.Exec(path, append([]string{"psql", string(address)}, args...), os.Environ())
}
