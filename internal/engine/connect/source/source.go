// Package source is what the worker of Kafka Connect knows of a source connector, and a connector of the worker.
package source

import (
	"context"
	"encoding/json"
	"log/slog"

	"github.com/weftmesh/weft/internal/engine/connect/data"
)

// Connector is a kind of source connector that a worker can run.
type Connector interface {
	Plugin() Plugin
	// Keys are the keys of its configuration, without those that Connect has for every connector.
	Keys() []Key
	// Validate judges a configuration, as PUT /connector-plugins/{name}/config/validate does: one answer for
	// each key of Keys, in this order, then one for each key that is in config and unknown. The caller has
	// taken out the keys of Connect itself (name, tasks.max, converters, transforms, ...) and has resolved
	// the config providers. It may ask the database whether it can be reached; ctx bounds that.
	Validate(ctx context.Context, config map[string]string) []ConfigValue
	// Open prepares the only task of a connector with a valid configuration. It does no I/O: what fails
	// outside is the error of Run.
	Open(setup Setup) (Task, error)
}

// Plugin is how a connector is listed by GET /connector-plugins.
type Plugin struct {
	Class   string // as connector.class names it: io.debezium.connector.postgresql.PostgresConnector
	Type    string // source
	Version string
}

// Setup is what a task is opened with.
type Setup struct {
	Name   string            // of the connector
	Config map[string]string // its own keys, config providers resolved
	// Offset is the newest offset that was committed for a source partition; nil: none. The worker has read it
	// before it opens the task. Partitions are compared as JSON objects, whatever the order of their keys.
	Offset func(partition json.RawMessage) json.RawMessage
	// MaxRecordBytes bounds a record as the producer's max.request.size does: of a row that cannot fit the task
	// reads no more than is needed to name it, and then fails. 0: not bounded.
	MaxRecordBytes int
	Log            *slog.Logger // carries the connector's name
}

// Task captures. The worker calls Run once, in a goroutine that it waits for.
type Task interface {
	// Run hands batches to the sink until ctx is done, which it reports as nil, or it cannot go on. It gets over
	// an outage of its source by itself, with back-off; an error that it returns is for people: what happened,
	// where, what to do. The worker shows it as the trace of a FAILED task. A task that has nothing left to do
	// (snapshot.mode=initial_only) returns nil before ctx is done.
	Run(ctx context.Context, sink Sink) error
	// Committed tells that the Kafka transaction which holds the batch of this offset, and all before it, is
	// committed: only then may the source forget. The worker calls it in the order of the batches, from
	// any goroutine, and may leave out offsets that a newer one has replaced. It does not block. (invariant 1)
	Committed(offset json.RawMessage)
}

// Sink takes batches in order.
type Sink interface {
	// Put accepts a batch: its records will be written in this order, in one Kafka transaction with its offset,
	// and with batches before and after it as the worker likes. It returns as soon as it needs the batch no
	// more, so the caller may use the memory again; it blocks while too many bytes are under way. An error is
	// final: the task returns it. A record that cannot be converted or is too large is such an error
	// and names topic and key.
	Put(ctx context.Context, batch Batch) error
}

// Batch is records and the position after them. Records may be empty: the position alone moved.
type Batch struct {
	Records []data.Record
	// Partition and Offset are JSON objects as Connect's offsets topic has them: {"server":"shop"} and
	// {"lsn":31154128,...}.
	Partition json.RawMessage
	Offset    json.RawMessage
}

// OffsetJudge is a connector that has a say in the offsets which people write (PATCH and DELETE
// /connectors/{name}/offsets, Connect's alterOffsets). A nil offset deletes.
type OffsetJudge interface {
	JudgeOffset(config map[string]string, partition, offset json.RawMessage) error
}
