package operators

import (
	"io"

	"github.com/weftmesh/weft/internal/engine/flink/state"
	"github.com/weftmesh/weft/internal/engine/flink/stream"
	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
)

// limit passes on the first rows that come. Where rows may be taken back, it is a rank without an order.
type limit struct {
	node *plan.Limit
	seen int64
}

func newLimit(n *plan.Limit, cfg stream.Config) stream.Operator {
	if retracts(n.Input) {
		ranked := &plan.Rank{Base: n.Base, Input: n.Input, From: n.Offset + 1, To: n.Offset + n.Count, Before: n.Before}
		return newRank(ranked, cfg)
	}
	return &limit{node: n}
}

// Process passes on the rows that are in the limit.
func (l *limit) Process(_ int, b *rows.Batch, out stream.Output) error {
	from := min(max(l.node.Offset-l.seen, 0), int64(b.Len))
	to := min(l.node.Offset+l.node.Count-l.seen, int64(b.Len))
	l.seen = min(l.seen+int64(b.Len), l.node.Offset+l.node.Count)
	if from >= to {
		return nil
	}
	return out(b.Slice(int(from), int(to)))
}

// Advance does nothing.
func (l *limit) Advance(int64, stream.Output) error { return nil }

// Save writes how many rows there were.
func (l *limit) Save(w io.Writer) error {
	s := state.NewSaver(w, "Limit")
	s.Int(l.seen)
	return s.Close()
}

// Load reads what Save wrote.
func (l *limit) Load(r io.Reader) error {
	from := state.NewLoader(r, "Limit")
	l.seen = from.Int()
	return from.Err()
}
