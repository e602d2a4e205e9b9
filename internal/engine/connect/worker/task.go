package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/weftmesh/weft/internal/engine/connect/settings"
	"github.com/weftmesh/weft/internal/engine/connect/source"
	"github.com/weftmesh/weft/internal/engine/connect/storage"
)

// task is the run of a connector's only task.
type task struct {
	connector *connector
	settings  *settings.Settings
	log       *slog.Logger
}

// grace is how long a task that was told to end may take to commit what it has accepted.
const grace = 5 * time.Second

func (t *task) run(ctx context.Context) (err error) {
	w, name := t.connector.worker, t.connector.name
	offsets := t.offsetsTopic()
	if err := w.store.Offsets.Ensure(ctx, offsets); err != nil {
		return err
	}
	p, err := openProducer(w, name, t.settings, offsets, t.log)
	if err != nil {
		return err
	}
	defer p.close()
	// The fence comes before the reading: what an earlier task had begun is ended by then. (invariant 2)
	if err := p.fence(ctx); err != nil {
		return err
	}
	committed, err := t.committed(ctx, offsets)
	if err != nil {
		return err
	}
	captured, err := t.open(committed)
	if err != nil {
		return err
	}
	return t.pump(ctx, captured, p)
}

func (t *task) offsetsTopic() string {
	if t.settings.OffsetsTopic != "" {
		return t.settings.OffsetsTopic
	}
	return t.connector.worker.store.Offsets.Topic()
}

// committed reads the connector's offsets; a bus that is away is waited for.
func (t *task) committed(ctx context.Context, topic string) (all []storage.Offset, err error) {
	err = patiently(ctx, t.log, "read the offsets", func() error {
		all, err = t.connector.worker.store.Offsets.Of(ctx, topic, t.connector.name)
		return err
	})
	return all, err
}

func (t *task) open(committed []storage.Offset) (source.Task, error) {
	return t.connector.plugin.Open(source.Setup{
		Name: t.connector.name, Config: t.settings.Own, Log: t.log, MaxRecordBytes: t.settings.Producer.MaxRequest,
		Offset: func(partition json.RawMessage) json.RawMessage {
			for _, o := range committed {
				if storage.Same(o.Partition, partition) {
					return o.Offset
				}
			}
			return nil
		},
	})
}

// pump lets the task capture into a sink, and commits what the sink has, until either ends. A task that has nothing left to
// do rests until it is told to end.
func (t *task) pump(ctx context.Context, captured source.Task, p *producer) error {
	running, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	s := newSink(t, p)
	commits := make(chan error, 1)
	go func() {
		err := s.commits(ctx, captured.Committed)
		if err != nil {
			cancel(err)
		}
		commits <- err
	}()
	err := captured.Run(running, s)
	s.finish()
	committed := <-commits
	switch {
	case committed != nil && ctx.Err() == nil:
		return committed
	case err != nil || ctx.Err() != nil:
		return err
	}
	<-ctx.Done()
	return nil
}

// patiently tries until it works, the context ends, or an error comes that will come again.
func patiently(ctx context.Context, log *slog.Logger, what string, try func() error) error {
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		err := try()
		if err == nil || storage.Fenced(err) || final(err) {
			return err
		}
		if ctx.Err() != nil {
			return errors.Join(ctx.Err(), err)
		}
		log.Warn("the bus does not answer; trying again", "doing", what, "error", err)
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: %w", what, err)
		case <-time.After(wait):
		}
	}
}
