package app

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weftmesh/weft/internal/cli"
	"github.com/weftmesh/weft/internal/engine/connect/postgres"
	"github.com/weftmesh/weft/internal/engine/connect/rest"
	"github.com/weftmesh/weft/internal/engine/connect/secrets"
	"github.com/weftmesh/weft/internal/engine/connect/source"
	"github.com/weftmesh/weft/internal/engine/connect/worker"
	"github.com/weftmesh/weft/internal/engine/web"
)

// EngineConnect runs Kafka Connect by itself until the context ends.
func EngineConnect(ctx context.Context, options cli.EngineConnectOptions) error {
	capture, err := openConnect(ctx, options, seeds(options.Kafka), "--listen", logger(options.Out, options.Verbose))
	if err != nil {
		return err
	}
	defer capture.close()
	fmt.Fprintf(options.Out, "connect %s, kafka %s\n", capture.server.URL(), options.Kafka)
	select {
	case <-ctx.Done():
		return nil
	case err := <-capture.failed:
		return err
	}
}

// connectEngine is a Kafka Connect with its server.
type connectEngine struct {
	server *web.Server
	failed chan error // why it is of no use any more
	cancel context.CancelFunc
	done   chan struct{}
}

// openConnect listens, and starts a worker on the topics of a Kafka and its connectors with it: as soon as the Kafka answers,
// which it does not wait for; requests do. The flag is the one that names the address to listen on.
func openConnect(ctx context.Context, options cli.EngineConnectOptions, clients []kgo.Opt, flag string, log *slog.Logger) (*connectEngine, error) {
	e := &connectEngine{failed: make(chan error, 1), done: make(chan struct{})}
	api := &pending{ready: make(chan struct{})}
	var err error
	e.server, err = web.Open(web.Config{Name: "Kafka Connect", Listen: options.Listen, Hosts: options.Hosts, Handler: api, Refuse: rest.Refuse, Logger: log})
	if err != nil {
		return nil, webError(flag, options.Listen, err)
	}
	ctx, e.cancel = context.WithCancel(context.WithoutCancel(ctx))
	go func() {
		defer close(e.done)
		if err := e.run(ctx, options, clients, api, log); err != nil && ctx.Err() == nil {
			e.failed <- fmt.Errorf("Kafka Connect on %s: %w", options.Kafka, err)
		}
	}()
	return e, nil
}

func (e *connectEngine) run(ctx context.Context, options cli.EngineConnectOptions, clients []kgo.Opt, api *pending, log *slog.Logger) error {
	id := options.Advertise
	if id == "" {
		id = e.server.Addr()
	}
	w, err := worker.Open(ctx, worker.Config{
		Kafka:      append(slices.Clone(clients), kgo.ClientID("weft-connect")),
		ID:         id,
		Connectors: []source.Connector{postgres.Connector{}},
		Standard:   standardConverters(options.Registry),
		Secrets:    secrets.Resolver{Allowed: options.Files, Confined: len(options.Hosts) > 0},
		Logger:     log,
	})
	if err != nil {
		return err
	}
	defer w.Close()
	api.serve(rest.Handler(rest.Config{Worker: w, Commit: cli.Version, Logger: log}))
	select {
	case <-ctx.Done():
		return nil
	case err := <-w.Failed():
		return err
	case err := <-e.server.Failed():
		return err
	}
}

// seeds are the options of clients of brokers that ask for nothing.
func seeds(brokers string) []kgo.Opt {
	return []kgo.Opt{kgo.SeedBrokers(strings.Split(brokers, ",")...), kgo.MetadataMinAge(50 * time.Millisecond)}
}

// standardConverters hold for connectors that name none: JSON as it is, as most configurations of workers have it.
func standardConverters(registry string) map[string]string {
	const converter = "org.apache.kafka.connect.json.JsonConverter"
	return map[string]string{
		"key.converter": converter, "key.converter.schemas.enable": "false",
		"value.converter": converter, "value.converter.schemas.enable": "false",
		"header.converter":    "org.apache.kafka.connect.storage.SimpleHeaderConverter",
		"schema.registry.url": registry,
	}
}

func (e *connectEngine) close() {
	_ = e.server.Close() // it stops in any case
	e.cancel()
	<-e.done
}
