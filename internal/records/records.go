// Package records writes rows to products and reads them back: judged before they are written, decoded and masked when
// they are read.
package records

import (
	"context"
	"time"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/codecs"
)

// Raw is a record as the event bus has it.
type Raw struct {
	Topic     addrs.Topic
	Partition int32
	Offset    int64
	Time      time.Time
	Key       []byte // nil: none
	Value     []byte // nil: a tombstone
}

// Log is the event bus as records needs it.
type Log interface {
	// Append writes a record, acknowledged by all in-sync replicas, once. It may block while too much is in flight.
	// done is called exactly once, from any goroutine, with the record as it was placed.
	Append(ctx context.Context, record Raw, done func(Raw, error))
	// Read gives the committed records of a topic to each, in the order of their offsets within a partition, until each
	// gives an error (which Read returns), the context ends, or, without follow, everything has been read that was
	// there at the start. The record belongs to each only during the call.
	Read(ctx context.Context, from From, each func(Raw) error) error
}

// From says what to read. Last n counts in each partition.
type From struct {
	Topics   []addrs.Topic
	Earliest bool
	Last     int // with neither Earliest nor Last: only what is written from now on
	Follow   bool
}

// Registry knows schemas by id, and ids by schema.
type Registry interface {
	codecs.Schemas
	// SchemaID gives the id under which a subject has a schema. It registers nothing.
	SchemaID(ctx context.Context, subject addrs.Subject, text string) (int, error)
}

// Config is what a Desk needs. All is required.
type Config struct {
	Log      Log
	Registry Registry
	MaskKey  []byte // of the environment: keyed hashes are made with it
}
