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
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"

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
	lock     *flock.Flock // of the directory
	watching sync.WaitGroup
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
	var err error
	if config.Dir, err = filepath.Abs(config.Dir); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDir, err)
	}
	e.config = config
	if e.lock, err = lockDir(config.Dir); err != nil {
		return nil, err
	}
	if err := e.resume(); err != nil {
		e.Close()
		return nil, err
	}
	return e, nil
}

// Close suspends all jobs and waits for them; an engine with a directory takes them up again when it is made anew.
func (e *Engine) Close() {
	e.stop()
	for _, j := range e.Jobs() {
		<-j.Done()
	}
	e.watching.Wait()
	if e.lock != nil {
		if err := e.lock.Unlock(); err != nil {
			e.config.Logger.Error("the lock of the data directory", "error", err)
		}
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
	Options   runtime.Options
	Settings  map[string]string // of its session when it was submitted

	dir string // of its checkpoints
}

// endedBound is how many jobs that have ended can still be asked for (Flink: jobstore.max-capacity).
const endedBound = 100

// retire forgets the oldest jobs that have ended. The engine is locked.
func (e *Engine) retire() {
	var ended []*Job
	for _, j := range e.jobs {
		if j.Status().State.Ended() {
			ended = append(ended, j)
		}
	}
	slices.SortFunc(ended, func(a, b *Job) int { return a.Submitted.Compare(b.Submitted) })
	for _, j := range ended[:max(0, len(ended)-endedBound)] {
		delete(e.jobs, j.ID)
	}
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
		config.Options.CheckpointInterval, config.Options.Restart = 0, runtime.Restart{} // rows that were fetched cannot be taken back
	case e.config.Dir != "":
		config.Dir = filepath.Join(e.jobDir(id), "checkpoints")
	case options.CheckpointInterval > 0:
		return nil, errors.New("execution.checkpointing.interval is set, and this engine has no directory to keep checkpoints in")
	}
	running, err := runtime.New(config)
	if err != nil {
		return nil, err
	}
	j := &Job{Job: running, ID: id, Name: name, Submitted: e.config.Clock.Now(), Query: query, Options: config.Options, Settings: maps.Clone(settings), dir: config.Dir}
	e.mu.Lock()
	e.retire()
	e.jobs[id] = j
	e.mu.Unlock()
	running.Start(e.ctx)
	return j, nil
}

// Settings are those that every session starts with.
func (e *Engine) Settings() map[string]string { return maps.Clone(e.config.Settings) }

// Now is the time of the engine's clock.
func (e *Engine) Now() time.Time { return e.config.Clock.Now() }

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

// CheckpointPath is where a checkpoint of the job lies; "" if it keeps none.
func (j *Job) CheckpointPath(id int64) string {
	if j.dir == "" {
		return ""
	}
	return filepath.Join(j.dir, "chk-"+strconv.FormatInt(id, 10))
}
