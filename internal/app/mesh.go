package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weftmesh/weft/internal/access"
	"github.com/weftmesh/weft/internal/adapter/flink"
	"github.com/weftmesh/weft/internal/adapter/kafka"
	"github.com/weftmesh/weft/internal/adapter/registry"
	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/api"
	"github.com/weftmesh/weft/internal/cli"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/diags"
	"github.com/weftmesh/weft/internal/gate"
	"github.com/weftmesh/weft/internal/observe"
	"github.com/weftmesh/weft/internal/policy"
	"github.com/weftmesh/weft/internal/reconcile"
	"github.com/weftmesh/weft/internal/records"
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
	flink       *flink.Config   // nil: no jobs
	jobs        *resources.Jobs // how jobs reach Kafka and the registry
	connect     *capture        // nil: no tables are captured
	by          string
	maskKey     []byte // keyed hashes of personal data are made with it
	maskOnce    bool   // that key is this process's alone: hashes differ after a restart
	instance    string // names this process among those that share gates
	tokens      []access.Token
}

// server is Weft's control plane for one environment: it plans, applies, measures and answers.
type server struct {
	client   *kgo.Client
	writer   *kgo.Client // of records: idempotent, not shared with what observes
	ledger   *kafka.Ledger
	control  *control
	observer *observe.Observer
	desk     *records.Desk
	gates    *gate.Gates
	http     *http.Server
	addr     string
	failed   chan error
	stop     context.CancelFunc
	watching sync.WaitGroup
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
	targets := map[addrs.Kind]reconcile.Target{addrs.KindTopic: kafka.NewTopics(client), addrs.KindSubject: subjects}
	var jobs *flink.Jobs
	if out.flink != nil {
		jobs = flink.NewJobs(*out.flink)
		targets[addrs.KindJob] = jobs
	}
	reconciler := &reconcile.Reconciler{
		Environment: func(ctx context.Context) (resources.Environment, error) {
			env := resources.Environment{Name: out.environment, Brokers: brokers, ReadOnly: readOnly, Jobs: out.jobs}
			return out.connect.environment(ctx, env)
		},
		Targets: targets,
		Judge:   subjects,
		Ledger:  ledger,
		By:      out.by,
	}
	s.control = newControl(reconciler, check)
	out.connect.join(s, reconciler, out.environment)
	if err := s.control.refresh(ctx); err != nil {
		s.close()
		return nil, err
	}
	if err := s.work(out, jobs, log); err != nil {
		s.close()
		return nil, err
	}
	if err := s.listen(listen, out, log); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// work makes the parts that read and write records, and starts observing.
func (s *server) work(out outside, jobs *flink.Jobs, log *slog.Logger) error {
	writer, err := kgo.NewClient(append(append([]kgo.Opt{}, out.kafka...), kgo.ProducerLinger(2*time.Millisecond), kgo.MaxBufferedRecords(2000),
		kgo.RecordDeliveryTimeout(30*time.Second))...)
	if err != nil {
		return err
	}
	s.writer = writer
	schemas := registry.NewSchemas(out.registry)
	s.gates = newGates(out, log)
	s.control.follow = func(set contracts.Set) { s.gates.Follow(set) }
	s.gates.Follow(s.control.Set())
	s.desk = records.NewDesk(records.Config{Log: kafka.NewRecords(writer, out.kafka), Registry: schemas, MaskKey: out.maskKey})
	config := observe.Config{
		Gates: gateStatus(s.gates),
		Log:   kafka.NewSamples(s.client), Schemas: schemas, Set: s.control.Set, Logger: log,
		Recorder: kafka.NewMeasurements(writer, resources.MeasuredTopic(out.control)),
	}
	if jobs != nil {
		config.Jobs = jobs
	}
	out.connect.observed(&config)
	s.observer = observe.New(config)
	running, stop := context.WithCancel(context.Background())
	s.stop = stop
	s.watching.Go(func() { s.observer.Run(running) })
	return nil
}

// check are the rules beyond those of the format.
func check(set contracts.Set) diags.List { return policy.Check(set, time.Now()) }

func (s *server) listen(address string, out outside, log *slog.Logger) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return flagError("--http", address, err)
	}
	s.addr = listener.Addr().String()
	s.http = &http.Server{
		Handler: api.New(api.Config{
			Version: cli.Version, Set: s.control.Set, Observed: s.observer.Snapshot, Records: s.desk, Quarantine: newQuarantine(out),
			Metrics: []prometheus.Collector{observe.NewGateMetrics(gateStatus(s.gates)), observe.NewCollector(s.observer.Snapshot), collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{})},
			Tokens:  out.tokens, AnyHost: !loopback(address), Extra: []func(huma.API){api.Plans(s.control), api.Queries(queryDesk(out, s.control.Set))}, Logger: log,
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
	if s.stop != nil {
		s.stop()
		s.watching.Wait()
	}
	if s.gates != nil {
		s.gates.Close()
	}
	if s.writer != nil {
		s.writer.Close()
	}
	s.ledger.Close()
	s.client.Close()
}
