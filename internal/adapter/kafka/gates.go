package kafka

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/gate"
)

// Gates is the event bus as gates need it.
type Gates struct{ options []kgo.Opt }

var _ gate.Bus = (*Gates)(nil)

// NewGates makes clients with the options, one for each session.
func NewGates(options []kgo.Opt) *Gates { return &Gates{options} }

// transactionTimeout is after how long the broker gives up the transaction of a process that died (KIP-98). Readers of
// committed records wait for as long.
const transactionTimeout = 20 * time.Second

// Open joins a group, as the holder of a transactional id that is the group's and the instance's, and as the instance's
// static member (KIP-345): after a kill it is back at once, and its partitions with it.
func (g *Gates) Open(ctx context.Context, group addrs.Group, instance string, input addrs.Topic, limits gate.Limits) (gate.Session, error) {
	session, err := kgo.NewGroupTransactSession(append(append([]kgo.Opt{}, g.options...),
		kgo.ConsumerGroup(string(group)), kgo.InstanceID(instance), kgo.ConsumeTopics(string(input)), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.FetchMaxWait(500*time.Millisecond), kgo.FetchMaxBytes(16<<20), kgo.FetchMaxPartitionBytes(8<<20),
		kgo.SessionTimeout(10*time.Second), kgo.HeartbeatInterval(time.Second), kgo.RebalanceTimeout(20*time.Second),
		kgo.TransactionalID("weft-"+string(group)+"-"+instance), kgo.TransactionTimeout(transactionTimeout),
		kgo.ProducerLinger(0), kgo.MaxBufferedRecords(1<<16), kgo.ProducerBatchMaxBytesFn(batchBytes(limits)))...)
	if err != nil {
		return nil, err
	}
	opening, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	if _, _, err := session.Client().ProducerID(opening); err != nil {
		session.Close()
		return nil, fmt.Errorf("take the transactional id: %w", err)
	}
	return &gateSession{session: session, group: string(group), instance: instance}, nil
}

// batchBytes is how large a batch may be, by topic.
func batchBytes(limits gate.Limits) func(string) int32 {
	const otherwise = 1000012 // what franz-go has
	return func(topic string) int32 {
		if n, ok := limits.MaxBytes[addrs.Topic(topic)]; ok {
			return int32(n)
		}
		return otherwise
	}
}

// gateSession is a session of franz-go's, which aborts a transaction when the group's partitions move.
type gateSession struct {
	session  *kgo.GroupTransactSession
	group    string
	instance string
	records  []kgo.Record // of the transaction under way; used again for the next
	batch    []gate.Record
}

func (s *gateSession) Poll(ctx context.Context, most int) ([]gate.Record, error) {
	fetches := s.session.PollRecords(ctx, most)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err := fetches.Err(); err != nil {
		return nil, err
	}
	s.batch = s.batch[:0]
	fetches.EachRecord(func(r *kgo.Record) { s.batch = append(s.batch, gateRecord(r)) })
	return s.batch, nil
}

func gateRecord(r *kgo.Record) gate.Record {
	g := gate.Record{Topic: addrs.Topic(r.Topic), Partition: r.Partition, Offset: r.Offset, Time: r.Timestamp, Key: r.Key, Value: r.Value}
	if len(r.Headers) > 0 {
		g.Headers = make([]gate.Header, len(r.Headers))
		for i, h := range r.Headers {
			g.Headers[i] = gate.Header(h)
		}
	}
	return g
}

func (s *gateSession) Commit(ctx context.Context, outputs []gate.Record) error {
	if err := s.session.Begin(); err != nil {
		return err
	}
	if err := s.produce(ctx, outputs); err != nil {
		_, aborted := s.session.End(context.WithoutCancel(ctx), kgo.TryAbort)
		return errors.Join(err, aborted)
	}
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), transactionTimeout)
	defer cancel()
	switch committed, err := s.session.End(ending, kgo.TryCommit); {
	case err != nil:
		return err
	case !committed:
		return gate.ErrLost
	}
	return nil
}

// produce writes records and waits for all of them.
func (s *gateSession) produce(ctx context.Context, outputs []gate.Record) error {
	if cap(s.records) < len(outputs) {
		s.records = make([]kgo.Record, len(outputs))
	}
	s.records = s.records[:len(outputs)]
	first := kgo.AbortingFirstErrPromise(s.session.Client())
	for i, o := range outputs {
		s.records[i] = kgo.Record{Topic: string(o.Topic), Key: o.Key, Value: o.Value, Timestamp: o.Time, Headers: headers(o.Headers)}
		s.session.Produce(ctx, &s.records[i], first.Promise())
	}
	return first.Err()
}

func headers(of []gate.Header) []kgo.RecordHeader {
	if len(of) == 0 {
		return nil
	}
	all := make([]kgo.RecordHeader, len(of))
	for i, h := range of {
		all[i] = kgo.RecordHeader(h)
	}
	return all
}

func (s *gateSession) Abort(ctx context.Context) error {
	if err := s.session.Begin(); err != nil {
		return err
	}
	_, err := s.session.End(context.WithoutCancel(ctx), kgo.TryAbort)
	return err
}

// Close leaves the group, which a static member does not by itself, so that the others take over at once.
func (s *gateSession) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), leaveTimeout)
	defer cancel()
	admin := kadm.NewClient(s.session.Client())
	_, _ = admin.LeaveGroup(ctx, kadm.LeaveGroup(s.group).InstanceIDs(s.instance).Reason("the gate ends")) // else it is gone after the session's time-out
	s.session.Close()
}

// leaveTimeout bounds how long an end waits for a broker that does not answer.
const leaveTimeout = 2 * time.Second
