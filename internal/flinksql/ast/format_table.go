package ast

func (p *printer) table(t TableExpr) {
	switch t := t.(type) {
	case *TableName:
		p.tableName(t)
	case *DerivedTable:
		p.put(choose(t.Lateral, "LATERAL ", ""))
		p.listOrQuery(nil, t.Query)
		p.alias(t.Alias)
	case *TableFunction:
		p.put(choose(t.Lateral, "LATERAL ", ""), "TABLE(")
		p.call(t.Call)
		p.put(")")
		p.alias(t.Alias)
	case *Unnest:
		p.put("UNNEST(")
		p.expr(t.Expr, 0)
		p.put(choose(t.Ordinality, ") WITH ORDINALITY", ")"))
		p.alias(t.Alias)
	case *Join:
		p.join(t)
	case *MatchRecognize:
		p.table(t.Input)
		p.put(" MATCH_RECOGNIZE (", t.Text, ")")
		p.alias(t.Alias)
	}
}

func (p *printer) tableName(t *TableName) {
	p.put(t.Name.String())
	if t.Hints != nil {
		p.put(" ")
		p.hints(t.Hints)
	}
	if t.AsOf != nil {
		p.put(" FOR SYSTEM_TIME AS OF ")
		p.expr(t.AsOf, 0)
	}
	p.alias(t.Alias)
}

func (p *printer) alias(a Alias) {
	if a.Name == "" {
		return
	}
	p.put(" AS ", Quote(a.Name))
	if a.Columns != nil {
		p.put(" ")
		p.inBrackets(func() { p.names(a.Columns) })
	}
}

func (p *printer) join(j *Join) {
	p.table(j.Left)
	p.put(choose(j.Natural, " NATURAL ", " "))
	if j.Kind != "INNER" {
		p.put(j.Kind, " ")
	}
	p.put("JOIN ")
	if right, ok := j.Right.(*Join); ok {
		p.inBrackets(func() { p.join(right) })
	} else {
		p.table(j.Right)
	}
	p.clause(" ON ", j.On)
	if j.Using != nil {
		p.put(" USING ")
		p.inBrackets(func() { p.names(j.Using) })
	}
}

func (p *printer) hints(hints []Hint) {
	p.put("/*+ ")
	join(p, hints, ", ", func(h Hint) {
		p.put(Quote(h.Name))
		if h.Options == nil && h.Args == nil {
			return
		}
		p.put("(")
		join(p, h.Options, ", ", func(o Option) { p.put(quoteText(o.Key), " = ", quoteText(o.Value)) })
		p.put(choose(h.Options != nil && h.Args != nil, ", ", ""))
		join(p, h.Args, ", ", func(a string) { p.put(quoteText(a)) })
		p.put(")")
	})
	p.put(" */")
}
