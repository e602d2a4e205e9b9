// Package registry is the embedded schema registry: Confluent's REST API on a log in Confluent's format, kept in the
// topic _schemas of any Kafka. An answer to a write is given after the log has it.
package registry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// DefaultTopic is where Confluent's registry keeps its log.
const DefaultTopic = "_schemas"

// Config says how a registry is opened.
type Config struct {
	Listen      string    // host:port; port 0 picks a free one
	Kafka       []kgo.Opt // how the cluster is reached
	Topic       string    // "" for _schemas
	Replication int       // of the topic, where it is made; 0 for 3 or as many brokers as there are
	Takeover    bool      // start although another registry leads the topic
	Authorize   func(*http.Request) error
	Logger      *slog.Logger
}

// Registry is a running schema registry.
type Registry struct {
	log      *log
	server   *http.Server
	listener net.Listener
	served   chan struct{}
	failed   chan error
}

// Errors that a caller can name a remedy for.
var (
	ErrAddress = errors.New("the address cannot be listened on")
	ErrLed     = errors.New("another registry leads the topic")
)

// Open reads the log to its end, fences earlier registries of ours, and listens.
func Open(ctx context.Context, config Config) (*Registry, error) {
	if config.Topic == "" {
		config.Topic = DefaultTopic
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	listener, err := net.Listen("tcp", config.Listen)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrAddress, config.Listen, err)
	}
	l, err := openLog(ctx, config)
	if err != nil {
		listener.Close()
		return nil, err
	}
	r := &Registry{log: l, listener: listener, served: make(chan struct{}), failed: make(chan error, 1)}
	r.server = &http.Server{
		Handler:           r.handler(config.Authorize),
		ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, WriteTimeout: time.Minute, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 64 << 10,
		ErrorLog:       slog.NewLogLogger(config.Logger.Handler(), slog.LevelDebug),
	}
	go r.serve()
	return r, nil
}

func (r *Registry) serve() {
	defer close(r.served)
	if err := r.server.Serve(r.listener); !errors.Is(err, http.ErrServerClosed) {
		r.failed <- fmt.Errorf("the schema registry stopped: %w", err)
	}
}

// Addr is the host:port that is listened on.
func (r *Registry) Addr() string { return r.listener.Addr().String() }

// URL is the base of the API.
func (r *Registry) URL() string { return "http://" + r.Addr() }

// Handler is the API, for a server of the caller's.
func (r *Registry) Handler() http.Handler { return r.server.Handler }

// Failed gives the error that took the registry down, where it was not Close.
func (r *Registry) Failed() <-chan error { return r.failed }

// Close answers what is under way and stops.
func (r *Registry) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	err := r.server.Shutdown(ctx)
	<-r.served
	r.log.close()
	return err
}
