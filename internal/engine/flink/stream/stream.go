// Package stream says how the parts of a running job meet: operators, sources and sinks, and what flows between them.
package stream

import (
	"context"
	"io"
	"math"
	"time"

	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
)

// The ends of event time, in milliseconds.
const (
	MinWatermark int64 = math.MinInt64
	MaxWatermark int64 = math.MaxInt64 // no row will come any more
)

// Output takes what an operator emits. The batch belongs to the receiver from then on.
type Output func(*rows.Batch) error

// Operator is one parallel part of one node of a plan. Its methods are called by one goroutine. What it emits, it
// emits before the method returns.
type Operator interface {
	// Process handles a batch from one of the inputs (0: the only one, or the left side).
	Process(input int, batch *rows.Batch, out Output) error
	// Advance says that event time, over all inputs, has reached a watermark (milliseconds). It never falls.
	Advance(watermark int64, out Output) error
	// Save writes the whole state; Load reads what Save wrote, before the first Process.
	Save(w io.Writer) error
	Load(r io.Reader) error
}

// Ticking operators act by the clock as well: processing-time windows, state with a time to live.
type Ticking interface {
	Operator
	// Tick is called about every TickEvery, and before each batch.
	Tick(now time.Time, out Output) error
}

// Delaying operators give out rows later than their time: behind them event time is held back (Flink's interval joins).
type Delaying interface {
	Operator
	// Delay is by how many milliseconds watermarks are lowered on their way to whoever follows; but not MaxWatermark.
	Delay() int64
}

// TickEvery is how often Ticking operators are called at least.
const TickEvery = 20 * time.Millisecond

// Config is what an operator is made with besides its node.
type Config struct {
	Env                  *expr.Env
	StateTTL             time.Duration // table.exec.state.ttl; 0: never
	Subtask, Parallelism int
	Late                 func(n int) // counts late rows that were dropped (numLateRecordsDropped)
}

// Source is one parallel part of a table that is read. Its methods are called by one goroutine.
type Source interface {
	// Open starts reading: from the state that Save gave at a checkpoint, or from the configured start if state is nil.
	Open(ctx context.Context, state []byte) error
	// Next gives rows of one split (a Kafka partition, a file), waiting for them at most until the context's deadline. A
	// nil batch says that there were none yet; io.EOF that there will be none any more.
	Next(ctx context.Context) (split int, batch *rows.Batch, err error)
	// Splits is how many splits this part reads now, without those that have ended: each has a watermark of its own.
	Splits() int
	// Save gives the position after the last batch that Next returned.
	Save() ([]byte, error)
	Close() error
}

// Sink is one parallel part of a table that is written. Its methods are called by one goroutine.
type Sink interface {
	Write(batch *rows.Batch) error
	// Flush hands over all that was written before a checkpoint, or, with 0, at the end of the input. After it, and once
	// the checkpoint is stored, the transaction may be told to commit; until it was, or was told to abandon the
	// checkpoint, Write of a sink that takes part in it waits.
	Flush(ctx context.Context, checkpoint int64) error
	Close() error
}

// Transaction ties the writes of a job's sinks and the positions of its sources together: one commit for each
// checkpoint, after its state is on disk. A job without transactional sinks has none.
type Transaction interface {
	// Last is the checkpoint that was committed last under this job's name; 0 if none was.
	Last(ctx context.Context) (checkpoint int64, err error)
	// Commit makes all that was written since the last one visible, and notes the checkpoint with it.
	Commit(ctx context.Context, checkpoint int64) error
	// Abandon says that a checkpoint failed after its Flush: what was written goes on into the next one.
	Abandon(checkpoint int64)
	Close() error
}

// Staged sinks keep what they wrote out of sight until its checkpoint is complete (files, where there is no
// transaction). Their methods are called by the sink's goroutine, but for Publish, which another calls between them.
type Staged interface {
	Sink
	// Stage sets aside what was written before a checkpoint; it comes after Flush.
	Stage(ctx context.Context, checkpoint int64) error
	// Publish shows what was staged for a complete checkpoint and for those before it.
	Publish(checkpoint int64) error
	// Recover is called before the first Write: what was staged up to the restored checkpoint (0: none) is shown, the
	// rest is thrown away.
	Recover(checkpoint int64) error
}

// Connectors open the tables of one run of a job. Close is called when all of its sources and sinks are closed.
type Connectors interface {
	// Parts is how many parallel parts reading a table is worth: its partitions or files; at least 1.
	Parts(ctx context.Context, scan *plan.Scan) (int, error)
	Source(scan *plan.Scan, part, parts int) (Source, error)
	Sink(sink *plan.Sink, part, parts int) (Sink, error)
	// Transaction ties together those of the sinks that ask for it; nil if none does. It is called before the others.
	Transaction(ctx context.Context, sinks []*plan.Sink) (Transaction, error)
	Close() error
}

// Dividing connectors can start a source's parts from the state of another number of parts.
type Dividing interface {
	Connectors
	// Divides reports whether they can for a table; else it is read in as many parts as before.
	Divides(scan *plan.Scan) bool
	// Merge makes one state of those of all former parts, of which a part's Open takes what is its own.
	Merge(scan *plan.Scan, states [][]byte) ([]byte, error)
}

// Waiting sources can tell that Next waits, and for nothing that has come already: what virtual time needs.
type Waiting interface {
	Source
	// Waits may be called by any goroutine.
	Waits() bool
}

// Ending sources can tell which splits have given their last row, while others go on: those hold event time back no
// longer.
type Ending interface {
	Source
	Ended(split int) bool
}
