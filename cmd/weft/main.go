// Command weft is the self-serve, real-time data mesh in one binary.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/weftmesh/weft/internal/app"
	"github.com/weftmesh/weft/internal/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), endings()...)
	code := cli.Run(ctx, cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}, app.Services(), os.Args[1:])
	stop()
	os.Exit(code)
}

// endings are the signals that end a command. A shell has what it starts in the background ignore Ctrl-C, and ends it
// in its own order.
func endings() []os.Signal {
	if signal.Ignored(os.Interrupt) {
		return []os.Signal{syscall.SIGTERM}
	}
	return []os.Signal{syscall.SIGTERM, os.Interrupt}
}
