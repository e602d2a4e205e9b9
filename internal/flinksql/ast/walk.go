package ast

// Walk visits a tree from its top, each node before what is in it, left to right as it was written. It does not enter
// a node for which visit answers false.
func Walk(n Node, visit func(Node) bool) {
	if n == nil || !visit(n) {
		return
	}
	for _, child := range children(n) {
		Walk(child, visit)
	}
}

// kids gathers the nodes within a node.
type kids []Node

func (k *kids) exprs(list ...Expr) {
	for _, e := range list {
		if e != nil {
			*k = append(*k, e)
		}
	}
}

func (k *kids) query(q *Query) {
	if q != nil {
		*k = append(*k, q)
	}
}

func (k *kids) typ(t *TypeName) {
	if t != nil {
		*k = append(*k, t)
	}
}

func (k *kids) sorts(items []SortItem) {
	for _, s := range items {
		k.exprs(s.Expr)
	}
}

func (k *kids) window(w *WindowSpec) {
	if w == nil {
		return
	}
	k.exprs(w.PartitionBy...)
	k.sorts(w.OrderBy)
	if w.Frame != nil {
		k.exprs(w.Frame.Start.Offset, w.Frame.End.Offset)
	}
}

func children(n Node) kids {
	var k kids
	switch n := n.(type) {
	case Expr:
		k.ofExpr(n)
	case TableExpr:
		k.ofTable(n)
	case Body:
		k.ofBody(n)
	case Statement:
		k.ofStatement(n)
	}
	return k
}

func (k *kids) ofExpr(e Expr) {
	switch e := e.(type) {
	case *Unary:
		k.exprs(e.Operand)
	case *Binary:
		k.exprs(e.Left, e.Right)
	case *Is:
		k.exprs(e.Operand)
	case *Between:
		k.exprs(e.Operand, e.Low, e.High)
	case *Like:
		k.exprs(e.Operand, e.Pattern, e.Escape)
	case *Case:
		k.exprs(e.Operand)
		for _, w := range e.Whens {
			k.exprs(w.Condition, w.Result)
		}
		k.exprs(e.Else)
	case *Cast:
		k.exprs(e.Operand)
		k.typ(e.Type)
	case *Constructor:
		k.exprs(e.Items...)
	case *Index:
		k.exprs(e.Operand, e.Index)
	case *Field:
		k.exprs(e.Operand)
	case *Overlaps:
		k.exprs(e.Left, e.Right)
	default:
		k.ofWide(e)
	}
}

// ofWide are expressions that hold calls' arguments, queries or types.
func (k *kids) ofWide(e Expr) {
	switch e := e.(type) {
	case *In:
		k.exprs(e.Operand)
		k.exprs(e.List...)
		k.query(e.Query)
	case *Quantified:
		k.exprs(e.Left)
		k.exprs(e.List...)
		k.query(e.Query)
	case *Exists:
		k.query(e.Query)
	case *Subquery:
		k.query(e.Query)
	case *Call:
		k.exprs(e.Args...)
		k.sorts(e.OrderBy)
		k.exprs(e.Filter)
		k.window(e.Over)
	case *TableArg:
		k.query(e.Query)
		k.exprs(e.PartitionBy...)
		k.sorts(e.OrderBy)
	case *TypeName:
		for _, t := range e.Elements {
			k.typ(t)
		}
		for _, f := range e.Fields {
			k.typ(f.Type)
		}
	}
}

func (k *kids) ofTable(t TableExpr) {
	switch t := t.(type) {
	case *TableName:
		k.exprs(t.AsOf)
	case *DerivedTable:
		k.query(t.Query)
	case *TableFunction:
		k.exprs(t.Call)
	case *Unnest:
		k.exprs(t.Expr)
	case *Join:
		*k = append(*k, t.Left, t.Right)
		k.exprs(t.On)
	case *MatchRecognize:
		*k = append(*k, t.Input)
	}
}

func (k *kids) ofBody(b Body) {
	switch b := b.(type) {
	case *Query:
		for _, c := range b.With {
			k.query(c.Query)
		}
		*k = append(*k, b.Body)
		k.sorts(b.OrderBy)
		k.exprs(b.Limit, b.Offset)
	case *Select:
		k.ofSelect(b)
	case *SetOperation:
		*k = append(*k, b.Left, b.Right)
	case *Values:
		for _, row := range b.Rows {
			k.exprs(row...)
		}
	}
}

func (k *kids) ofSelect(s *Select) {
	for _, i := range s.Items {
		k.exprs(i.Expr)
	}
	if s.From != nil {
		*k = append(*k, s.From)
	}
	k.exprs(s.Where)
	for _, g := range s.GroupBy {
		k.exprs(g.Exprs...)
		for _, set := range g.Sets {
			k.exprs(set...)
		}
	}
	k.exprs(s.Having)
	for _, w := range s.Windows {
		k.window(&w.Window)
	}
	k.exprs(s.Qualify)
}

func (k *kids) ofStatement(s Statement) {
	switch s := s.(type) {
	case *CreateTable:
		for _, c := range s.Columns {
			k.typ(c.Type)
			k.exprs(c.Computed)
		}
		if s.Watermark != nil {
			k.exprs(s.Watermark.Expr)
		}
		k.query(s.As)
	case *CreateView:
		k.query(s.Query)
	case *Insert:
		for _, p := range s.Partition {
			k.exprs(p.Value)
		}
		k.query(s.Query)
	case *StatementSet:
		for _, i := range s.Inserts {
			*k = append(*k, i)
		}
	case *QueryStatement:
		k.query(s.Query)
	case *Explain:
		*k = append(*k, s.Statement)
	}
}
