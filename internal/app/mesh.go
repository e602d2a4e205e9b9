package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weftmesh/weft/internal/adapter/kafka"
	"github.com/weftmesh/weft/internal/adapter/registry"
	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/api"
	"github.com/weftmesh/weft/internal/cli"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/diags"
	"github.com/weftmesh/weft/internal/reconcile"
	"github.com/weftmesh/weft/internal/resources"
)

// outside is how a server reaches the systems of an environment.
type outside struct {
	environment string
	mesh        string
	control     string // the control domain
	bootstrap   []string
	kafka       []kgo.Opt
	registry    registry.Config
	by          string
}

// server is Weft's control plane for one environment: it plans, applies, measures and answers.
type server struct {
	client  *kgo.Client
	ledger  *kafka.Ledger
	control *control
	http    *http.Server
	addr    string
	failed  chan error
}

// newServer connects to the outside systems, reads the mesh's state and listens.
func newServer(ctx context.Context, out outside, listen string, log *slog.Logger) (*server, error) {
	client, brokers, err := kafka.Connect(ctx, out.bootstrap, out.kafka)
	if err != nil {
		return nil, err
	}
	subjects := registry.NewSubjects(out.registry)
	readOnly, err := subjects.HasModes(ctx)
	if err != nil {
		client.Close()
		return nil, err
	}
	ledger := kafka.NewLedger(out.kafka, out.mesh, out.control)
	s := &server{client: client, ledger: ledger, failed: make(chan error, 1)}
	s.control = newControl(&reconcile.Reconciler{
		Environment: func(context.Context) (resources.Environment, error) {
			return resources.Environment{Name: out.environment, Brokers: brokers, ReadOnly: readOnly}, nil
		},
		Targets: map[addrs.Kind]reconcile.Target{addrs.KindTopic: kafka.NewTopics(client), addrs.KindSubject: subjects},
		Judge:   subjects,
		Ledger:  ledger,
		By:      out.by,
	}, check)
	if err := s.control.refresh(ctx); err != nil {
		s.close()
		return nil, err
	}
	if err := s.listen(listen, log); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// check are the rules beyond those of the format.
func check(contracts.Set) diags.List { return nil }

func (s *server) listen(address string, log *slog.Logger) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return flagError("--http", address, err)
	}
	s.addr = listener.Addr().String()
	s.http = &http.Server{
		Handler: api.New(api.Config{
			Version: cli.Version, Set: s.control.Set, Extra: []func(huma.API){api.Plans(s.control)}, Logger: log,
		}),
		ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	go func() {
		if err := s.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.failed <- fmt.Errorf("the API stopped: %w", err)
		}
	}()
	return nil
}

func (s *server) url() string { return "http://" + s.addr }

func (s *server) close() {
	if s.http != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		_ = s.http.Shutdown(ctx)
		_ = s.http.Close()
	}
	s.ledger.Close()
	s.client.Close()
}
