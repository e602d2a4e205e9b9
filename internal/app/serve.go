package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"os"
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
	if err := guarded(options, token); err != nil {
		return err
	}
	log := logger(options.Out, options.Verbose)
	mesh, env, clients, err := served(options)
	if err != nil {
		return err
	}
	named := relative{options.Dir}
	if err := reachable(ctx, env.Kafka.Bootstrap, clients); err != nil {
		return err
	}
	out := outside{
		environment: options.Environment, mesh: mesh.Name, control: mesh.Control, bootstrap: env.Kafka.Bootstrap, kafka: clients, by: "weft serve",
		instance: instance(options.HTTP),
	}
	out.maskKey, out.maskOnce = maskKey()
	if token != "" {
		out.tokens = []access.Token{{Name: "server", Secret: token}}
	}
	var failed <-chan error
	if env.Registry == nil {
		schemas, err := registry.Open(ctx, registry.Config{Listen: options.Registry, Kafka: clients, Takeover: options.Takeover, Logger: log, Authorize: authorize(out.tokens)})
		if err != nil {
			return engineError("--registry", options.Registry, err)
		}
		defer schemas.Close()
		out.registry, failed = adapter.Config{URL: schemas.URL(), Token: token}, schemas.Failed()
	} else if out.registry, err = named.registry(*env.Registry); err != nil {
		return fmt.Errorf("environment %s: %w", options.Environment, err)
	}
	out.flink, out.jobs = jobsOf(env, out.registry.URL)
	tables, err := serveCapture(ctx, env, mesh.Name, registryOfConnect(env, out.registry.URL, token), named, clients, options, log)
	if err != nil {
		return err
	}
	defer tables.close()
	out.connect = tables.capture
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
	case err := <-tables.failed:
		return err
	case err := <-server.failed:
		return err
	}
}

// served finds what the environment's file says: the mesh, the environment, and how its Kafka is reached.
func served(options cli.ServeOptions) (contracts.Mesh, contracts.Environment, []kgo.Opt, error) {
	var none contracts.Environment
	mesh, problems, err := readMesh(options.Dir)
	if err != nil {
		return mesh, none, nil, err
	}
	if len(problems) > 0 {
		return mesh, none, nil, fmt.Errorf("mesh.yaml has problems, and an environment is not reached on a guess; `weft check` shows them all. The first: %s", problems.Sorted()[0])
	}
	env, err := environment(mesh, options.Environment)
	if err != nil {
		return mesh, none, nil, err
	}
	named := relative{options.Dir}
	clients, err := kafka.Options(named.kafka(*env.Kafka), named.secret)
	if err != nil {
		return mesh, none, nil, fmt.Errorf("environment %s: %w", options.Environment, err)
	}
	return mesh, env, clients, nil
}

// registryOfConnect is how connectors reach the registry: the environment's own, or Weft's, which takes the server's
// token as the password of whoever.
func registryOfConnect(env contracts.Environment, url, token string) contracts.Registry {
	switch {
	case env.Registry != nil:
		return *env.Registry
	case token != "":
		return contracts.Registry{URL: url, User: "weft", Password: contracts.Secret{Env: cli.ServerTokenVariable}}
	}
	return contracts.Registry{URL: url}
}

// maskKey is the key of keyed hashes: the environment's, or one of this process alone, with which hashes change at a
// restart, which says less, not more.
func maskKey() (key []byte, once bool) {
	if key = []byte(os.Getenv(cli.MaskKeyVariable)); len(key) > 0 {
		return key, false
	}
	key = make([]byte, 32)
	_, _ = rand.Read(key)
	return key, true
}

// guarded refuses to be reached from beyond this machine by whoever comes.
func guarded(options cli.ServeOptions, token string) error {
	if !loopback(options.Connect) {
		return fmt.Errorf("--connect %s reaches beyond this machine, and Kafka Connect asks nobody who they are; listen on 127.0.0.1, or run `weft engine connect --host NAME` and name it below connect of the environment", options.Connect)
	}
	for _, listens := range [][2]string{{"--http", options.HTTP}, {"--registry", options.Registry}} {
		if !loopback(listens[1]) && token == "" {
			return fmt.Errorf("%s %s reaches beyond this machine, which needs a token: set %s (and WEFT_TOKEN for commands), or listen on 127.0.0.1", listens[0], listens[1], cli.ServerTokenVariable)
		}
	}
	return nil
}

// authorize asks the registry's clients for a token, as bearers of it or with it as their password; nil asks nothing.
func authorize(tokens []access.Token) func(*http.Request) error {
	if len(tokens) == 0 {
		return nil
	}
	return func(r *http.Request) error {
		given, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if _, password, basic := r.BasicAuth(); basic && !bearer {
			given = password
		}
		if _, ok := access.Authenticate(tokens, given); !ok {
			return errors.New("a token is needed: as the password of a user, or in Authorization: Bearer TOKEN")
		}
		return nil
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
