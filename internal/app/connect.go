package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weftmesh/weft/internal/adapter/connect"
	"github.com/weftmesh/weft/internal/adapter/postgres"
	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/captures"
	"github.com/weftmesh/weft/internal/cli"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/observe"
	"github.com/weftmesh/weft/internal/reconcile"
	"github.com/weftmesh/weft/internal/resources"
)

// capture is how the tables of an environment are captured: by a Kafka Connect, from databases that Weft looks at where
// it reaches them.
type capture struct {
	connectors *connect.Connectors
	databases  *postgres.Databases
	worker     resources.Connect

	environmentName string
	live            func() contracts.Set
	writer          func() *kgo.Client // of signals

	mu          sync.Mutex
	asked       time.Time
	exactlyOnce bool
}

// newCapture is the Kafka Connect at an address.
func newCapture(address string, worker resources.Connect, secret func(contracts.Secret) (string, error)) *capture {
	c := &capture{worker: worker, databases: postgres.New(secret)}
	c.connectors = connect.New(connect.Config{URL: address, Signal: c.signal, Release: c.release})
	return c
}

// release takes away what a connector that ends leaves in its database.
func (c *capture) release(ctx context.Context, config map[string]string) error {
	set := c.live()
	all := c.worker.All(set, c.environmentName)
	for _, d := range set.Domains {
		for name, connection := range d.Connections {
			all[d.Name+"/"+name] = connection
		}
	}
	return c.databases.Release(ctx, config, all)
}

// askAgain is how long it counts what the workers of Connect said of transactions.
const askAgain = time.Minute

// environment adds what is true of Kafka Connect. One that does not answer is told by who reads its connectors.
func (c *capture) environment(ctx context.Context, env resources.Environment) (resources.Environment, error) {
	if c == nil {
		return env, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.asked) > askAgain {
		once, err := c.connectors.ExactlyOnce(ctx)
		if err != nil {
			return env, fmt.Errorf("ask Kafka Connect whether it writes exactly once: %w", err)
		}
		c.exactlyOnce, c.asked = once, time.Now()
	}
	worker := c.worker
	worker.Worker.ExactlyOnce = c.exactlyOnce
	env.Connect = &worker
	return env, nil
}

// join makes connectors a part of what a server plans and applies.
func (c *capture) join(s *server, r *reconcile.Reconciler, environment string) {
	if c == nil {
		return
	}
	c.environmentName, c.live = environment, func() contracts.Set { return s.control.Set() }
	c.writer = func() *kgo.Client { return s.writer }
	r.Targets[addrs.KindConnector] = c.connectors
	r.Validator, r.Databases = c.connectors, c.databases
}

// observed makes connectors a part of what is measured.
func (c *capture) observed(config *observe.Config) {
	if c == nil {
		return
	}
	config.Connectors = c.connectors
	config.Captured = func(p contracts.Product) (addrs.Connector, bool) {
		set := config.Set()
		return captures.NameOf(set, p, c.worker.Mesh, c.worker.All(set, c.environmentName))
	}
}

// signal writes to the topic by which a connector is asked for something.
func (c *capture) signal(ctx context.Context, topic, key string, value []byte) error {
	return c.writer().ProduceSync(ctx, &kgo.Record{Topic: topic, Key: []byte(key), Value: value}).FirstErr()
}

// captureOf is the Kafka Connect that an environment names; nil where it names none.
func captureOf(env contracts.Environment, mesh string, registry contracts.Registry, named relative) (*capture, error) {
	if env.Connect == nil {
		return nil, nil
	}
	dir, err := filepath.Abs(named.dir)
	if err != nil {
		return nil, err
	}
	return newCapture(env.Connect.URL, resources.Connect{
		Mesh: mesh, Off: env.Manage.Connectors == contracts.ManageOff, Connections: env.Connections,
		Worker: captures.Worker{
			Converter: env.Connect.Converter, Registry: registry.URL, RegistryUser: registry.User, RegistryPass: registry.Password,
			Bootstrap: strings.Join(env.Kafka.Bootstrap, ","), Settings: env.Connect.Config, Dir: dir,
		},
	}, named.secret), nil
}

// localEnvironment is the environment that `weft up` runs.
const localEnvironment = "local"

// localConnect is the Kafka Connect of a mesh that runs in this process: the engine, or one that the environment names.
type localConnect struct {
	*capture
	url    string
	engine *connectEngine // nil: one outside
	failed <-chan error   // why it cannot go on; nil of one outside
}

func openCapture(ctx context.Context, mesh contracts.Mesh, options cli.UpOptions, bus, registry string, moved map[string]contracts.Connection, log *slog.Logger) (*localConnect, error) {
	env := mesh.Environments[localEnvironment]
	env.Kafka = &contracts.Kafka{Bootstrap: []string{bus}}
	c := &localConnect{}
	if env.Connect == nil {
		var err error
		c.engine, err = openConnect(ctx, cli.EngineConnectOptions{
			Listen: options.Connect, Kafka: bus, Registry: registry, Hosts: advertised(options), Verbose: options.Verbose, Out: options.Out,
		}, seeds(bus), "--connect", log)
		if err != nil {
			return nil, err
		}
		c.failed = c.engine.failed
		env.Connect = &contracts.Connect{URL: c.engine.server.URL()}
	}
	c.url = env.Connect.URL
	var err error
	if c.capture, err = captureOf(env, mesh.Name, contracts.Registry{URL: registry}, relative{options.Dir}); err != nil {
		c.close()
		return nil, err
	}
	c.capture.worker.Moved = moved
	return c, nil
}

// serveCapture is the Kafka Connect of a server's environment: the one that it names, or the engine here where it names
// databases alone.
func serveCapture(ctx context.Context, env contracts.Environment, mesh string, registry contracts.Registry, named relative, clients []kgo.Opt, options cli.ServeOptions, log *slog.Logger) (*localConnect, error) {
	c := &localConnect{}
	var err error
	if env.Connect == nil && len(env.Connections) > 0 {
		c.engine, err = openConnect(ctx, cli.EngineConnectOptions{
			Listen: options.Connect, Kafka: strings.Join(env.Kafka.Bootstrap, ","), Registry: registry.URL, Verbose: options.Verbose, Out: options.Out,
		}, clients, "--connect", log)
		if err != nil {
			return nil, err
		}
		c.failed = c.engine.failed
		env.Connect = &contracts.Connect{URL: c.engine.server.URL()}
	}
	if c.capture, err = captureOf(env, mesh, registry, named); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

func (c *localConnect) close() {
	if c.engine != nil {
		c.engine.close()
	}
}

// movedConnections reads what --connection says: NAME=postgres://USER@HOST:PORT/DATABASE?password_file=PATH, or
// password_env=NAME. A password in the URL is refused: whoever lists processes would see it.
func movedConnections(flags []string) (map[string]contracts.Connection, error) {
	all := map[string]contracts.Connection{}
	for _, flag := range flags {
		name, text, ok := strings.Cut(flag, "=")
		u, err := url.Parse(text)
		if !ok || err != nil || !addrs.Segment(name) {
			return nil, errors.New("a --connection is not NAME=postgres://USER@HOST:PORT/DATABASE?password_file=PATH") // it may hold a password
		}
		if _, given := u.User.Password(); given {
			return nil, fmt.Errorf("--connection %s has a password in its URL, which whoever lists processes sees; write ?password_file=PATH or ?password_env=NAME", name)
		}
		d, err := databaseOf(u)
		if err != nil {
			return nil, fmt.Errorf("--connection %s: %w", name, err)
		}
		switch u.Scheme {
		case "postgres", "postgresql":
			all[name] = contracts.Connection{Postgres: &d}
		case "mysql":
			all[name] = contracts.Connection{MySQL: &d}
		default:
			return nil, fmt.Errorf("--connection %s: %q is not postgres or mysql", name, u.Scheme)
		}
	}
	return all, nil
}

func databaseOf(u *url.URL) (contracts.Database, error) {
	d := contracts.Database{Host: u.Hostname(), Database: strings.TrimPrefix(u.Path, "/"), User: u.User.Username()}
	if d.Host == "" || d.Database == "" || d.User == "" {
		return d, errors.New("it has no user, host or database")
	}
	if u.Port() != "" {
		var err error
		if d.Port, err = strconv.Atoi(u.Port()); err != nil {
			return d, err
		}
	}
	query := u.Query()
	d.Password = contracts.Secret{File: query.Get("password_file"), Env: query.Get("password_env")}
	if d.Password.File != "" {
		path, err := filepath.Abs(d.Password.File)
		d.Password.File = path
		return d, err
	}
	return d, nil
}
