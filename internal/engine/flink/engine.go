// Package flink runs Flink SQL in this process: sessions take statements, statements become jobs, and jobs that wrote
// to disk that they exist go on where they were when the engine starts again.
package flink

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/weftmesh/weft/internal/engine/flink/connectors"
	"github.com/weftmesh/weft/internal/engine/flink/operators"
	"github.com/weftmesh/weft/internal/engine/flink/runtime"
	"github.com/weftmesh/weft/internal/engine/flink/stream"
	"github.com/weftmesh/weft/internal/flinksql/plan"
)

// Version is the Flink whose SQL the engine speaks.
const Version = "2.3.0"

// Config is what an engine is made with.
type Config struct {
	Dir      string            // jobs and their checkpoints; "" keeps nothing: jobs end with the process
	Settings map[string]string // of every session, by Flink's names, before SET
	Clock    runtime.Clock     // nil: the machine's
	Print    io.Writer         // where print tables print; nil: standard output
	Logger   *slog.Logger
	// Memory finds a table in memory by name, for tables of the connector "memory"; nil: there are none.
	Memory map[string]*connectors.Memory
	// Files are the folders that filesystem tables may lie in. With none they may lie anywhere, or, if the engine is
	// confined, nowhere.
	Files    []string
	Confined bool
}

// Engine holds sessions and jobs.
type Engine struct {
	config Config
	ctx    context.Context //nolint:containedctx // of all jobs: it ends with Close
	stop   context.CancelFunc

	mu       sync.Mutex
	sessions map[string]*Session
	jobs     map[string]*Job
}

// New makes an engine and starts the jobs that its directory has. A job that cannot start is there, failed.
func New(config Config) (*Engine, error) {
	if config.Clock == nil {
		config.Clock = runtime.Wall{}
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	e := &Engine{config: config, sessions: map[string]*Session{}, jobs: map[string]*Job{}}
	e.ctx, e.stop = context.WithCancel(context.Background())
	if config.Dir == "" {
		return e, nil
	}
	if err := os.MkdirAll(filepath.Join(config.Dir, jobsDir), 0o755); err != nil {
		return nil, fmt.Errorf("the engine's directory: %w", err)
	}
	return e, e.resume()
}

// Close suspends all jobs and waits for them; an engine with a directory takes them up again when it is made anew.
func (e *Engine) Close() {
	e.stop()
	for _, j := range e.Jobs() {
		<-j.Done()
	}
}

// OpenSession makes a session with its settings.
func (e *Engine) OpenSession(settings map[string]string) *Session {
	all := maps.Clone(e.config.Settings)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, settings)
	s := newSession(e, newHandle(), all)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.sessions[s.Handle] = s
	return s
}

// Session finds a session by its handle.
func (e *Engine) Session(handle string) (*Session, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	s, ok := e.sessions[handle]
	return s, ok
}

// CloseSession forgets a session; its jobs go on, its queries end.
func (e *Engine) CloseSession(handle string) bool {
	e.mu.Lock()
	s, ok := e.sessions[handle]
	delete(e.sessions, handle)
	e.mu.Unlock()
	if ok {
		s.close()
	}
	return ok
}

// Jobs lists the jobs, the newest first.
func (e *Engine) Jobs() []*Job {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.SortedFunc(maps.Values(e.jobs), func(a, b *Job) int {
		if c := b.Submitted.Compare(a.Submitted); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
}

// Job finds a job by its ID.
func (e *Engine) Job(id string) (*Job, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	j, ok := e.jobs[id]
	return j, ok
}

// Job is a job of the engine.
type Job struct {
	*runtime.Job
	ID        string
	Name      string
	Submitted time.Time
	Query     bool // gives a SELECT's rows to a session: it is not kept
}

// launch makes a job of planned sinks and starts it.
func (e *Engine) launch(id, name string, sinks []*plan.Sink, settings map[string]string, memory map[string]*connectors.Memory, query bool) (*Job, error) {
	options, err := runtime.ParseOptions(settings)
	if err != nil {
		return nil, err
	}
	tables := maps.Clone(e.config.Memory)
	if tables == nil {
		tables = map[string]*connectors.Memory{}
	}
	maps.Copy(tables, memory)
	config := runtime.Config{
		ID: id, Name: name, Sinks: sinks, Options: options, Operators: operators.New, Clock: e.config.Clock, Logger: e.config.Logger,
		Connectors: func(ctx context.Context) (stream.Connectors, error) {
			return connectors.Open(ctx, connectors.Config{Job: id, Memory: tables, Clock: e.config.Clock, Zone: options.Zone, Print: e.config.Print, Logger: e.config.Logger})
		},
		Savepoint:     strings.TrimPrefix(settings["execution.state-recovery.path"], "file:"),
		DropUnclaimed: settings["execution.state-recovery.ignore-unclaimed-state"] == "true",
	}
	switch {
	case query:
		config.Options.CheckpointInterval = 0
	case e.config.Dir != "":
		config.Dir = filepath.Join(e.jobDir(id), "checkpoints")
	case options.CheckpointInterval > 0:
		return nil, errors.New("execution.checkpointing.interval is set, and this engine has no directory to keep checkpoints in")
	}
	running, err := runtime.New(config)
	if err != nil {
		return nil, err
	}
	j := &Job{Job: running, ID: id, Name: name, Submitted: e.config.Clock.Now(), Query: query}
	e.mu.Lock()
	e.jobs[id] = j
	e.mu.Unlock()
	running.Start(e.ctx)
	return j, nil
}

// newHandle is a random UUID, as Flink's session and operation handles are.
func newHandle() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	text := hex.EncodeToString(b[:])
	return text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:]
}

// newJobID is 16 random bytes in hexadecimal, as Flink's job IDs are.
func newJobID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}
