package expr

import (
	"encoding/binary"
	"errors"
	"strings"

	"github.com/weftmesh/weft/internal/rows"
)

func collectors() []*Aggregate {
	ends := func(name string, last bool) *Aggregate {
		return &Aggregate{
			Name:  name,
			Infer: oneOf(name, "a value", func(t rows.Type) bool { return t.Kind != rows.Null }, sameType),
			New: func(args []rows.Type, _ rows.Type, retract bool) Accumulator {
				if retract {
					return &collection{finish: endOf(last)}
				}
				return &held{last: last, values: rows.Column{Type: args[0].Plain()}}
			},
		}
	}
	return []*Aggregate{
		ends("FIRST_VALUE", false), ends("LAST_VALUE", true),
		{Name: "LISTAGG", Infer: inferListagg, New: func([]rows.Type, rows.Type, bool) Accumulator { return &collection{finish: joinedText, columns: 2} }},
		{
			Name: "COLLECT",
			Infer: func(args []rows.Type) (rows.Type, []rows.Type, error) {
				out, coerced, err := oneOf("COLLECT", "a value", func(t rows.Type) bool { return t.Kind != rows.Null }, func(t rows.Type) rows.Type {
					return rows.Type{Kind: rows.Multiset, Elem: &t}
				})(args)
				return out.Nullable(false), coerced, err
			},
			New: func([]rows.Type, rows.Type, bool) Accumulator { return &collection{finish: multisetOf} },
		},
		{
			Name: "ARRAY_AGG",
			Infer: oneOf("ARRAY_AGG", "a value", func(t rows.Type) bool { return t.Kind != rows.Null }, func(t rows.Type) rows.Type {
				return rows.Type{Kind: rows.Array, Elem: &t}
			}),
			New: func([]rows.Type, rows.Type, bool) Accumulator { return &collection{finish: arrayOf, nulls: true} },
		},
		{Name: "PERCENTILE", Infer: inferPercentile, New: func([]rows.Type, rows.Type, bool) Accumulator { return &collection{finish: percentiles, columns: 2} }},
		{Name: "SINGLE_VALUE", Infer: ends("SINGLE_VALUE", false).Infer, New: func([]rows.Type, rows.Type, bool) Accumulator {
			return &collection{finish: onlyOf, nulls: true}
		}},
	}
}

func inferListagg(args []rows.Type) (rows.Type, []rows.Type, error) {
	if len(args) == 0 || len(args) > 2 {
		return rows.Type{}, nil, refuse("Write LISTAGG(name, ', ').", "LISTAGG takes a string and a separator")
	}
	for _, arg := range args {
		if !arg.Kind.IsText() {
			return rows.Type{}, nil, refuse("Write CAST(... AS STRING).", "LISTAGG takes a string, not %s", arg.Plain().Nullable(true))
		}
	}
	return rows.StringType, nil, nil
}

// collection is an aggregate that keeps its values in the order in which they came: a row taken back removes the first
// equal one.
type collection struct {
	finish  func(of *gathered) (any, error)
	nulls   bool // NULLs are kept as well
	columns int  // how many arguments make a value; 0 is one
	slots   []gathered
	key     []byte
}

// gathered is what one group has collected.
type gathered struct {
	entries []entry
	places  map[string][]int32 // of the entries by the bytes of their value: those that live, oldest first
	live    int
	owed    map[string]int32
}

// entry is a value, and a second one where the aggregate takes two.
type entry struct {
	value, second any
	gone          bool
}

func (a *collection) Grow(n int) { a.slots = grown(a.slots, n) }

func (a *collection) Add(slots []int32, args []*rows.Column, changes []rows.Change, skip []bool) error {
	for i, slot := range slots {
		if skip != nil && skip[i] || !a.nulls && args[0].Null(i) {
			continue
		}
		e := entry{value: args[0].Value(i)}
		if a.columns == 2 && len(args) > 1 {
			e.second = args[1].Value(i)
		}
		a.put(&a.slots[slot], e, sign(changes, i))
	}
	return nil
}

func (a *collection) put(g *gathered, e entry, by int64) {
	a.key = rows.AppendValue(rows.AppendValue(a.key[:0], e.value), e.second)
	if by < 0 {
		g.remove(a.key)
		return
	}
	if g.owed[string(a.key)] > 0 {
		g.owed[string(a.key)]--
		return
	}
	if g.places == nil {
		g.places = map[string][]int32{}
	}
	e.value, e.second = cloned(e.value), cloned(e.second)
	g.places[string(a.key)] = append(g.places[string(a.key)], int32(len(g.entries)))
	g.entries = append(g.entries, e)
	g.live++
}

// remove takes the oldest equal value away; one that has not come yet is owed.
func (g *gathered) remove(key []byte) {
	at := g.places[string(key)]
	if len(at) == 0 {
		if g.owed == nil {
			g.owed = map[string]int32{}
		}
		g.owed[string(key)]++
		return
	}
	g.entries[at[0]] = entry{gone: true}
	if len(at) == 1 {
		delete(g.places, string(key))
	} else {
		g.places[string(key)] = at[1:]
	}
	g.live--
	g.tidy()
}

// tidy closes the gaps when they are more than the values.
func (g *gathered) tidy() {
	if len(g.entries) < 32 || len(g.entries) < 2*g.live {
		return
	}
	moved := make(map[int32]int32, g.live)
	kept := make([]entry, 0, g.live)
	for i, e := range g.entries {
		if !e.gone {
			moved[int32(i)] = int32(len(kept))
			kept = append(kept, e)
		}
	}
	g.entries = kept
	for _, at := range g.places {
		for i, place := range at {
			at[i] = moved[place]
		}
	}
}

func (a *collection) Merge(into, from int32) error {
	for _, e := range a.slots[from].entries {
		if !e.gone {
			a.put(&a.slots[into], e, 1)
		}
	}
	return nil
}

func (a *collection) Clear(slot int32) { a.slots[slot] = gathered{} }

func (a *collection) Values(slots []int32, out *rows.Column) error {
	for _, slot := range slots {
		v, err := a.finish(&a.slots[slot])
		if err != nil {
			return err
		}
		out.Append(v)
	}
	return nil
}

func (a *collection) Save(slots []int32, to []byte) []byte {
	for _, slot := range slots {
		g := &a.slots[slot]
		to = binary.AppendUvarint(to, uint64(g.live))
		for _, e := range g.entries {
			if !e.gone {
				to = rows.AppendValue(rows.AppendValue(to, e.value), e.second)
			}
		}
		to = binary.AppendUvarint(to, uint64(len(g.owed)))
		for key, n := range g.owed {
			to = binary.AppendUvarint(append(to, key...), uint64(n))
		}
	}
	return to
}

func (a *collection) Load(slots []int32, from []byte) ([]byte, error) {
	for _, slot := range slots {
		a.Clear(slot)
		rest, err := a.each(from, func(e entry, rest []byte) ([]byte, error) {
			a.put(&a.slots[slot], e, 1)
			return rest, nil
		})
		if err != nil {
			return nil, err
		}
		from, err = a.each(rest, func(e entry, rest []byte) ([]byte, error) {
			n, size := binary.Uvarint(rest)
			if size <= 0 {
				return nil, rows.ErrValue
			}
			for range n {
				a.put(&a.slots[slot], e, -1)
			}
			return rest[size:], nil
		})
		if err != nil {
			return nil, err
		}
	}
	return from, nil
}

// each reads a number of entries.
func (a *collection) each(from []byte, take func(e entry, rest []byte) ([]byte, error)) ([]byte, error) {
	count, size := binary.Uvarint(from)
	if size <= 0 {
		return nil, rows.ErrValue
	}
	from = from[size:]
	for range count {
		value, rest, err := rows.ReadValue(from)
		if err != nil {
			return nil, err
		}
		second, rest, err := rows.ReadValue(rest)
		if err != nil {
			return nil, err
		}
		if from, err = take(entry{value: value, second: second}, rest); err != nil {
			return nil, err
		}
	}
	return from, nil
}

func endOf(last bool) func(*gathered) (any, error) {
	return func(g *gathered) (any, error) {
		for i := range g.entries {
			if last {
				i = len(g.entries) - 1 - i
			}
			if !g.entries[i].gone {
				return g.entries[i].value, nil
			}
		}
		return nil, nil
	}
}

func joinedText(g *gathered) (any, error) {
	if g.live == 0 {
		return nil, nil
	}
	var b strings.Builder
	first := true
	for _, e := range g.entries {
		if e.gone {
			continue
		}
		if !first {
			separator, ok := e.second.(string)
			if !ok {
				separator = ","
			}
			b.WriteString(separator)
		}
		first = false
		text, _ := e.value.(string)
		b.WriteString(text)
	}
	return b.String(), nil
}

func arrayOf(g *gathered) (any, error) {
	if g.live == 0 {
		return nil, nil
	}
	out := make([]any, 0, g.live)
	for _, e := range g.entries {
		if !e.gone {
			out = append(out, e.value)
		}
	}
	return out, nil
}

func multisetOf(g *gathered) (any, error) {
	at := map[string]int{}
	out := rows.Entries{}
	var key []byte
	for _, e := range g.entries {
		if e.gone {
			continue
		}
		key = rows.AppendValue(key[:0], e.value)
		i, known := at[string(key)]
		if !known {
			i = len(out)
			at[string(key)] = i
			out = append(out, rows.Pair{Key: e.value, Value: int64(0)})
		}
		n, _ := out[i].Value.(int64)
		out[i].Value = n + 1
	}
	return out, nil
}

var errMoreThanOne = errors.New("SingleValueAggFunction received more than one element.")

func onlyOf(g *gathered) (any, error) {
	if g.live > 1 {
		return nil, errMoreThanOne
	}
	return endOf(false)(g)
}
