package registry

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
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
	leader   string // who this registry is, in the log
	unsure   bool   // the last write may or may not be in the log

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
	l := &log{
		topic: config.Topic, kafka: config.Kafka, logger: config.Logger, leader: rand.Text(),
		state: newState(), requests: make(chan *write, 256), done: make(chan struct{}),
	}
	if err := l.lead(ctx); err != nil {
		return nil, err
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	l.stop = stop
	go l.run(running)
	return l, nil
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

// batch decides every write on the state that the ones before it leave, commits them in one transaction, and shows
// them when the log has them: readers neither wait for the log nor see what is not in it. (Invariant 1: never
// acknowledge before durable.)
func (l *log) batch(ctx context.Context, writes []*write) {
	err := l.sure(ctx)
	entries, answers := l.decide(writes)
	if err == nil && len(entries) > 0 {
		err = l.keep(ctx, entries)
	}
	if err != nil {
		l.logger.Error("the registry's log could not be written", "topic", l.topic, "error", err)
		answers = failAll(answers, err)
	} else {
		l.apply(entries)
	}
	for i, w := range writes {
		w.answer <- answers[i]
	}
}

// keep commits entries. Where that is refused by the fence it finds out at once who holds it.
func (l *log) keep(ctx context.Context, entries []entry) error {
	err := l.commit(ctx, entries)
	if l.unsure = err != nil; fenced(err) {
		if lost := l.sure(ctx); errors.Is(lost, errNotLeader) {
			return lost
		}
	}
	return err
}

// decide gives what the writes bring to the log, and leaves the state as it was.
func (l *log) decide(writes []*write) (entries []entry, answers []error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var undo []entry
	answers = make([]error, len(writes))
	for i, w := range writes {
		made, err := w.decide(l.state)
		answers[i] = err
		for _, e := range made {
			undo = append(undo, l.state.inverse(e)...)
			l.state.apply(e)
		}
		entries = append(entries, made...)
	}
	for _, e := range slices.Backward(undo) {
		l.state.apply(e)
	}
	return entries, answers
}

func (l *log) apply(entries []entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range entries {
		l.state.apply(e)
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
	if errors.Is(err, errNotLeader) {
		return problem(500, 50004, "another Weft registry leads this log now; this one no longer writes. Stop one of the two.")
	}
	return problem(500, 50001, "the log could not be written: %v", err)
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
	switch err := send(ctx, l.producer, records); {
	case ctx.Err() != nil:
		return fmt.Errorf("the cluster did not take it within %s", timeout)
	case err != nil:
		abort, cancelAbort := context.WithTimeout(context.WithoutCancel(ctx), timeout)
		defer cancelAbort()
		return errors.Join(err, l.producer.EndTransaction(abort, kgo.TryAbort))
	}
	return l.producer.EndTransaction(ctx, kgo.TryCommit)
}

// send writes records within the context. franz-go waits for the outcome of what is under way as long as it takes, so a
// client that was given up on must be closed, which ends the goroutine too.
func send(ctx context.Context, client *kgo.Client, records []*kgo.Record) error {
	sent := make(chan error, 1)
	go func() { sent <- client.ProduceSync(context.WithoutCancel(ctx), records...).FirstErr() }()
	select {
	case err := <-sent:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l *log) close() {
	l.stop()
	<-l.done
	if l.producer != nil {
		l.producer.Close()
	}
}
