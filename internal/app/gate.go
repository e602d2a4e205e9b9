package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/weftmesh/weft/internal/adapter/kafka"
	"github.com/weftmesh/weft/internal/adapter/registry"
	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/cli"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/gate"
	"github.com/weftmesh/weft/internal/observe"
	"github.com/weftmesh/weft/internal/resources"
)

func gateConfig(out outside, log *slog.Logger) gate.Config {
	return gate.Config{Bus: kafka.NewGates(out.kafka), Registry: registry.NewSchemas(out.registry), Secret: out.maskKey, Lasting: !out.maskOnce, Instance: out.instance, Logger: log, Now: time.Now}
}

// newGates makes the gates of an environment; none runs yet.
func newGates(out outside, log *slog.Logger) *gate.Gates { return gate.NewGates(gateConfig(out, log)) }

// newQuarantine shows, replays and drops what the gates of an environment set aside.
func newQuarantine(out outside) *gate.Desk {
	return gate.NewDesk(gateConfig(out, nil), resources.FateTopic(out.control))
}

// gateStatus says of each product how its gates in this process are.
func gateStatus(gates *gate.Gates) func() map[addrs.Product][]observe.Gate {
	return func() map[addrs.Product][]observe.Gate {
		all := map[addrs.Product][]observe.Gate{}
		for _, s := range gates.Status() {
			all[s.Product] = append(all[s.Product], observed(s))
		}
		return all
	}
}

func observed(s gate.Status) observe.Gate {
	g := observe.Gate{
		Topic: s.Topic, Input: s.Input, Watch: s.Topic == s.Input, State: string(s.State), Why: s.Why, Warning: s.Warning, Since: s.Since,
		In: s.Counts.In, Passed: s.Counts.Passed, Removed: s.Counts.Removed, Absorbed: s.Counts.Absorbed, Quarantined: s.Counts.Quarantined, Refused: s.Counts.Refused,
	}
	for _, c := range s.Counts.Checks {
		g.Checks = append(g.Checks, observe.CheckCount{Name: c.Name, Dimension: c.Dimension, Threshold: c.Threshold, Passed: c.Passed, Failed: c.Failed})
	}
	return g
}

var unfit = regexp.MustCompile(`[^a-zA-Z0-9.-]+`)

// instance names a process by its machine and the address that it listens on, which are its own and stay the same when
// it is started again: whoever has the name fences what was left of it.
func instance(listen string) string {
	host, err := os.Hostname()
	if err != nil {
		host = "host"
	}
	_, port, _ := net.SplitHostPort(listen)
	return unfit.ReplaceAllString(host+"-"+port, "-")
}

// refreshEvery is how often a process of gates looks whether other contracts are live.
const refreshEvery = 2 * time.Second

// Gate runs the gates of an environment's live products until the context ends, beside other processes that do.
func Gate(ctx context.Context, options cli.GateOptions) error {
	log := logger(options.Out, options.Verbose)
	out, err := gateOutside(ctx, options)
	if err != nil {
		return err
	}
	ledger := kafka.NewLedger(out.kafka, out.mesh, out.control)
	defer ledger.Close()
	gates := newGates(out, log)
	defer gates.Close()
	if options.Metrics != "" {
		stop, err := serveMetrics(options.Metrics, observe.NewGateMetrics(gateStatus(gates)))
		if err != nil {
			return err
		}
		defer stop()
	}
	fmt.Fprintf(options.Out, "gates of environment %s: kafka %s, registry %s, instance %s\n", options.Environment, strings.Join(out.bootstrap, ","), out.registry.URL, out.instance)
	return followLedger(ctx, ledger, gates, options, log)
}

// followLedger runs the gates of what is live, and asks again every now and then.
func followLedger(ctx context.Context, ledger *kafka.Ledger, gates *gate.Gates, options cli.GateOptions, log *slog.Logger) error {
	ticker := time.NewTicker(refreshEvery)
	defer ticker.Stop()
	for first := true; ; first = false {
		set, err := liveSet(ctx, ledger)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && first:
			return err
		case err != nil:
			log.Warn("the live contracts cannot be read; the gates go on as they are", "error", err)
		default:
			products, err := gatedProducts(set, options.Products)
			if err != nil && first {
				return err
			}
			gates.Follow(set, products...)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// gatedProducts finds the products that the words of a command mean; none are all.
func gatedProducts(set contracts.Set, words []string) ([]addrs.Product, error) {
	var products []addrs.Product
	for _, word := range words {
		addr, err := addrs.ParseProduct(word)
		if err != nil {
			return nil, err
		}
		if _, ok := set.Product(addr); !ok {
			return nil, fmt.Errorf("no product %s is live in this mesh", addr)
		}
		products = append(products, addr)
	}
	return products, nil
}

// gateOutside is how the gates of an environment reach its systems.
func gateOutside(ctx context.Context, options cli.GateOptions) (outside, error) {
	mesh, _, err := readMesh(options.Dir)
	if err != nil {
		return outside{}, err
	}
	env, err := environment(mesh, options.Environment)
	if err != nil {
		return outside{}, err
	}
	named := relative{options.Dir}
	clients, err := kafka.Options(named.kafka(*env.Kafka), named.secret)
	if err != nil {
		return outside{}, fmt.Errorf("environment %s: %w", options.Environment, err)
	}
	if err := reachable(ctx, env.Kafka.Bootstrap, clients); err != nil {
		return outside{}, err
	}
	out := outside{environment: options.Environment, mesh: mesh.Name, control: mesh.Control, bootstrap: env.Kafka.Bootstrap, kafka: clients, instance: options.Instance}
	out.maskKey, out.maskOnce = maskKey()
	if out.instance == "" {
		out.instance = unfit.ReplaceAllString(instance(":gate")+"-"+fmt.Sprint(os.Getpid()), "-")
	}
	switch {
	case env.Registry != nil:
		out.registry, err = named.registry(*env.Registry)
	case options.Registry != "":
		out.registry = registry.Config{URL: options.Registry, Token: os.Getenv(cli.TokenVariable)}
	default:
		err = errors.New("it names no registry: write registry: {url: ...}, or say with --registry where a server runs Weft's own")
	}
	if err != nil {
		return outside{}, fmt.Errorf("environment %s: %w", options.Environment, err)
	}
	return out, nil
}

// serveMetrics serves /metrics until stop is called.
func serveMetrics(listen string, collector prometheus.Collector) (stop func(), err error) {
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return nil, flagError("--metrics", listen, err)
	}
	server := metricsServer(collector)
	go server.Serve(listener)                 //nolint:errcheck // it ends with Close
	return func() { _ = server.Close() }, nil // it stops in any case
}
