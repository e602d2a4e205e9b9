package registry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// timeout bounds one step of opening the log and one write to it.
const timeout = 15 * time.Second

// log is the state and the topic that it is kept in. Reads see what the topic has; writes are decided one after the
// other and committed together, each batch in one transaction whose id fences every earlier registry.
type log struct {
	topic    string
	kafka    []kgo.Opt
	producer *kgo.Client
	logger   *slog.Logger

	mu    sync.RWMutex
	state *state

	requests chan *write
	stop     context.CancelFunc
	done     chan struct{}
}

// write is one change that waits for the log.
type write struct {
	decide func(*state) ([]entry, error)
	answer chan error
}

func openLog(ctx context.Context, config Config) (*log, error) {
	if err := prepareTopic(ctx, config); err != nil {
		return nil, err
	}
	options := append(append([]kgo.Opt{}, config.Kafka...),
		kgo.TransactionalID("weft-registry-"+config.Topic),
		kgo.DefaultProduceTopic(config.Topic),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.MetadataMinAge(50*time.Millisecond),
		kgo.ProducerLinger(0))
	producer, err := kgo.NewClient(options...)
	if err != nil {
		return nil, err
	}
	l := &log{
		topic: config.Topic, kafka: config.Kafka, producer: producer, logger: config.Logger,
		state: newState(), requests: make(chan *write, 256), done: make(chan struct{}),
	}
	if err := l.lead(ctx); err != nil {
		producer.Close()
		return nil, err
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	l.stop = stop
	go l.run(running)
	return l, nil
}

// lead takes the fence by a first write, then reads what the topic holds.
func (l *log) lead(ctx context.Context) error {
	if err := l.commit(ctx, []entry{newEntry(noopKey{keyNoop, 0}, nil)}); err != nil {
		return fmt.Errorf("write to %s: %w", l.topic, err)
	}
	if err := l.reload(ctx); err != nil {
		return err
	}
	return l.commit(ctx, []entry{l.state.noop()})
}

// reload reads the topic from its start to its end.
func (l *log) reload(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 4*timeout)
	defer cancel()
	fresh := newState()
	if err := readAll(ctx, l.kafka, l.topic, fresh.apply); err != nil {
		return fmt.Errorf("read %s: %w", l.topic, err)
	}
	l.state = fresh
	return nil
}

// readAll gives every committed record of the topic's partition, in order.
func readAll(ctx context.Context, kafka []kgo.Opt, topic string, apply func(entry)) error {
	client, err := kgo.NewClient(append(append([]kgo.Opt{}, kafka...),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: {0: kgo.NewOffset().AtStart()}}),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords(),
		kgo.MetadataMinAge(50*time.Millisecond), kgo.FetchMaxWait(100*time.Millisecond))...)
	if err != nil {
		return err
	}
	defer client.Close()
	ends, err := kadm.NewClient(client).ListCommittedOffsets(ctx, topic)
	if err != nil {
		return err
	}
	end, _ := ends.Lookup(topic, 0)
	for next := int64(0); next < end.Offset; {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err0(); err != nil {
			return err
		}
		fetches.EachError(func(_ string, _ int32, e error) { err = errors.Join(err, e) })
		if err != nil {
			return err
		}
		fetches.EachRecord(func(r *kgo.Record) {
			next = r.Offset + 1
			if !r.Attrs.IsControl() {
				apply(entry{r.Key, r.Value})
			}
		})
	}
	return nil
}

// read gives what a question says of the state.
func read[T any](l *log, question func(*state) (T, error)) (T, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return question(l.state)
}

// write decides and commits one change; it returns when the log has it.
func (l *log) write(ctx context.Context, decide func(*state) ([]entry, error)) error {
	w := &write{decide: decide, answer: make(chan error, 1)}
	select {
	case l.requests <- w:
	case <-ctx.Done():
		return problem(500, 50002, "the write waited too long")
	case <-l.done:
		return problem(500, 50001, "the registry is stopping")
	}
	select {
	case err := <-w.answer:
		return err
	case <-l.done:
		return problem(500, 50001, "the registry is stopping")
	}
}

func (l *log) run(ctx context.Context) {
	defer close(l.done)
	for {
		select {
		case <-ctx.Done():
			return
		case first := <-l.requests:
			l.batch(ctx, append([]*write{first}, l.waiting()...))
		}
	}
}

// waiting takes what else is in the queue, without blocking.
func (l *log) waiting() []*write {
	var more []*write
	for len(more) < cap(l.requests) {
		select {
		case w := <-l.requests:
			more = append(more, w)
		default:
			return more
		}
	}
	return more
}

// batch decides every write on the state that the ones before it leave, and commits them in one transaction. Readers
// wait meanwhile, so that none sees what is not in the log. (Invariant 1: never acknowledge before durable.)
func (l *log) batch(ctx context.Context, writes []*write) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var entries []entry
	answers := make([]error, len(writes))
	for i, w := range writes {
		made, err := w.decide(l.state)
		answers[i] = err
		for _, e := range made {
			l.state.apply(e)
		}
		entries = append(entries, made...)
	}
	if len(entries) > 0 {
		if err := l.commit(ctx, entries); err != nil {
			l.recover(ctx, err)
			answers = failAll(answers, err)
		}
	}
	for i, w := range writes {
		w.answer <- answers[i]
	}
}

func failAll(answers []error, err error) []error {
	for i := range answers {
		if answers[i] == nil {
			answers[i] = storeError(err)
		}
	}
	return answers
}

func storeError(err error) apiError {
	if fenced(err) {
		return problem(500, 50004, "another Weft registry leads this log now; this one no longer writes. Stop one of the two.")
	}
	return problem(500, 50001, "the log could not be written: %v", err)
}

func fenced(err error) bool {
	return errors.Is(err, kerr.InvalidProducerEpoch) || errors.Is(err, kerr.ProducerFenced)
}

// recover brings the state back to what the log has, after a write that may or may not be in it.
func (l *log) recover(ctx context.Context, cause error) {
	l.logger.Error("the registry's log could not be written", "topic", l.topic, "error", cause)
	if err := l.reload(ctx); err != nil {
		l.logger.Error("the registry's log could not be read", "topic", l.topic, "error", err)
	}
}

// commit writes entries in one transaction.
func (l *log) commit(ctx context.Context, entries []entry) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if err := l.producer.BeginTransaction(); err != nil {
		return err
	}
	records := make([]*kgo.Record, len(entries))
	for i, e := range entries {
		records[i] = &kgo.Record{Topic: l.topic, Partition: 0, Key: e.key, Value: e.value}
	}
	if err := l.producer.ProduceSync(ctx, records...).FirstErr(); err != nil {
		abort, cancelAbort := context.WithTimeout(context.WithoutCancel(ctx), timeout)
		defer cancelAbort()
		return errors.Join(err, l.producer.EndTransaction(abort, kgo.TryAbort))
	}
	return l.producer.EndTransaction(ctx, kgo.TryCommit)
}

func (l *log) close() {
	l.stop()
	<-l.done
	l.producer.Close()
}
