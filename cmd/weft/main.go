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
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := cli.Run(ctx, cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}, app.Services(), os.Args[1:])
	stop()
	os.Exit(code)
}
