// Package gate stands between raw topics and products: it decodes records, flattens Debezium's envelopes, judges rows
// by the contract, masks them, and writes product, masked copy, quarantine and its own offsets in one transaction.
package gate

import (
	"context"
	"errors"
	"time"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/codecs"
)

// Record is a record as the event bus has it.
type Record struct {
	Topic     addrs.Topic
	Partition int32 // of what is read; where to write is for Kafka's default partitioner to say
	Offset    int64 // of what is read
	Time      time.Time
	Key       []byte // nil: none
	Value     []byte // nil: a tombstone
	Headers   []Header
}

// Header is one of a record's headers.
type Header struct {
	Key   string
	Value []byte
}

// Session is a member of a consumer group whose outputs are committed together with what it has read (KIP-447). One
// goroutine uses it.
type Session interface {
	// Poll gives the next records, at most so many, in the order of offsets within a partition; it waits until there
	// are some, or the context ends, or the partitions move to another member, which gives none. The records are the
	// caller's until the next call of Commit or Abort.
	Poll(ctx context.Context, most int) ([]Record, error)
	// Commit writes the outputs and the offsets of all that was polled since the last Commit or Abort in one
	// transaction. ErrLost says that nothing was written, as the partitions have moved: what was polled is read again,
	// by whoever has them now. After any other error the session is to be closed.
	Commit(ctx context.Context, outputs []Record) error
	// Abort gives back what was polled: the next Poll gives it again.
	Abort(ctx context.Context) error
	Close()
}

// ErrLost says that a transaction was given up because the group's partitions have moved.
var ErrLost = errors.New("the partitions have moved to another member of the group")

// Bus opens sessions and answers what a gate asks of its own topics.
type Bus interface {
	// Open joins a group that reads a topic, from its beginning where the group has no offsets yet. Whoever had the
	// same instance before is fenced.
	Open(ctx context.Context, group addrs.Group, instance string, input addrs.Topic, limits Limits) (Session, error)
	// Scan gives the committed records of a topic to each, in the order of offsets within a partition, from its start
	// to the end that it has when the scan begins.
	Scan(ctx context.Context, topic addrs.Topic, each func(Record) error) error
	// ScanFrom is Scan of some partitions from an offset on, or from where they begin, which it gives.
	ScanFrom(ctx context.Context, topic addrs.Topic, from map[int32]int64, each func(Record) error) (starts map[int32]int64, err error)
	// Writer takes a transactional id, and fences who has it.
	Writer(ctx context.Context, id string, limits Limits) (Writer, error)
}

// Limits bound a session.
type Limits struct {
	MaxBytes map[addrs.Topic]int // of a batch of records, by the topic that it is written to
}

// Registry knows schemas by id, and ids by schema.
type Registry interface {
	codecs.Schemas
	// SchemaID gives the id under which a subject has a schema. It registers nothing.
	SchemaID(ctx context.Context, subject addrs.Subject, text string) (int, error)
	// Unknown reports whether an error says that the registry has no such schema, rather than that it did not answer.
	Unknown(err error) bool
}
