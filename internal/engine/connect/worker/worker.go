// Package worker runs source connectors as a Kafka Connect worker does: it keeps what they were configured with, runs their
// tasks, and writes each batch of records with its position in one Kafka transaction (KIP-618).
package worker

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weftmesh/weft/internal/engine/connect/secrets"
	"github.com/weftmesh/weft/internal/engine/connect/source"
	"github.com/weftmesh/weft/internal/engine/connect/storage"
)

// Config says how a worker is opened.
type Config struct {
	Kafka      []kgo.Opt // brokers, and how a client reaches them
	Group      string    // group.id; "" for connect-cluster
	ID         string    // host:port of its REST API, as statuses name it
	Connectors []source.Connector
	// Standard has what holds for connectors that do not say otherwise: key.converter, value.converter, header.converter with
	// their keys, and schema.registry.url for Avro converters.
	Standard    map[string]string
	Secrets     secrets.Resolver // where the values of ${file:...} and the like may lie
	Replication int              // of the worker's topics; 0: three, or as many as there are brokers
	Logger      *slog.Logger
}

// Worker runs connectors until it is closed.
type Worker struct {
	config Config
	store  *storage.Storage
	log    *slog.Logger
	ctx    context.Context // of all that runs
	cancel context.CancelFunc
	failed chan error

	changing sync.Mutex // one change of what runs at a time
	mu       sync.RWMutex
	running  map[string]*connector
}

// Open reads what is configured and starts it. A bus that does not answer is waited for.
func Open(ctx context.Context, config Config) (*Worker, error) {
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	if config.Group == "" {
		config.Group = "connect-cluster"
	}
	var store *storage.Storage
	err := patiently(ctx, config.Logger, "open the worker's topics", func() (err error) {
		store, err = storage.Open(ctx, storage.Config{
			Kafka: config.Kafka, Group: config.Group, Replication: config.Replication,
			Configs: "connect-configs", Offsets: "connect-offsets", Status: "connect-status",
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	w := &Worker{config: config, store: store, log: config.Logger, failed: make(chan error, 1), running: map[string]*connector{}}
	w.ctx, w.cancel = context.WithCancel(context.WithoutCancel(ctx))
	w.changing.Lock()
	defer w.changing.Unlock()
	for name := range store.Configs.All() {
		w.renew(name)
	}
	return w, nil
}

// Failed gives the error after which the worker is of no use: another one has taken over.
func (w *Worker) Failed() <-chan error { return w.failed }

// Close stops what runs and waits for it.
func (w *Worker) Close() {
	w.changing.Lock()
	defer w.changing.Unlock()
	w.cancel()
	for _, c := range w.all() {
		c.stop()
	}
	w.store.Close()
}

// Cluster is the id of the Kafka cluster.
func (w *Worker) Cluster(ctx context.Context) (string, error) {
	client, err := kgo.NewClient(slices.Clone(w.config.Kafka)...)
	if err != nil {
		return "", err
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	metadata, err := kadm.NewClient(client).BrokerMetadata(ctx)
	if err != nil {
		return "", fmt.Errorf("ask the brokers for their cluster: %w", err)
	}
	return metadata.Cluster, nil
}

func (w *Worker) all() []*connector {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return slices.Collect(maps.Values(w.running))
}

func (w *Worker) find(name string) *connector {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.running[name]
}

// renew makes what runs of a connector what is configured of it. The caller holds changing.
func (w *Worker) renew(name string) {
	if c := w.find(name); c != nil {
		c.stop()
	}
	configured, has := w.store.Configs.All()[name]
	if !has {
		w.mu.Lock()
		delete(w.running, name)
		w.mu.Unlock()
		w.store.Status.Forget(name)
		return
	}
	c := newConnector(w, name, configured)
	w.mu.Lock()
	w.running[name] = c
	w.mu.Unlock()
	c.start()
}
