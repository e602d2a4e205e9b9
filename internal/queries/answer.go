package queries

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/masks"
)

// maxHeld bounds the rows that a snapshot holds while they may still change.
const maxHeld = 1_000_000

// answer takes the rows of a query and gives those that are to be shown.
type answer struct {
	prepared Prepared
	key      []byte
	each     func(Line) error
	given    int

	folds bool           // rows may be taken back: none is shown before all were read
	held  []Row          // in the order in which they came
	at    map[string]int // by their values: how many of them are there
}

func newAnswer(p Prepared, key []byte, each func(Line) error) *answer {
	return &answer{
		prepared: p, key: key, each: each, at: map[string]int{},
		folds: !p.request.Follow && p.query.Plan.Properties().Mode != plan.InsertOnly,
	}
}

func (a *answer) take(rows []Row) error {
	for _, r := range rows {
		if a.folds {
			if err := a.hold(r); err != nil {
				return err
			}
			continue
		}
		if err := a.show(r); err != nil {
			return err
		}
	}
	return nil
}

func (a *answer) show(r Row) error {
	if a.given >= a.prepared.request.Rows {
		return errEnough
	}
	line := Line{Row: a.masked(r.Fields)}
	if a.prepared.request.Follow {
		line.Change = r.Change
	}
	a.given++
	if err := a.each(line); err != nil {
		return err
	}
	if a.given == a.prepared.request.Rows && a.prepared.request.Follow {
		return errEnough // the next change may be long in coming
	}
	return nil
}

// hold counts the rows that there are.
func (a *answer) hold(r Row) error {
	key := string(bytes.Join(rawBytes(r.Fields), []byte{0}))
	if r.Change == "-U" || r.Change == "-D" {
		a.at[key]--
		return nil
	}
	a.at[key]++
	a.held = append(a.held, r)
	if len(a.held) > maxHeld {
		a.compact()
	}
	if len(a.held) > maxHeld {
		return fmt.Errorf("the result has more than %d rows; ask for less of it, or watch it with --follow", maxHeld)
	}
	return nil
}

func rawBytes(fields []json.RawMessage) [][]byte {
	out := make([][]byte, len(fields))
	for i, f := range fields {
		out[i] = f
	}
	return out
}

// compact forgets rows that were taken back, and keeps each of the others as often as it is there, at its last place.
func (a *answer) compact() {
	left := map[string]int{}
	for key, n := range a.at {
		if n > 0 {
			left[key] = n
		}
	}
	a.at = map[string]int{}
	var kept []Row
	for _, r := range slices.Backward(a.held) {
		key := string(bytes.Join(rawBytes(r.Fields), []byte{0}))
		if left[key] > 0 {
			left[key]--
			a.at[key]++
			kept = append(kept, r)
		}
	}
	slices.Reverse(kept)
	a.held = kept
}

// finish shows what was held; cut says that not all of it was.
func (a *answer) finish() (cut bool, err error) {
	if !a.folds {
		return false, nil
	}
	a.compact()
	a.sort()
	for i, r := range a.held {
		if i == a.prepared.request.Rows {
			return true, nil
		}
		if err := a.show(r); err != nil {
			return false, err
		}
	}
	return false, nil
}

// sort puts the rows at the end into the order that the query asks for, as far as its columns are in the result.
func (a *answer) sort() {
	order := ordered(a.prepared.query.Plan)
	slices.SortStableFunc(a.held, func(x, y Row) int {
		for _, k := range order {
			c := compare(x.Fields[k.Column], y.Fields[k.Column], k.NullsLast != k.Descending)
			if k.Descending {
				c = -c
			}
			if c != 0 {
				return c
			}
		}
		return 0
	})
}

// ordered gives the order at the end of a plan in columns of the result, up to the first that is not in it.
func ordered(n plan.Node) []plan.SortKey {
	switch n := n.(type) {
	case *plan.Rank:
		if len(n.Partition) == 0 {
			return n.Order
		}
	case *plan.Limit:
		return ordered(n.Input)
	case *plan.Project:
		order := slices.Clone(ordered(n.Input))
		for i, k := range order {
			at := slices.IndexFunc(n.Exprs, func(e expr.Expr) bool {
				r, is := e.(*expr.Ref)
				return is && r.Index == k.Column
			})
			if at < 0 {
				return order[:i]
			}
			order[i].Column = at
		}
		return order
	}
	return nil
}

// compare orders two values as they are sent: numbers by size, all else by its text; null comes last or first.
func compare(x, y json.RawMessage, nullsLast bool) int {
	if none := []byte("null"); bytes.Equal(x, none) || bytes.Equal(y, none) {
		switch c := bytes.Equal(x, none); {
		case c == bytes.Equal(y, none):
			return 0
		case c == nullsLast:
			return 1
		}
		return -1
	}
	if m, ok := rational(x); ok {
		if n, ok := rational(y); ok {
			return m.Cmp(n)
		}
	}
	return strings.Compare(string(x), string(y))
}

// masked hides the personal data of a row.
func (a *answer) masked(fields []json.RawMessage) []json.RawMessage {
	out := slices.Clone(fields)
	for i, c := range a.prepared.query.Columns {
		if c.Mask == "" {
			continue
		}
		var value any
		decoder := json.NewDecoder(bytes.NewReader(fields[i]))
		decoder.UseNumber()
		if decoder.Decode(&value) != nil {
			value = string(fields[i])
		}
		text, err := json.Marshal(masks.Value(c.Mask, native(value), a.key))
		if err != nil {
			text = []byte("null")
		}
		out[i] = text
	}
	return out
}
