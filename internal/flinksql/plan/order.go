package plan

import (
	"math"

	"github.com/weftmesh/weft/internal/flinksql/ast"
	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/rows"
)

// sorting is where ORDER BY finds what is no column of the result: expressions over the SELECT's input, added as
// hidden columns.
type sorting struct {
	resolver *expr.Resolver
	exprs    *[]expr.Expr
	names    *[]columnName
}

// sortKeys resolves ORDER BY: the place of a column, a name of the result, or else an expression.
func (p *Planner) sortKeys(items []ast.SortItem, result *scope, hidden *sorting) ([]SortKey, error) {
	var keys []SortKey
	for _, item := range items {
		column, err := p.sortColumn(item, result, hidden)
		if err != nil {
			return nil, err
		}
		keys = append(keys, sortKey(column, item))
	}
	return keys, nil
}

func (p *Planner) sortColumn(item ast.SortItem, result *scope, hidden *sorting) (int, error) {
	if at, known, err := namedResult(item, result); known || err != nil {
		return at, err
	}
	if hidden == nil {
		resolved, err := p.resolver(result).Resolve(item.Expr)
		if err != nil {
			return 0, err
		}
		if ref, ok := resolved.(*expr.Ref); ok {
			return ref.Index, nil
		}
		return 0, missing(item.Expr, "ORDER BY an expression over a UNION")
	}
	e, err := hidden.resolver.Resolve(item.Expr)
	if err != nil {
		return 0, err
	}
	for i, known := range *hidden.exprs {
		if known.String() == e.String() {
			return i, nil
		}
	}
	*hidden.exprs = append(*hidden.exprs, e)
	*hidden.names = append(*hidden.names, columnName{name: hiddenKey})
	return len(*hidden.exprs) - 1, nil
}

// namedResult finds the column of the result that ORDER BY names, by its place or by its name.
func namedResult(item ast.SortItem, result *scope) (at int, known bool, err error) {
	switch e := item.Expr.(type) {
	case *ast.Literal:
		n, ok := ordinal(e.Text)
		if ok = ok && e.Kind == ast.NumberLiteral; ok && (n < 1 || n > len(result.names)) {
			return 0, true, problem(e, "", "ORDER BY %d: the result has %d columns", n, len(result.names))
		}
		return n - 1, ok, nil
	case *ast.Column:
		if len(e.Parts) == 1 {
			at, _, err := result.find(e.Name)
			return at, err == nil && at >= 0, nil
		}
	}
	return 0, false, nil
}

func ordinal(text string) (int, bool) {
	n := 0
	for _, r := range text {
		if r < '0' || r > '9' || n > 1_000_000 {
			return 0, false
		}
		n = 10*n + int(r-'0')
	}
	return n, true
}

// ordered plans ORDER BY with or without LIMIT. A stream without end is sorted by its row time alone.
func (p *Planner) ordered(q *ast.Query, r relation, keys []SortKey) (relation, error) {
	offset, count, err := p.bounds(q)
	if err != nil {
		return r, err
	}
	if q.Limit == nil && q.Offset == nil {
		first := keys[0]
		if in := r.node.Schema()[first.Column].Type; in.Time == rows.RowTime && !first.Descending {
			r.node = &TimeSort{Base: Base{Out: r.node.Schema()}, Input: r.node, Time: first.Column, Order: keys[1:]}
			return r, nil
		}
		if !p.Batch {
			return r, problem(q.OrderBy[0].Expr, "Add LIMIT, or order by the row time, rising.", "a stream without end cannot be sorted by this column")
		}
	}
	to := int64(math.MaxInt64)
	if count < math.MaxInt64-offset {
		to = offset + count
	}
	r.node = &Rank{Base: Base{Out: r.node.Schema()}, Input: r.node, Order: keys, From: offset + 1, To: to}
	return r, nil
}

// limited plans LIMIT and OFFSET without an order.
func (p *Planner) limited(q *ast.Query, r relation) (relation, error) {
	if q.Limit == nil && q.Offset == nil {
		return r, nil
	}
	offset, count, err := p.bounds(q)
	if err != nil {
		return r, err
	}
	r.node = &Limit{Base: Base{Out: r.node.Schema()}, Input: r.node, Offset: offset, Count: count}
	return r, nil
}

// bounds gives OFFSET and LIMIT.
func (p *Planner) bounds(q *ast.Query) (offset, count int64, err error) {
	count = math.MaxInt64
	for _, bound := range []struct {
		e  ast.Expr
		to *int64
	}{{q.Offset, &offset}, {q.Limit, &count}} {
		if bound.e == nil {
			continue
		}
		e, err := p.resolver(&scope{relation: relation{node: oneRow()}}).Resolve(bound.e)
		if err != nil {
			return 0, 0, err
		}
		v, ok := constInt(e, rows.Int, p.Env)
		if !ok {
			v, ok = constInt(e, rows.BigInt, p.Env)
		}
		if !ok || v < 0 {
			return 0, 0, problem(bound.e, "Write a whole number.", "LIMIT and OFFSET are whole numbers, 0 or more")
		}
		*bound.to = v
	}
	return offset, count, nil
}
