// Package app makes the parts of the program and puts them together; it alone knows all of them. Each long-running
// part reads from top to bottom in a page: up, serve, engines.
package app

import (
	"fmt"
	"io"
	"log/slog"
	"net"

	"github.com/weftmesh/weft/internal/cli"
)

// Services are the parts that the command line starts.
func Services() cli.Services {
	return cli.Services{Up: Up, Serve: Serve, EngineKafka: EngineKafka, EngineRegistry: EngineRegistry, EngineFlink: EngineFlink, EngineConnect: EngineConnect, Gate: Gate, Table: table, Tests: testEngine{}}
}

// logger writes what the parts have to say: problems always, the rest if asked for.
func logger(out io.Writer, verbose bool) *slog.Logger {
	level := slog.LevelWarn
	if verbose {
		level = slog.LevelInfo
	}
	return slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{Level: level}))
}

// loopback reports whether an address to listen on is this machine's alone.
func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// flagError names the flag that changes an address which is taken.
func flagError(flag, address string, err error) error {
	return fmt.Errorf("cannot listen on %s: %w\nAnother program has the address, or it is not this machine's. Give another with %s HOST:PORT (port 0 picks a free one)", address, cause(err), flag)
}

// cause is the innermost error that the system gave.
func cause(err error) error {
	last := err
	for err != nil {
		last = err
		switch wrapped := err.(type) { //nolint:errorlint // it walks the chain itself
		case interface{ Unwrap() error }:
			err = wrapped.Unwrap()
		case interface{ Unwrap() []error }:
			list := wrapped.Unwrap()
			if len(list) == 0 {
				return last
			}
			err = list[len(list)-1]
		default:
			return last
		}
	}
	return last
}
