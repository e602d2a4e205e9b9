package gate

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/contracts"
)

// Batch sizes and pauses of a worker.
const (
	mostPolled   = 8192                   // records of one transaction
	firstPause   = 100 * time.Millisecond // before what failed is tried again; it doubles
	longestPause = 10 * time.Second
)

// Config is what gates need. All is required but Logger.
type Config struct {
	Bus      Bus
	Registry Registry
	Secret   []byte // of the environment: keyed hashes are made with it
	Lasting  bool   // the secret is the environment's; else it is this process's alone, and no masked copy is written with it
	Instance string // names this process among those that share the gates; who takes a name fences who had it
	Logger   *slog.Logger
	Now      func() time.Time
}

// worker runs one gate until its context ends.
type worker struct {
	config Config
	spec   Spec
	status *status
}

func newWorker(config Config, spec Spec) *worker {
	s := &status{now: config.Now, Status: Status{Product: spec.Product.Addr, Topic: spec.Topic.Name, Input: spec.Input}}
	s.set(Starting, "")
	return &worker{config: config, spec: spec, status: s}
}

// run handles records until the context ends. What fails outside is tried again for ever; a source that changed stops
// it.
func (w *worker) run(ctx context.Context) {
	pause := firstPause
	for ctx.Err() == nil {
		began := w.config.Now()
		err := w.session(ctx)
		var stop stopped
		switch {
		case ctx.Err() != nil:
			return
		case errors.As(err, &stop):
			w.status.set(Stopped, stop.Error())
			w.log(slog.LevelError, "a gate stopped", stop)
			<-ctx.Done()
			return
		}
		if w.config.Now().Sub(began) > longestPause {
			pause = firstPause
		}
		w.wait(ctx, &pause, err)
	}
}

// wait says what is waited for, and pauses.
func (w *worker) wait(ctx context.Context, pause *time.Duration, err error) {
	w.status.set(Waiting, err.Error())
	w.log(slog.LevelWarn, "a gate waits", err)
	timer := time.NewTimer(*pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
	*pause = min(2**pause, longestPause)
}

func (w *worker) log(level slog.Level, what string, err error) {
	if w.config.Logger != nil {
		w.config.Logger.Log(context.Background(), level, what, "product", w.spec.Product.Addr, "topic", w.spec.Topic.Name, "why", err)
	}
}

// session joins the group and handles records until something fails.
func (w *worker) session(ctx context.Context) error {
	if w.spec.Masked && !w.config.Lasting {
		return stopped{"masked copies need a key that lasts, or hashes of one value would differ after a restart", "Set WEFT_MASK_KEY, the same for all processes of the environment, and start again"}
	}
	p, err := newPipeline(ctx, w.spec, w.config.Registry, w.config.Secret, w.config.Now)
	if err != nil {
		return err
	}
	s, err := w.config.Bus.Open(ctx, w.spec.Group(), w.config.Instance, w.spec.Input, w.spec.limits())
	if err != nil {
		return fmt.Errorf("join the group of the gate: %w", err)
	}
	defer s.Close()
	p.reuse = true // a batch is committed before the next is read
	w.status.set(Running, "")
	for most := mostPolled; ctx.Err() == nil; {
		batch, err := s.Poll(ctx, most)
		if err != nil {
			return fmt.Errorf("read %s: %w", w.spec.Input, err)
		}
		if len(batch) == 0 {
			continue
		}
		if most, err = w.handle(ctx, s, p, batch, most); err != nil {
			return err
		}
	}
	return nil
}

// handle writes what becomes of a batch, and says how many records the next shall have. A record that stops the
// gate is read again by itself, once those before it are written.
func (w *worker) handle(ctx context.Context, s Session, p *pipeline, batch []Record, most int) (int, error) {
	out, err := w.judged(ctx, p, batch)
	if err != nil {
		return most, err
	}
	if out.handled < len(batch) {
		if len(batch) > 1 {
			return max(1, out.handled), s.Abort(ctx)
		}
		if out.stop != nil {
			return most, errors.Join(s.Abort(ctx), out.stop)
		}
		if out.records, err = w.removeAll(ctx, p); err != nil {
			return most, err
		}
		out.count.In++
	}
	switch err := s.Commit(ctx, out.records); {
	case errors.Is(err, ErrLost):
		return most, nil
	case err != nil:
		return most, fmt.Errorf("write what became of %d records of %s: %w", len(batch), w.spec.Input, err)
	}
	w.status.count(out.count)
	w.status.set(Running, "")
	if len(out.absent) > 0 && w.spec.Captured() {
		w.status.warn(fmt.Sprintf("the source has no column for %s, so null is written", strings.Join(out.absent, ", ")))
	} else if w.spec.Captured() {
		w.status.warn("")
	}
	return min(2*most, mostPolled), nil
}

// judged judges a batch, and waits for a registry that does not answer: that is no record's fault.
func (w *worker) judged(ctx context.Context, p *pipeline, batch []Record) (output, error) {
	pause := firstPause
	for {
		out, err := p.process(ctx, batch)
		if err == nil && len(out.lacking) > 0 && p.history == nil && w.spec.Product.Kind == contracts.KindState {
			if p.history, err = w.recall(ctx, p, out.lacking); err == nil {
				out, err = p.process(ctx, batch)
			}
		}
		p.history = nil // what is kept is Kafka's
		if err == nil {
			return out, nil
		}
		if ctx.Err() != nil {
			return out, ctx.Err()
		}
		w.wait(ctx, &pause, err)
	}
}

// removeAll makes tombstones of every row of the product: the table was truncated. Rows that were removed already are
// removed again, which changes nothing.
func (w *worker) removeAll(ctx context.Context, p *pipeline) ([]Record, error) {
	var all []Record
	encoders := []*encoder{p.product}
	if p.masked != nil {
		encoders = append(encoders, p.masked)
	}
	for _, e := range encoders {
		live, err := w.live(ctx, e.topic.Name)
		if err != nil {
			return nil, fmt.Errorf("find the rows that the truncated table had: %w", err)
		}
		for key := range live {
			all = append(all, Record{Topic: e.topic.Name, Time: w.config.Now(), Key: []byte(key)})
		}
	}
	return all, nil
}

// live are the keys of a topic that have a row.
func (w *worker) live(ctx context.Context, topic addrs.Topic) (map[string]struct{}, error) {
	keys := map[string]struct{}{}
	err := w.config.Bus.Scan(ctx, topic, func(r Record) error {
		if r.Value == nil {
			delete(keys, string(r.Key))
		} else {
			keys[string(r.Key)] = struct{}{}
		}
		return nil
	})
	return keys, err
}
