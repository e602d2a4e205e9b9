package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"sort"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weftmesh/weft/internal/access"
	"github.com/weftmesh/weft/internal/adapter/kafka"
	adapter "github.com/weftmesh/weft/internal/adapter/registry"
	"github.com/weftmesh/weft/internal/cli"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/engine/registry"
)

// Serve runs a server for one environment of mesh.yaml until the context ends.
func Serve(ctx context.Context, options cli.ServeOptions) error {
	token := os.Getenv(cli.ServerTokenVariable)
	if !loopback(options.HTTP) && token == "" {
		return fmt.Errorf("--http %s reaches beyond this machine, which needs a token: set %s (and WEFT_TOKEN for commands), or listen on 127.0.0.1", options.HTTP, cli.ServerTokenVariable)
	}
	log := logger(options.Out, options.Verbose)
	mesh, err := readMesh(options.Dir)
	if err != nil {
		return err
	}
	env, err := environment(mesh, options.Environment)
	if err != nil {
		return err
	}
	clients, err := kafka.Options(*env.Kafka, secret)
	if err != nil {
		return fmt.Errorf("environment %s: %w", options.Environment, err)
	}
	if err := reachable(ctx, env.Kafka.Bootstrap, clients); err != nil {
		return err
	}
	out := outside{
		environment: options.Environment, mesh: mesh.Name, control: mesh.Control, bootstrap: env.Kafka.Bootstrap, kafka: clients, by: "weft serve",
		maskKey: []byte(os.Getenv(cli.MaskKeyVariable)),
	}
	if token != "" {
		out.tokens = []access.Token{{Name: "server", Secret: token}}
	}
	if len(out.maskKey) == 0 {
		out.maskKey = make([]byte, 32)
		_, _ = rand.Read(out.maskKey) // of this process alone: hashes change with a restart, which says less, not more
	}
	var failed <-chan error
	if env.Registry == nil {
		schemas, err := registry.Open(ctx, registry.Config{Listen: options.Registry, Kafka: clients, Takeover: options.Takeover, Logger: log})
		if err != nil {
			return engineError("--registry", options.Registry, err)
		}
		defer schemas.Close()
		out.registry, failed = adapter.Config{URL: schemas.URL()}, schemas.Failed()
	} else if out.registry, err = registryConfig(*env.Registry); err != nil {
		return fmt.Errorf("environment %s: %w", options.Environment, err)
	}
	out.flink, out.jobs = jobsOf(env, out.registry.URL)
	server, err := newServer(ctx, out, options.HTTP, log)
	if err != nil {
		return err
	}
	defer server.close()
	fmt.Fprintf(options.Out, "%s serves environment %s: kafka %s, registry %s, API %s\n",
		mesh.Name, options.Environment, strings.Join(env.Kafka.Bootstrap, ","), out.registry.URL, server.url())
	select {
	case <-ctx.Done():
		return nil
	case err := <-failed:
		return err
	case err := <-server.failed:
		return err
	}
}

// reachable asks the cluster once, so that what keeps it from working is said before anything is built on it.
func reachable(ctx context.Context, bootstrap []string, clients []kgo.Opt) error {
	client, _, err := kafka.Connect(ctx, bootstrap, clients)
	if err != nil {
		return err
	}
	client.Close()
	return nil
}

// environment finds an environment that has a Kafka of its own.
func environment(mesh contracts.Mesh, name string) (contracts.Environment, error) {
	env, ok := mesh.Environments[name]
	if !ok {
		var known []string
		for other := range mesh.Environments {
			known = append(known, other)
		}
		sort.Strings(known)
		return env, fmt.Errorf("mesh.yaml has no environment %s; it has: %s", name, strings.Join(known, ", "))
	}
	if env.Kafka == nil {
		return env, fmt.Errorf("environment %s names no kafka, so it is embedded: run it with `weft up`, or add kafka: {bootstrap: [...]}", name)
	}
	return env, nil
}

func registryConfig(config contracts.Registry) (adapter.Config, error) {
	if config.URL == "" {
		return adapter.Config{}, errors.New("registry has no url")
	}
	password, err := secret(config.Password)
	if err != nil {
		return adapter.Config{}, fmt.Errorf("registry.password: %w", err)
	}
	token, err := secret(config.Token)
	if err != nil {
		return adapter.Config{}, fmt.Errorf("registry.token: %w", err)
	}
	return adapter.Config{URL: config.URL, User: config.User, Password: password, Token: token}, nil
}
