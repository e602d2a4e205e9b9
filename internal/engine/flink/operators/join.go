package operators

import (
	"io"
	"time"

	"github.com/weftmesh/weft/internal/engine/flink/state"
	"github.com/weftmesh/weft/internal/engine/flink/stream"
	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
)

// join keeps both sides and emits the changes of their join, as Flink's StreamingJoinOperator and, for SEMI and ANTI,
// StreamingSemiAntiJoinOperator do. Of a batch the pairs are found first and put to the condition all at once, since its
// rows change only their own side; then the rows are gone through in order.
type join struct {
	node      *plan.Join
	sides     [2]*joinSide
	outer     [2]bool // rows of this side come out with NULLs while they meet none
	half      bool    // SEMI or ANTI
	condition program
	keys      [2]*state.Keys
	index     *state.Index
	ttl       int64
	now       int64
	sweepAt   int32

	slots   []int32
	ahead   [][2]state.Ref
	seen    byte
	pairs   pairs
	own     []int32 // the rows to emit: of the batch, -1 for NULLs
	met     []int32 // and of the other side: of the pairs
	changes []rows.Change
}

func newJoin(n *plan.Join, cfg stream.Config) (*join, error) {
	left, right, chains := n.LeftInput.Schema(), n.RightInput.Schema(), &state.Paged[[2]chain]{}
	j := &join{
		node: n, half: n.Kind == plan.Semi || n.Kind == plan.Anti, ttl: cfg.StateTTL.Milliseconds(),
		sides: [2]*joinSide{newJoinSide(n.LeftInput, n.LeftKeys, chains, 0), newJoinSide(n.RightInput, n.RightKeys, chains, 1)},
		outer: [2]bool{n.Kind == plan.Left || n.Kind == plan.Full, n.Kind == plan.Right || n.Kind == plan.Full},
		keys:  [2]*state.Keys{state.NewKeys(typesAt(left, n.LeftKeys)), state.NewKeys(typesAt(right, n.RightKeys))},
		index: state.NewIndex(typesAt(left, n.LeftKeys)),
	}
	if n.Condition != nil {
		condition, err := compile(n.Condition, cfg.Env)
		if err != nil {
			return nil, err
		}
		j.condition = condition
	}
	return j, nil
}

// Process joins the rows of one side with what is there of the other.
func (j *join) Process(input int, b *rows.Batch, out stream.Output) error {
	j.pairs.from(input, j.node.Inputs()[1-input].Schema())
	j.find(input, b)
	for from := 0; from < b.Len; {
		to := j.gather(input, from, b.Len)
		if err := j.pairs.choose(j.condition, input, b); err != nil {
			return err
		}
		j.own, j.met, j.changes = j.own[:0], j.met[:0], j.changes[:0]
		for i, matches := range j.pairs.each(from, to) {
			j.row(input, b, i, matches)
		}
		if err := j.emit(input, b, out); err != nil {
			return err
		}
		from = to
	}
	j.forget()
	return nil
}

// find gives each row the slot of its key: -1 if a NULL in it is equal to nothing.
func (j *join) find(input int, b *rows.Batch) {
	cols := columnsAt(b.Cols, j.sides[input].keys)
	j.keys[input].Encode(cols, b.Len)
	j.index.Prefetch(j.keys[input], b.Len)
	j.slots = sized(j.slots, b.Len)
	for i := range b.Len {
		if j.unequal(cols, i) {
			j.slots[i] = -1
			continue
		}
		slot, _ := j.index.Put(j.keys[input], i)
		j.slots[i] = slot
	}
	j.sides[0].chains.Grow(j.index.Slots())
	if j.index.Large() {
		j.prefetch(input)
	}
}

// prefetch looks at the rows that the batch is about to read and to link its own behind, all at once, as that of Index
// does.
func (j *join) prefetch(input int) {
	own, other := j.sides[input], j.sides[1-input]
	j.ahead = j.ahead[:0]
	for _, slot := range j.slots {
		if slot >= 0 {
			j.ahead = append(j.ahead, [2]state.Ref{own.chain(slot).last, other.chain(slot).first})
		}
	}
	for _, refs := range j.ahead {
		j.seen += own.touch(refs[0]) + other.touch(refs[1])
	}
}

func (j *join) unequal(cols []*rows.Column, i int) bool {
	for k, c := range cols {
		if c.Null(i) && (k >= len(j.node.NullSafe) || !j.node.NullSafe[k]) {
			return true
		}
	}
	return false
}

// gather collects pairs for the rows from a place on, and gives the place behind the last row that is covered.
func (j *join) gather(input, from, n int) int {
	other, p := j.sides[1-input], &j.pairs
	p.rows, p.refs = p.rows[:0], p.refs[:0]
	p.writer.Clear()
	for i := from; i < n; i++ {
		if len(p.refs) >= pairsAt {
			return i
		}
		if j.slots[i] < 0 || !other.any {
			continue
		}
		if j.ttl > 0 {
			other.expire(j.slots[i], j.now-j.ttl+1)
		}
		for ref := other.chain(j.slots[i]).first; ref != 0; ref = other.next(ref) {
			p.rows = append(p.rows, int32(i))
			p.refs = append(p.refs, ref)
			p.writer.AppendRow(&other.codec, other.rowOf(ref))
			p.writer.Row()
		}
	}
	return n
}

// row emits what a row changes, and keeps it or forgets the one that it takes back.
func (j *join) row(input int, b *rows.Batch, i int, matches []int32) {
	switch {
	case j.half && input == 0:
		j.halfLeft(b, i, matches)
	case j.half:
		j.halfRight(b, i, matches)
	case b.Change(i).Adds():
		j.add(input, b, i, matches)
	default:
		j.retract(input, b, i, matches)
	}
}

func (j *join) give(change rows.Change, own, met int32) {
	j.own, j.met, j.changes = append(j.own, own), append(j.met, met), append(j.changes, change)
}

// store keeps a row that was added; it reports whether it replaced one.
func (j *join) store(input int, b *rows.Batch, i int, met int) bool {
	if j.slots[i] < 0 {
		return false // it meets no row, now or later
	}
	side := j.sides[input]
	side.read(b, i)
	return side.add(j.slots[i], uint32(met), j.now)
}

func (j *join) unstore(input int, b *rows.Batch, i int) {
	if j.slots[i] >= 0 {
		side := j.sides[input]
		side.read(b, i)
		side.remove(j.slots[i])
	}
}

func (j *join) add(input int, b *rows.Batch, i int, matches []int32) {
	replaced := j.store(input, b, i, len(matches))
	if len(matches) == 0 && j.outer[input] {
		j.give(rows.Insert, int32(i), -1)
	}
	change := b.Change(i)
	if j.outer[0] || j.outer[1] {
		change = rows.Insert
	}
	other := j.sides[1-input]
	for _, m := range matches {
		if j.outer[1-input] {
			met := other.met(j.pairs.refs[m])
			if met == 0 {
				j.give(rows.Delete, -1, m)
			}
			if met == 0 || !replaced {
				other.setMet(j.pairs.refs[m], met+1)
			}
		}
		j.give(change, int32(i), m)
	}
}

func (j *join) retract(input int, b *rows.Batch, i int, matches []int32) {
	j.unstore(input, b, i)
	if len(matches) == 0 && j.outer[input] {
		j.give(rows.Delete, int32(i), -1)
	}
	change := b.Change(i)
	if j.outer[input] {
		change = rows.Delete
	}
	other := j.sides[1-input]
	for _, m := range matches {
		j.give(change, int32(i), m)
		if !j.outer[1-input] {
			continue
		}
		met := other.met(j.pairs.refs[m])
		if met == 1 {
			j.give(rows.Insert, -1, m)
		}
		other.setMet(j.pairs.refs[m], max(met, 1)-1)
	}
}

// halfLeft emits a row of the left side if it meets rows (SEMI), or none (ANTI).
func (j *join) halfLeft(b *rows.Batch, i int, matches []int32) {
	if (len(matches) > 0) == (j.node.Kind == plan.Semi) {
		j.give(b.Change(i), int32(i), -1)
	}
	if b.Change(i).Adds() {
		j.store(0, b, i, len(matches))
	} else {
		j.unstore(0, b, i)
	}
}

// halfRight emits the rows of the left side that now meet their first row, or no longer meet any.
func (j *join) halfRight(b *rows.Batch, i int, matches []int32) {
	change, adds, semi := b.Change(i), b.Change(i).Adds(), j.node.Kind == plan.Semi
	edge := uint32(1)
	replaced := false
	if adds {
		edge = 0
		replaced = j.store(1, b, i, 0)
	} else {
		j.unstore(1, b, i)
	}
	if !semi && adds {
		change = rows.Delete
	} else if !semi {
		change = rows.Insert
	}
	left := j.sides[0]
	for _, m := range matches {
		met := left.met(j.pairs.refs[m])
		if met == edge {
			j.give(change, -1, m)
		}
		switch {
		case !adds:
			left.setMet(j.pairs.refs[m], max(met, 1)-1)
		case met == 0 || !replaced:
			left.setMet(j.pairs.refs[m], met+1)
		}
	}
}

func (j *join) emit(input int, b *rows.Batch, out stream.Output) error {
	if len(j.own) == 0 {
		return nil
	}
	if j.half {
		from, sel := b.Cols, j.own
		if input == 1 {
			from, sel = j.pairs.writer.Columns(), j.met
		}
		return emit(len(sel), taken(from, sel), j.changes, out)
	}
	left, right := taken(b.Cols, j.own), taken(j.pairs.writer.Columns(), j.met)
	if input == 1 {
		left, right = right, left
	}
	return emit(len(j.own), append(left, right...), j.changes, out)
}

func taken(cols []*rows.Column, sel []int32) []*rows.Column {
	out := make([]*rows.Column, len(cols), 2*len(cols))
	for i, c := range cols {
		out[i] = takeOrNull(c, sel)
	}
	return out
}

// forget frees the keys that have no rows left.
func (j *join) forget() {
	for _, slot := range j.slots {
		if slot >= 0 && j.index.Live(slot) && j.empty(slot) {
			j.index.Delete(slot)
		}
	}
}

func (j *join) empty(slot int32) bool {
	return j.sides[0].chain(slot).first == 0 && j.sides[1].chain(slot).first == 0
}

// Advance does nothing: rows are kept for ever.
func (j *join) Advance(int64, stream.Output) error { return nil }

// Tick lets rows expire.
func (j *join) Tick(now time.Time, _ stream.Output) error {
	j.now = max(j.now, now.UnixMilli())
	if j.ttl == 0 {
		return nil
	}
	for range min(sweepAt, j.index.Slots()) {
		if int(j.sweepAt) >= j.index.Slots() {
			j.sweepAt = 0
		}
		if slot := j.sweepAt; j.index.Live(slot) {
			j.sides[0].expire(slot, j.now-j.ttl+1)
			j.sides[1].expire(slot, j.now-j.ttl+1)
			if j.empty(slot) {
				j.index.Delete(slot)
			}
		}
		j.sweepAt++
	}
	return nil
}

// Save writes the keys with the rows of both sides.
func (j *join) Save(w io.Writer) error {
	s := state.NewSaver(w, "Join")
	j.index.Save(s)
	for slot := range j.index.All() {
		j.sides[0].save(s, slot)
		j.sides[1].save(s, slot)
	}
	return s.Close()
}

// Load reads what Save wrote.
func (j *join) Load(r io.Reader) error {
	l := state.NewLoader(r, "Join")
	j.index.Load(l)
	j.sides[0].chains.Grow(j.index.Slots())
	for slot := range j.index.Loaded() {
		j.sides[0].load(l, slot)
		j.sides[1].load(l, slot)
	}
	return l.Err()
}
