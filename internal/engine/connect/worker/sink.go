package worker

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/weftmesh/weft/internal/engine/connect/data"
	"github.com/weftmesh/weft/internal/engine/connect/source"
)

// sink collects batches while the group before is being committed: so a batch that comes alone is committed at once, and
// batches that come faster share a transaction. The bytes of both groups are bounded.
type sink struct {
	task     *task
	producer *producer
	topics   map[string]bool // those that are there

	mu      sync.Mutex
	filling *group
	spare   *group
	err     error // why nothing is committed any more
	ended   bool
	ready   chan struct{} // something was put, or it has ended
	room    chan struct{} // the filling group was taken, or nothing is taken any more
}

func newSink(t *task, p *producer) *sink {
	return &sink{
		task: t, producer: p, topics: map[string]bool{}, filling: &group{}, spare: &group{},
		ready: make(chan struct{}, 1), room: make(chan struct{}, 1),
	}
}

// Put converts the records of a batch into the group that is filling.
func (s *sink) Put(ctx context.Context, batch source.Batch) error {
	if err := s.waitForRoom(ctx); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return s.err
	}
	start := s.filling.mark()
	for i := range batch.Records {
		if err := s.add(ctx, batch.Records[i]); err != nil {
			s.filling.cut(start)
			return err
		}
	}
	s.filling.position(batch.Partition, batch.Offset)
	signal(s.ready)
	return nil
}

func (s *sink) waitForRoom(ctx context.Context) error {
	for {
		s.mu.Lock()
		full, err := s.filling.size() >= s.task.settings.Producer.Buffer/2, s.err
		s.mu.Unlock()
		if err != nil || !full {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.room:
		}
	}
}

// add transforms and converts a record.
func (s *sink) add(ctx context.Context, r data.Record) error {
	set := s.task.settings
	if !set.Transforms.Empty() {
		changed, keep, err := set.Transforms.Apply(r)
		if err != nil || !keep {
			return err
		}
		r = changed
	}
	if !s.topics[r.Topic] {
		if err := s.producer.ensure(ctx, r.Topic, set.Creation); err != nil {
			return err
		}
		s.topics[r.Topic] = true
		s.task.connector.worker.store.Status.Uses(set.Name, r.Topic)
	}
	if err := s.filling.add(&r, set); err != nil {
		return fmt.Errorf("topic %s: a record cannot be converted: %w", r.Topic, err)
	}
	if n := s.filling.last(); n > set.Producer.MaxRequest-recordOverhead {
		key, _ := data.Native(r.KeySchema, r.Key)
		return fmt.Errorf("topic %s: the record with the key %v has %d bytes, more than max.request.size=%d allows: raise producer.override.max.request.size and the topic's max.message.bytes, or leave the column out",
			r.Topic, shown(key), n, set.Producer.MaxRequest)
	}
	return nil
}

// recordOverhead is what a batch of one record has beside keys, values and headers (KIP-98, record batch v2), in bytes.
const recordOverhead = 61 + 32

// shown is a key as people write it.
func shown(key any) string {
	if entries, is := key.([]data.Entry); is {
		key = slices.Collect(func(yield func(string) bool) {
			for _, e := range entries {
				if !yield(fmt.Sprintf("%s=%v", e.Name, e.Value)) {
					return
				}
			}
		})
	}
	text := fmt.Sprint(key)
	if len(text) > 200 {
		text = text[:200] + "..."
	}
	return text
}

// finish says that nothing more is put.
func (s *sink) finish() {
	s.mu.Lock()
	s.ended = true
	s.mu.Unlock()
	signal(s.ready)
}

// commits writes group after group, until the sink has ended and is empty or a group cannot be written. When the context is
// done it has a moment of grace.
func (s *sink) commits(ctx context.Context, committed func(json.RawMessage)) error {
	ctx, cancel := graceful(ctx)
	defer cancel()
	for {
		g := s.take()
		if g == nil {
			return nil
		}
		if err := s.producer.commit(ctx, g); err != nil {
			s.fail(err)
			return err
		}
		if g.offset != nil {
			committed(g.offset)
		}
		g.reset()
		s.mu.Lock()
		s.spare = g
		s.mu.Unlock()
	}
}

// take waits for a group that has something; nil: nothing comes any more.
func (s *sink) take() *group {
	for range s.ready {
		if s.task.settings.Interval > 0 {
			s.collect()
		}
		s.mu.Lock()
		g, ended := s.filling, s.ended
		if !g.empty() {
			s.filling, s.spare = s.spare, nil
		}
		s.mu.Unlock()
		switch {
		case !g.empty():
			signal(s.room)
			if ended {
				signal(s.ready) // to see that nothing is left
			}
			return g
		case ended:
			return nil
		}
	}
	return nil
}

// collect waits until the interval is over, or what has come is as much as may be.
func (s *sink) collect() {
	timer := time.NewTimer(s.task.settings.Interval)
	defer timer.Stop()
	for {
		s.mu.Lock()
		enough := s.ended || s.filling.size() >= s.task.settings.Producer.Buffer/2
		s.mu.Unlock()
		if enough {
			return
		}
		select {
		case <-timer.C:
			return
		case <-s.ready:
		}
	}
}

// fail wakes a Put that waits for room: there will be none.
func (s *sink) fail(err error) {
	s.mu.Lock()
	s.err = err
	s.mu.Unlock()
	signal(s.room)
}

func signal(to chan struct{}) {
	select {
	case to <- struct{}{}:
	default:
	}
}

// graceful is a context that outlives another one by the grace.
func graceful(ctx context.Context) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		timer := time.AfterFunc(grace, cancel)
		context.AfterFunc(longer, func() { timer.Stop() })
	})
	return longer, func() { stop(); cancel() }
}
