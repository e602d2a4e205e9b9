package kafka

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/reconcile"
	"github.com/weftmesh/weft/internal/resources"
)

// Ledger keeps a mesh's state in two topics of its control domain: the desired state, compacted, and the journal. It is
// written in transactions whose id is the mesh's, so that one writer at a time has it (KIP-98).
type Ledger struct {
	options []kgo.Opt
	mesh    string
	applied addrs.Topic
	changes addrs.Topic

	mu       sync.Mutex
	producer *kgo.Client // nil until Open
	state    reconcile.State
}

var _ reconcile.Ledger = (*Ledger)(nil)

// ErrFenced says that another server writes this mesh's state now.
var ErrFenced = errors.New("another Weft server writes this mesh's state now")

// NewLedger is the state of a mesh on the cluster that the options reach.
func NewLedger(options []kgo.Opt, mesh, control string) *Ledger {
	return &Ledger{options: options, mesh: mesh, applied: resources.AppliedTopic(control), changes: resources.ChangeTopic(control)}
}

// State gives what the ledger holds. While it is open it is known; else it is read.
func (l *Ledger) State(ctx context.Context) (reconcile.State, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.producer != nil {
		return l.state, nil
	}
	return l.read(ctx)
}

// Open fences whoever wrote before, and reads what they left.
func (l *Ledger) Open(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.producer != nil {
		return nil
	}
	producer, err := kgo.NewClient(append(append([]kgo.Opt{}, l.options...),
		kgo.TransactionalID("weft-control-"+l.mesh), kgo.RecordPartitioner(kgo.ManualPartitioner()))...)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	if _, _, err := producer.ProducerID(ctx); err != nil {
		producer.Close()
		return fmt.Errorf("take the mesh's fence: %w", err)
	}
	state, err := l.read(ctx)
	if err != nil {
		producer.Close()
		return err
	}
	l.producer, l.state = producer, state
	return nil
}

// Write keeps entries in one transaction. (Invariant 1: never acknowledge before durable.)
func (l *Ledger) Write(ctx context.Context, entries ...reconcile.Entry) error {
	if len(entries) == 0 {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.producer == nil {
		return errors.New("the ledger is not open")
	}
	tip := l.state.Tip
	records, err := l.records(entries, &tip)
	if err != nil {
		return err
	}
	if err := l.commit(ctx, records); err != nil {
		l.producer.Close()
		l.producer = nil // what it holds is not known until it is read again
		if errors.Is(err, kerr.InvalidProducerEpoch) || errors.Is(err, kerr.ProducerFenced) {
			return fmt.Errorf("%w; try again, or stop the other one", ErrFenced)
		}
		return err
	}
	l.state.Tip = tip
	for _, r := range records {
		if r.Topic == string(l.applied) {
			if err := l.state.Take(string(r.Key), r.Value); err != nil {
				return err
			}
		}
	}
	return nil
}

func (l *Ledger) records(entries []reconcile.Entry, tip *string) ([]*kgo.Record, error) {
	var records []*kgo.Record
	for _, e := range entries {
		record := &kgo.Record{Topic: string(l.applied), Key: []byte(e.Key)}
		value := e.Value
		if e.Change != nil {
			e.Change.Previous = *tip
			record, value = &kgo.Record{Topic: string(l.changes), Key: []byte(l.mesh)}, e.Change
		}
		if value != nil {
			text, err := json.Marshal(value)
			if err != nil {
				return nil, err
			}
			record.Value = text
		}
		if e.Change != nil {
			*tip = digest(record.Value)
		}
		records = append(records, record)
	}
	return records, nil
}

// digest links one record of the journal to the next.
func digest(record []byte) string {
	sum := sha256.Sum256(record)
	return hex.EncodeToString(sum[:])
}

func (l *Ledger) commit(ctx context.Context, records []*kgo.Record) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*Timeout)
	defer cancel()
	if err := l.producer.BeginTransaction(); err != nil {
		return err
	}
	switch err := send(ctx, l.producer, records); {
	case ctx.Err() != nil:
		return fmt.Errorf("the cluster did not take it within %s", 2*Timeout)
	case err != nil:
		return errors.Join(err, l.producer.EndTransaction(ctx, kgo.TryAbort))
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

// journalTail is how many records before the end of the journal are read to find its last one: transactions leave
// control records between.
const journalTail = 1000

func (l *Ledger) read(ctx context.Context) (reconcile.State, error) {
	state := reconcile.NewState()
	client, err := kgo.NewClient(l.options...)
	if err != nil {
		return state, err
	}
	defer client.Close()
	var damaged error
	err = l.each(ctx, client, l.applied, 0, func(r *kgo.Record) {
		if err := state.Take(string(r.Key), r.Value); err != nil && damaged == nil {
			damaged = fmt.Errorf("%s offset %d: %w", l.applied, r.Offset, err)
		}
	})
	if err == nil {
		err = l.each(ctx, client, l.changes, journalTail, func(r *kgo.Record) { state.Tip = digest(r.Value) })
	}
	return state, errors.Join(err, damaged)
}

// each gives every committed record of a topic's partition 0, or the last ones of it; a topic that does not exist has
// none.
func (l *Ledger) each(ctx context.Context, client *kgo.Client, topic addrs.Topic, last int64, visit func(*kgo.Record)) error {
	admin := kadm.NewClient(client)
	starts, err := admin.ListStartOffsets(ctx, string(topic))
	if err != nil {
		return err
	}
	ends, err := admin.ListCommittedOffsets(ctx, string(topic))
	if err != nil {
		return err
	}
	first, ok := starts.Lookup(string(topic), 0)
	end, _ := ends.Lookup(string(topic), 0)
	if !ok || errors.Is(first.Err, kerr.UnknownTopicOrPartition) {
		return nil
	}
	if err := errors.Join(first.Err, end.Err); err != nil {
		return err
	}
	from := first.Offset
	if last > 0 {
		from = max(from, end.Offset-last)
	}
	return l.consume(ctx, topic, from, end.Offset, visit)
}

func (l *Ledger) consume(ctx context.Context, topic addrs.Topic, from, end int64, visit func(*kgo.Record)) error {
	if from >= end {
		return nil
	}
	client, err := kgo.NewClient(append(append([]kgo.Opt{}, l.options...),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{string(topic): {0: kgo.NewOffset().At(from)}}),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords(), kgo.FetchMaxWait(100*time.Millisecond))...)
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for next := from; next < end; {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return fmt.Errorf("read %s: %w", topic, err)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			next = r.Offset + 1
			if !r.Attrs.IsControl() && r.Offset < end {
				visit(r)
			}
		})
	}
	return nil
}

// Close gives the ledger up.
func (l *Ledger) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.producer != nil {
		l.producer.Close()
		l.producer = nil
	}
}
