package runtime

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"github.com/weftmesh/weft/internal/engine/flink/stream"
	"github.com/weftmesh/weft/internal/flinksql/plan"
)

// run is one life of a job: from a start or restart to its end or its first failure.
type run struct {
	job        *Job
	ctx        context.Context //nolint:containedctx // of all that the run starts
	cancel     context.CancelFunc
	connectors stream.Connectors
	tx         stream.Transaction
	store      store
	restored   *restored
	tasks      []*task
	staged     []stream.Staged
	parts      map[string]int
	acks       chan ack
	failures   chan failure
	pending    atomic.Pointer[pending]
	next       int64 // the number of the next checkpoint
	running    sync.WaitGroup
}

type failure struct {
	task string
	err  error
}

// errStopped is how a run ends whose job was stopped with a savepoint.
var errStopped = errors.New("stopped with a savepoint")

// do runs the job once. It returns when every goroutine has ended.
func (j *Job) do(ctx context.Context) (err error) {
	r := &run{job: j, acks: make(chan ack, 64), failures: make(chan failure, 1), next: 1, store: store{dir: j.config.Dir}}
	r.ctx, r.cancel = context.WithCancel(ctx)
	defer r.cancel()
	floor()
	if r.connectors, err = j.config.Connectors(r.ctx); err != nil { //nolint:contextcheck // r.ctx is made of ctx above
		return err
	}
	defer func() { err = errors.Join(err, r.connectors.Close()) }()
	defer r.close()
	if err := r.prepare(); err != nil {
		return err
	}
	r.start() //nolint:contextcheck // its tasks have the context of the run
	j.enter(Running)
	return r.coordinate()
}

// prepare finds the state to start from and makes the tasks.
func (r *run) prepare() (err error) {
	config := &r.job.config
	if r.store.dir != "" {
		r.store.sweep()
	}
	committed := int64(-1)
	if r.tx, err = r.connectors.Transaction(r.ctx, config.Sinks); err != nil {
		return err
	}
	if r.tx != nil {
		if committed, err = r.tx.Last(r.ctx); err != nil {
			return fmt.Errorf("find the last committed checkpoint: %w", err)
		}
		r.next = max(r.next, committed+1)
	}
	if r.restored, err = r.choose(committed); err != nil {
		return err
	}
	options := config.Options
	if r.restored != nil {
		r.next = max(r.next, r.restored.id()+1)
	}
	g, err := newGraph(r.ctx, config.Sinks, options, restoredParts{Connectors: r.connectors, restored: r.restored})
	if err != nil {
		return err
	}
	if err := r.build(g); err != nil {
		return err
	}
	r.job.built(r)
	return r.restored.checkUsed(config.DropUnclaimed)
}

// restoredParts keeps the number of a source's parts as it was, unless its connector can divide their state anew.
type restoredParts struct {
	stream.Connectors
	restored *restored
}

func (p restoredParts) Parts(ctx context.Context, scan *plan.Scan) (int, error) {
	if p.restored != nil && !divides(p.Connectors, scan) {
		if parts, ok := p.restored.meta.Parts[keyOf(scan)]; ok {
			return parts, nil
		}
	}
	return p.Connectors.Parts(ctx, scan)
}

// start opens the sources and lets all tasks run.
func (r *run) start() {
	for _, t := range r.tasks {
		r.running.Go(func() {
			err := r.do(t)
			if err != nil && r.ctx.Err() == nil {
				r.fail(t.name(), err)
			}
		})
	}
}

// do opens a task's source and lets it run. A fault of the engine fails the job, and nothing else.
func (r *run) do(t *task) (err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("a fault of the engine, please report it: %v\n%s", fault, debug.Stack())
		}
	}()
	if err := r.open(t); err != nil {
		return err
	}
	return t.run()
}

// open brings a task's state back.
func (r *run) open(t *task) error {
	for _, s := range t.steps {
		if err := r.resume(s); err != nil {
			return err
		}
	}
	if t.source == nil {
		return nil
	}
	return t.source.source.Open(r.ctx, t.source.state)
}

// fail notes the first failure; the run ends with it.
func (r *run) fail(task string, err error) {
	select {
	case r.failures <- failure{task: task, err: err}:
	default:
	}
}

// close ends all tasks, waits for them, and closes what they used.
func (r *run) close() {
	r.cancel()
	r.running.Wait()
	var errs []error
	for _, t := range r.tasks {
		if t.source != nil {
			errs = append(errs, t.source.source.Close())
		}
		for _, s := range t.sinks {
			errs = append(errs, s.sink.Close())
		}
	}
	if r.tx != nil {
		errs = append(errs, r.tx.Close())
	}
	if err := errors.Join(errs...); err != nil {
		r.job.config.Logger.Warn("closing tables", "job", r.job.config.Name, "error", err)
	}
}
