package ast

func (p *printer) body(b Body) {
	switch b := b.(type) {
	case *Query:
		p.query(b)
	case *Select:
		p.selectBody(b)
	case *SetOperation:
		p.part(b.Left)
		p.put(" ", b.Op, choose(b.All, " ALL ", " "))
		p.part(b.Right)
	case *Values:
		p.put("VALUES ")
		join(p, b.Rows, ", ", func(row []Expr) { p.inBrackets(func() { p.exprs(row) }) })
	}
}

// part writes the body of a query, or a member of a set operation: a query within is in brackets.
func (p *printer) part(b Body) {
	if q, ok := b.(*Query); ok {
		p.inBrackets(func() { p.query(q) })
		return
	}
	p.body(b)
}

func (p *printer) query(q *Query) {
	if len(q.With) > 0 {
		p.put("WITH ")
		join(p, q.With, ", ", p.cte)
		p.put(" ")
	}
	p.part(q.Body)
	p.orderBy(q.OrderBy)
	if q.Limit != nil {
		p.put(" LIMIT ")
		p.expr(q.Limit, 0)
	}
	if q.Offset != nil {
		p.put(" OFFSET ")
		p.expr(q.Offset, 0)
	}
}

func (p *printer) cte(c CTE) {
	p.put(Quote(c.Name))
	if c.Columns != nil {
		p.put(" ")
		p.inBrackets(func() { p.names(c.Columns) })
	}
	p.put(" AS (")
	p.query(c.Query)
	p.put(")")
}

func (p *printer) orderBy(items []SortItem) {
	if len(items) > 0 {
		p.put(" ORDER BY ")
		join(p, items, ", ", p.sortItem)
	}
}

func (p *printer) sortItem(s SortItem) {
	p.expr(s.Expr, 0)
	p.put(choose(s.Descending, " DESC", ""))
	if s.Nulls != "" {
		p.put(" NULLS ", s.Nulls)
	}
}

func (p *printer) selectBody(s *Select) {
	p.put("SELECT ")
	if s.Hints != nil {
		p.hints(s.Hints)
		p.put(" ")
	}
	p.put(choose(s.Distinct, "DISTINCT ", ""))
	join(p, s.Items, ", ", func(i SelectItem) {
		p.expr(i.Expr, 0)
		if i.Alias != "" {
			p.put(" AS ", Quote(i.Alias))
		}
	})
	if s.From != nil {
		p.put(" FROM ")
		p.table(s.From)
	}
	p.clause(" WHERE ", s.Where)
	if s.GroupBy != nil {
		p.put(" GROUP BY ")
		join(p, s.GroupBy, ", ", p.groupItem)
	}
	p.clause(" HAVING ", s.Having)
	if s.Windows != nil {
		p.put(" WINDOW ")
		join(p, s.Windows, ", ", func(w NamedWindow) {
			p.put(Quote(w.Name), " AS ")
			p.window(&w.Window)
		})
	}
	p.clause(" QUALIFY ", s.Qualify)
}

func (p *printer) clause(word string, e Expr) {
	if e != nil {
		p.put(word)
		p.expr(e, 0)
	}
}

func (p *printer) groupItem(g GroupItem) {
	switch {
	case g.Kind == "GROUPING SETS":
		p.put(g.Kind, " (")
		join(p, g.Sets, ", ", func(set []Expr) { p.inBrackets(func() { p.exprs(set) }) })
		p.put(")")
	case g.Kind != "" || len(g.Exprs) == 0:
		p.put(g.Kind)
		p.inBrackets(func() { p.exprs(g.Exprs) })
	default:
		p.exprs(g.Exprs)
	}
}

// window writes ([name] [PARTITION BY ..] [ORDER BY ..] [frame]).
func (p *printer) window(w *WindowSpec) {
	p.put("(")
	space := ""
	if w.Base != "" {
		p.put(Quote(w.Base))
		space = " "
	}
	if w.PartitionBy != nil {
		p.put(space, "PARTITION BY ")
		p.exprs(w.PartitionBy)
		space = " "
	}
	if w.OrderBy != nil {
		p.put(space, "ORDER BY ")
		join(p, w.OrderBy, ", ", p.sortItem)
		space = " "
	}
	if w.Frame != nil {
		p.put(space, w.Frame.Unit, " BETWEEN ")
		p.bound(w.Frame.Start)
		p.put(" AND ")
		p.bound(w.Frame.End)
	}
	p.put(")")
}

func (p *printer) bound(b Bound) {
	if b.Offset != nil {
		p.expr(b.Offset, bindAnd+1)
		p.put(" ")
	}
	p.put(b.Kind)
}
