package operators

import (
	"github.com/weftmesh/weft/internal/engine/flink/stream"
	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
)

// unnest gives a row for each member of an array, map or multiset. A member that is a ROW gives its fields as columns.
type unnest struct {
	stateless
	members    program
	condition  program
	outer      bool
	ordinality bool
	elem       rows.Type
	types      []rows.Type // of the columns that come from the member
}

func newUnnest(n *plan.Unnest, cfg stream.Config) (stream.Operator, error) {
	members, err := compile(n.Expr, cfg.Env)
	if err != nil {
		return nil, err
	}
	u := &unnest{members: members, outer: n.Kind == plan.Left, ordinality: n.Ordinality, elem: n.Expr.Type()}
	u.types = typesOf(n.Out[len(n.Input.Schema()):])
	if n.Condition != nil {
		u.condition, err = compile(n.Condition, cfg.Env)
	}
	return u, err
}

// Process gives each row once for each of its members.
func (u *unnest) Process(_ int, b *rows.Batch, out stream.Output) error {
	members, err := u.members.Eval(b)
	if err != nil {
		return err
	}
	made := rows.NewBuilder(u.types)
	var from []int32
	for i := range b.Len {
		before := made.Len()
		u.expand(made, members.Value(i))
		for range made.Len() - before {
			from = append(from, int32(i))
		}
	}
	all := joined(b, from, made.Batch())
	keep, err := u.keep(all)
	if err != nil || !u.outer {
		return orEmit(err, all, keep, out)
	}
	return u.emitOuter(b, all, from, keep, out)
}

func orEmit(err error, b *rows.Batch, sel []int32, out stream.Output) error {
	if err != nil {
		return err
	}
	return emitSelected(b, sel, out)
}

func joined(b *rows.Batch, from []int32, made *rows.Batch) *rows.Batch {
	all := b.Take(from)
	all.Cols = append(all.Cols, made.Cols...)
	return all
}

func (u *unnest) keep(all *rows.Batch) ([]int32, error) {
	if u.condition != nil {
		return u.condition.Select(all)
	}
	sel := make([]int32, all.Len)
	for i := range sel {
		sel[i] = int32(i)
	}
	return sel, nil
}

// emitOuter passes on what was kept, and rows of which nothing was kept with NULLs.
func (u *unnest) emitOuter(b, all *rows.Batch, from, keep []int32, out stream.Output) error {
	var left, right []int32
	next := 0
	for i := range int32(b.Len) {
		first := next
		for ; next < len(keep) && from[keep[next]] == i; next++ {
			left, right = append(left, i), append(right, keep[next])
		}
		if next == first {
			left, right = append(left, i), append(right, -1)
		}
	}
	result := b.Take(left)
	for _, c := range all.Cols[len(b.Cols):] {
		result.Cols = append(result.Cols, takeOrNull(c, right))
	}
	if result.Len == 0 {
		return nil
	}
	return out(result)
}

func (u *unnest) expand(to *rows.Builder, v any) {
	n := int64(0)
	add := func(values ...any) {
		n++
		if u.ordinality {
			values = append(values, n)
		}
		to.Append(rows.Insert, values)
	}
	switch v := v.(type) {
	case []any:
		for _, member := range v {
			if member != nil || !u.ofRows() {
				add(u.fields(member)...)
			}
		}
	case rows.Entries:
		for _, pair := range v {
			if u.elem.Kind == rows.Map {
				add(pair.Key, pair.Value)
				continue
			}
			count, _ := pair.Value.(int64)
			for range count {
				add(u.fields(pair.Key)...)
			}
		}
	}
}

// ofRows reports whether members are rows; one that is NULL has no columns, and is left out.
func (u *unnest) ofRows() bool { return u.elem.Elem != nil && u.elem.Elem.Kind == rows.Row }

// fields gives a member as columns.
func (u *unnest) fields(member any) []any {
	if !u.ofRows() {
		return []any{member}
	}
	fields := make([]any, len(u.elem.Elem.Fields), len(u.elem.Elem.Fields)+1)
	if values, ok := member.([]any); ok {
		copy(fields, values)
	}
	return fields
}
