// Package runtime runs a plan as a job: tasks that hand batches to each other, event time, checkpoints and restarts.
package runtime

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/weftmesh/weft/internal/engine/flink/stream"
	"github.com/weftmesh/weft/internal/flinksql/plan"
)

// Config is what a job is made of.
type Config struct {
	ID    string // stays the same over restarts of the process: checkpoints and transactions carry it
	Name  string
	Sinks []*plan.Sink // the roots of the plan; more than one is a statement set. They may share nodes
	// Dir is where checkpoints lie, this job's alone; "" for a job that takes none.
	Dir string
	// Savepoint is the directory to start from where Dir has no checkpoint.
	Savepoint string
	// DropUnclaimed lets a start go on that finds no place for some of the state.
	DropUnclaimed bool
	Options       Options
	// Connectors opens the tables, anew for each run.
	Connectors func(ctx context.Context) (stream.Connectors, error)
	// Operators makes the operators with state.
	Operators func(plan.Node, stream.Config) (stream.Operator, error)
	Clock     Clock        // nil: the machine's
	Logger    *slog.Logger // nil: nothing is logged
}

// Job is a plan that runs, or has run. It is started once; its methods may be called at the same time.
type Job struct {
	config Config
	wishes chan *wish
	done   chan struct{}
	cancel context.CancelFunc

	mu       sync.Mutex
	canceled bool
	status   Status
	run      *run
}

// New makes a job that is not started yet.
func New(config Config) (*Job, error) {
	if len(config.Sinks) == 0 {
		return nil, errors.New("a job needs at least one INSERT or query")
	}
	if config.Clock == nil {
		config.Clock = Wall{}
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	if config.Options.CheckpointInterval > 0 && config.Dir == "" {
		return nil, errors.New("execution.checkpointing.interval is set, but there is no directory for checkpoints (execution.checkpointing.dir)")
	}
	j := &Job{config: config, wishes: make(chan *wish), done: make(chan struct{})}
	j.status = Status{ID: config.ID, Name: config.Name, Since: map[State]time.Time{}}
	j.enter(Created)
	return j, nil
}

// Start lets the job run, in goroutines that Wait waits for. When the context ends the job is suspended: a later
// process may start it again where it was.
func (j *Job) Start(ctx context.Context) {
	ctx, j.cancel = context.WithCancel(ctx)
	go func() {
		defer close(j.done)
		defer j.cancel()
		j.live(ctx)
	}()
}

// Wait returns when the job and all its goroutines have ended, with the error that it failed with.
func (j *Job) Wait() error {
	<-j.done
	s := j.Status()
	if s.State == Failed {
		return s.Failures[len(s.Failures)-1].Err
	}
	return nil
}

// Done is closed when the job has ended.
func (j *Job) Done() <-chan struct{} { return j.done }

// Cancel ends the job, once it was started, without a savepoint, and waits until it has ended.
func (j *Job) Cancel() {
	j.mu.Lock()
	j.canceled = true
	j.mu.Unlock()
	j.enter(Cancelling)
	if j.cancel != nil {
		j.cancel()
		<-j.done
	}
}

// Savepoint writes the job's state below a directory and gives its path.
func (j *Job) Savepoint(ctx context.Context, dir string) (path string, err error) {
	return j.ask(ctx, &wish{dir: dir})
}

// Stop ends the job with a savepoint below a directory. With drain, event time comes to its end first, so that all
// windows are emitted: such a savepoint is of little use to go on from.
func (j *Job) Stop(ctx context.Context, dir string, drain bool) (path string, err error) {
	path, err = j.ask(ctx, &wish{dir: dir, stop: true, drain: drain})
	if err == nil {
		<-j.done
	}
	return path, err
}

// live runs the job, again and again where it fails and may restart.
func (j *Job) live(ctx context.Context) {
	failures := 0
	for {
		started := j.config.Clock.Now()
		err := j.do(ctx)
		switch {
		case j.wasCanceled():
			j.enter(Canceled)
			return
		case ctx.Err() != nil:
			j.enter(Suspended)
			return
		case err == nil || errors.Is(err, errStopped):
			j.enter(Finished)
			return
		}
		if r := j.config.Options.Restart; r.ResetAfter > 0 && j.config.Clock.Now().Sub(started) >= r.ResetAfter {
			failures = 0
		}
		failures++
		if !j.pause(ctx, failures, err) {
			return
		}
	}
}

// pause notes a failure and waits before the next run; false if there is to be none.
func (j *Job) pause(ctx context.Context, failures int, err error) bool {
	var t taskError
	task := ""
	if errors.As(err, &t) {
		task = t.task
	}
	j.note(task, err)
	pause, again := j.config.Options.Restart.after(failures)
	if !again {
		j.enter(Failing)
		j.enter(Failed)
		return false
	}
	j.enter(Restarting)
	over := make(chan struct{}, 1)
	defer j.config.Clock.AfterFunc(pause, func() { signal(over) })()
	select {
	case <-over:
		return true
	case <-ctx.Done():
		if j.wasCanceled() {
			j.enter(Canceled)
		} else {
			j.enter(Suspended)
		}
		return false
	}
}

func (j *Job) wasCanceled() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.canceled
}

// String names the job for people.
func (j *Job) String() string { return fmt.Sprintf("%s (%s)", j.config.Name, j.config.ID) }
