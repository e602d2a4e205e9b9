// Package stream says how the parts of a running job meet: operators, sources and sinks, and what flows between them.
package stream

import (
	"context"
	"io"
	"math"
	"time"

	"github.com/weftmesh/weft/internal/flinksql/expr"
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
	// Splits is how many splits this part reads now: each has a watermark of its own.
	Splits() int
	// Save gives the position after the last batch that Next returned.
	Save() ([]byte, error)
	Close() error
}

// Sink is one parallel part of a table that is written. Its methods are called by one goroutine.
type Sink interface {
	Write(batch *rows.Batch) error
	// Flush hands over all that was written: after it, and once the checkpoint is stored, Commit may be called.
	Flush(ctx context.Context) error
	Close() error
}

// Transaction ties the writes of a job's sinks and the positions of its sources together: one commit for each
// checkpoint, after its state is on disk. A job without transactional sinks has none.
type Transaction interface {
	// Last is the checkpoint that was committed last under this job's name; 0 if none was.
	Last(ctx context.Context) (checkpoint int64, err error)
	// Commit makes all that was written since the last one visible, and notes the checkpoint with it.
	Commit(ctx context.Context, checkpoint int64) error
	Close() error
}
