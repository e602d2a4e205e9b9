package registry

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// errNotLeader says that another registry of ours has taken the log.
var errNotLeader = errors.New("another registry leads the log")

// lead takes the fence by a first write, then reads what the topic holds, and signs.
func (l *log) lead(ctx context.Context) error {
	producer, err := kgo.NewClient(append(append([]kgo.Opt{}, l.kafka...),
		kgo.TransactionalID("weft-registry-"+l.topic),
		kgo.DefaultProduceTopic(l.topic),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.MetadataMinAge(50*time.Millisecond),
		kgo.ProducerLinger(0))...)
	if err != nil {
		return err
	}
	if l.producer != nil {
		l.producer.Close()
	}
	l.producer = producer
	if err := l.sign(ctx); err != nil {
		producer.Close()
		l.producer = nil
		return err
	}
	return nil
}

func (l *log) sign(ctx context.Context) error {
	if err := l.commit(ctx, []entry{newEntry(noopKey{keyNoop, 0}, nil)}); err != nil {
		return fmt.Errorf("write to %s: %w", l.topic, err)
	}
	fresh, err := l.read(ctx)
	if err != nil {
		return err
	}
	fresh.leader = l.leader
	l.show(fresh)
	return l.commit(ctx, []entry{fresh.noop()})
}

// read reads the topic from its start to its end.
func (l *log) read(ctx context.Context) (*state, error) {
	ctx, cancel := context.WithTimeout(ctx, 4*timeout)
	defer cancel()
	fresh := newState()
	if err := readAll(ctx, l.kafka, l.topic, fresh.apply); err != nil {
		return nil, fmt.Errorf("read %s: %w", l.topic, err)
	}
	return fresh, nil
}

func (l *log) show(fresh *state) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.state = fresh
}

// sure finds out what became of a write that failed, before the next one: a new fence ends it one way or the other.
// Where another registry has signed the log since, this one does not take it back. (Invariant 2.)
func (l *log) sure(ctx context.Context) error {
	if !l.unsure {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	there, err := l.read(ctx)
	switch {
	case err != nil:
		return err
	case there.leader != l.leader:
		return errNotLeader
	}
	if err := l.lead(ctx); err != nil {
		return err
	}
	l.unsure = false
	return nil
}

// fenced reports whether another producer has taken this one's id, or the coordinator has ended its transaction.
func fenced(err error) bool {
	return errors.Is(err, kerr.InvalidProducerEpoch) || errors.Is(err, kerr.ProducerFenced)
}
