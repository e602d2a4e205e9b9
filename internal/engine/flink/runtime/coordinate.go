package runtime

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"time"
)

// coordinator triggers checkpoints, gathers what the tasks say, and knows when the job is done. One goroutine.
type coordinator struct {
	*run
	current *checkpoint // under way; nil if none is
	due     chan struct{}
	stopDue func()
	ended   int
	failed  int // checkpoints in a row
}

// checkpoint is one while it is under way.
type checkpoint struct {
	*pending
	started time.Time
	missing map[*task]bool
	states  []savedState
	given   []CheckpointVertex
	wish    *wish // a savepoint that someone asked for; nil if none did
	final   bool  // after the end of all input
}

// wish is a savepoint that was asked for.
type wish struct {
	dir         string
	stop, drain bool
	answer      chan wished
}

type wished struct {
	path string
	err  error
}

// coordinate runs until the job has ended, was stopped, or failed.
func (r *run) coordinate() error {
	c := &coordinator{run: r, due: make(chan struct{}, 1), stopDue: func() {}}
	defer func() { c.stopDue() }()
	defer c.giveUp(errors.New("the job ended before the savepoint was complete"))
	c.schedule(r.job.config.Options.CheckpointInterval)
	for {
		var wishes chan *wish
		if c.current == nil {
			wishes = r.job.wishes
		}
		select {
		case <-r.ctx.Done():
			return r.ctx.Err()
		case f := <-r.failures:
			return taskError(f)
		case w := <-wishes:
			c.begin(w)
		case <-c.due:
			if err := c.dueNow(); err != nil {
				return err
			}
		case a := <-r.acks:
			if done, err := c.heard(a); done || err != nil {
				return err
			}
		}
	}
}

// taskError is the failure of a task.
type taskError struct {
	task string
	err  error
}

func (e taskError) Error() string { return e.task + ": " + e.err.Error() }
func (e taskError) Unwrap() error { return e.err }

// schedule makes the next checkpoint due after a while.
func (c *coordinator) schedule(after time.Duration) {
	c.stopDue()
	if c.job.config.Options.CheckpointInterval > 0 {
		c.stopDue = c.job.config.Clock.AfterFunc(after, func() { signal(c.due) })
	}
}

// dueNow begins the periodic checkpoint, or gives up the present one if its time is over.
func (c *coordinator) dueNow() error {
	if c.current == nil {
		c.begin(nil)
		return nil
	}
	limit := c.job.config.Options.CheckpointTimeout
	if c.job.config.Clock.Now().Sub(c.current.started) < limit {
		c.schedule(limit / 10)
		return nil
	}
	return c.fail(fmt.Errorf("not complete within %s", limit))
}

func (c *coordinator) begin(w *wish) {
	p := c.target(w).begin(c.next)
	c.next++
	c.current = &checkpoint{pending: p, started: c.job.config.Clock.Now(), missing: map[*task]bool{}, wish: w, final: c.ended == len(c.tasks)}
	c.pending.Store(p)
	r := &trigger{checkpoint: p.id}
	if w != nil {
		r.stop, r.drain = w.stop, w.drain
	}
	for _, t := range c.tasks {
		c.current.missing[t] = true
	}
	for _, t := range c.tasks {
		t.request(r)
	}
	c.schedule(c.job.config.Options.CheckpointTimeout)
}

// target is where a checkpoint is written: the job's directory, or, without one, that of the savepoint.
func (c *coordinator) target(w *wish) store {
	if c.store.dir == "" && w != nil {
		return store{dir: w.dir}
	}
	return c.store
}

// heard takes what a task says; done reports that the job has come to its end.
func (c *coordinator) heard(a ack) (done bool, err error) {
	if a.ended {
		c.ended++
		return c.allEnded()
	}
	if c.current == nil || a.checkpoint != c.current.id {
		return false, nil
	}
	if a.err != nil {
		return false, c.fail(a.err)
	}
	delete(c.current.missing, a.task)
	c.current.gave(a, c.job.config.Clock.Now())
	c.current.states = append(c.current.states, a.states...)
	if len(c.current.missing) > 0 {
		return false, nil
	}
	return c.complete()
}

// gave counts what a task has given.
func (cp *checkpoint) gave(a ack, now time.Time) {
	at := slices.IndexFunc(cp.given, func(v CheckpointVertex) bool { return v.ID == a.task.vertex.id })
	if at < 0 {
		at = len(cp.given)
		cp.given = append(cp.given, CheckpointVertex{ID: a.task.vertex.id})
	}
	v := &cp.given[at]
	v.Tasks++
	v.Acked = now
	for _, s := range a.states {
		v.Size += s.Size
	}
}

// allEnded takes a last checkpoint when all tasks have ended, so that the last output is committed too.
func (c *coordinator) allEnded() (done bool, err error) {
	if c.ended < len(c.tasks) || c.current != nil {
		return false, nil
	}
	if c.tx == nil && len(c.staged) == 0 {
		return true, nil
	}
	c.begin(nil)
	return false, nil
}

// complete puts the state on disk, and only then makes the output visible that belongs to it (invariant 2).
func (c *coordinator) complete() (done bool, err error) {
	cp := c.current
	m := &metadata{
		Job: c.job.config.ID, ID: cp.id, Time: c.job.config.Clock.Now(), States: cp.states,
		Parallelism: c.job.config.Options.Parallelism, Parts: c.parts,
	}
	where := c.target(cp.wish)
	if where.dir != "" {
		if err := where.complete(cp.pending, m); err != nil {
			return false, c.fail(fmt.Errorf("write it to %s: %w", where.dir, err))
		}
	}
	path, err := c.savepointTo(cp, where, m)
	if err != nil {
		return false, c.fail(err)
	}
	if err := c.publish(cp.id); err != nil {
		return false, err
	}
	c.failed = 0
	c.job.checkpointed(cp, m, path)
	if c.store.dir != "" {
		c.store.tidy(max(2, c.job.config.Options.Retained))
	}
	return c.completed(cp, path)
}

func (c *coordinator) completed(cp *checkpoint, path string) (done bool, err error) {
	c.current = nil
	if w := cp.wish; w != nil {
		w.answer <- wished{path: path}
		if w.stop {
			return true, errStopped
		}
	}
	if cp.final {
		return true, nil
	}
	options := c.job.config.Options
	took := c.job.config.Clock.Now().Sub(cp.started)
	c.schedule(max(options.CheckpointInterval-took, options.MinPause, 0))
	return c.allEnded()
}

// savepointTo puts a savepoint where it was asked for. With no directory of the job's own it is there already.
func (c *coordinator) savepointTo(cp *checkpoint, where store, m *metadata) (path string, err error) {
	if cp.wish == nil {
		return where.path(cp.id), nil
	}
	path = filepath.Join(cp.wish.dir, fmt.Sprintf("savepoint-%.6s-%s", c.job.config.ID, strconv.FormatInt(time.Now().UnixNano(), 36)))
	if err := copyTo(where.path(cp.id), path, m); err != nil {
		return "", fmt.Errorf("write the savepoint to %s: %w", path, err)
	}
	if c.store.dir == "" {
		store{dir: where.dir}.tidy(0)
	}
	return path, nil
}

func (c *coordinator) publish(id int64) error {
	if c.tx != nil {
		if err := c.tx.Commit(c.ctx, id); err != nil {
			return fmt.Errorf("commit the output of checkpoint %d: %w", id, err)
		}
		if c.store.dir != "" {
			c.store.noteCommitted(id)
		}
	}
	for _, s := range c.staged {
		if err := s.Publish(id); err != nil {
			return fmt.Errorf("publish the output of checkpoint %d: %w", id, err)
		}
	}
	return nil
}

// fail gives up the present checkpoint; the job goes on, unless too many in a row have failed.
func (c *coordinator) fail(err error) error {
	cp := c.current
	c.failed++
	c.giveUp(err)
	c.job.checkpointFailed(cp, err)
	if cp.wish == nil && c.failed > c.job.config.Options.TolerableFailures || cp.final {
		return fmt.Errorf("checkpoint %d failed, and no more than %d in a row may (execution.checkpointing.tolerable-failed-checkpoints): %w",
			cp.id, c.job.config.Options.TolerableFailures, err)
	}
	if cp.wish != nil && cp.wish.stop {
		return fmt.Errorf("stop with a savepoint: %w", err) // the sources have stopped already: start them again
	}
	c.schedule(c.job.config.Options.CheckpointInterval)
	_, err = c.allEnded()
	return err
}

func (c *coordinator) giveUp(err error) {
	cp := c.current
	if cp == nil {
		return
	}
	c.current = nil
	c.pending.Store(nil)
	cp.pending.abandon()
	if c.tx != nil {
		c.tx.Abandon(cp.id)
	}
	if cp.wish != nil {
		cp.wish.answer <- wished{err: err}
	}
}

// ask hands a wish for a savepoint to the run and waits for its answer.
func (j *Job) ask(ctx context.Context, w *wish) (string, error) {
	w.answer = make(chan wished, 1)
	select {
	case j.wishes <- w:
	case <-j.done:
		return "", fmt.Errorf("job %s does not run: it is %s", j.config.Name, j.Status().State)
	case <-ctx.Done():
		return "", ctx.Err()
	}
	select {
	case a := <-w.answer:
		return a.path, a.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}
