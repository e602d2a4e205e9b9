package app

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weftmesh/weft/internal/cli"
	"github.com/weftmesh/weft/internal/engine/kafka"
	"github.com/weftmesh/weft/internal/engine/registry"
)

// EngineKafka runs the event bus by itself until the context ends.
func EngineKafka(ctx context.Context, options cli.EngineKafkaOptions) error {
	bus, err := kafka.Open(ctx, kafka.Config{Dir: options.Data, Listen: options.Listen, Advertise: options.Advertise, Logger: logger(options.Out, false)})
	if err != nil {
		return engineError("--listen", options.Listen, err)
	}
	defer bus.Close()
	fmt.Fprintf(options.Out, "kafka %s\n", bus.Addr())
	select {
	case <-ctx.Done():
		return nil
	case err := <-bus.Failed():
		return err
	}
}

// EngineRegistry runs the schema registry by itself until the context ends.
func EngineRegistry(ctx context.Context, options cli.EngineRegistryOptions) error {
	clients := []kgo.Opt{kgo.SeedBrokers(strings.Split(options.Kafka, ",")...), kgo.ClientID("weft-registry"), kgo.MetadataMinAge(50 * time.Millisecond)}
	schemas, err := registry.Open(ctx, registry.Config{Listen: options.Listen, Kafka: clients, Takeover: options.Takeover, Logger: logger(options.Out, false)})
	if err != nil {
		return engineError("--listen", options.Listen, err)
	}
	defer schemas.Close()
	fmt.Fprintf(options.Out, "registry %s\n", schemas.URL())
	select {
	case <-ctx.Done():
		return nil
	case err := <-schemas.Failed():
		return err
	}
}
