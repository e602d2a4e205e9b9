package plan

import (
	"slices"

	"github.com/weftmesh/weft/internal/flinksql/ast"
	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/rows"
)

// join plans left JOIN right. Which kind of join of streams it is, its condition tells later.
func (p *Planner) join(j *ast.Join, e env) (relation, error) {
	left, err := p.table(j.Left, e)
	if err != nil {
		return left, err
	}
	kind := JoinKind(j.Kind)
	if j.Kind == "CROSS" {
		kind = Inner
	}
	if j.Kind != "CROSS" && !j.Natural && j.On == nil && len(j.Using) == 0 {
		return left, problem(j, "Add ON, or write CROSS JOIN.", "%s JOIN needs a condition", j.Kind)
	}
	if u, ok := j.Right.(*ast.Unnest); ok {
		return p.joinUnnest(j, u, e, left, kind)
	}
	if t, ok := j.Right.(*ast.TableName); ok && t.AsOf != nil {
		return p.joinVersion(j, t, e, left, kind)
	}
	right, err := p.table(j.Right, e)
	if err != nil {
		return right, err
	}
	both := relation{join(kind, left.node, right.node, nil), append(slices.Clone(left.names), right.names...)}
	if err := distinctAliases(j, left, right); err != nil {
		return both, err
	}
	if j.On != nil && asksQuery(j.On) {
		return p.joinAsking(j, both, kind, e)
	}
	on, err := p.joinCondition(j, left, right, &both, e)
	if err != nil {
		return both, err
	}
	both.node = join(kind, left.node, right.node, on)
	return both, nil
}

// joinAsking plans an inner join whose condition has queries as values: it is that of a filter above.
func (p *Planner) joinAsking(j *ast.Join, both relation, kind JoinKind, e env) (relation, error) {
	var other ast.Expr
	ast.Walk(j.On, func(n ast.Node) bool {
		if x, ok := n.(ast.Expr); ok && queryOf(x) != nil {
			if _, value := x.(*ast.Subquery); !value {
				other = x
			}
		}
		_, query := n.(*ast.Query)
		return !query
	})
	if other != nil {
		return both, missing(other, "IN (query) and EXISTS in ON; put it into WHERE,")
	}
	if kind != Inner {
		return both, missing(j.On, "a query as a value in ON of an outer join")
	}
	width := len(both.names)
	filtered, err := p.where(j.On, both, e)
	if err != nil {
		return both, err
	}
	return relation{project(filtered.node, identity(filtered.node)[:width], namesOf(both.names)), both.names}, nil
}

// distinctAliases refuses a FROM in which two tables have the same name.
func distinctAliases(j *ast.Join, left, right relation) error {
	for _, l := range left.names {
		for _, r := range right.names {
			if l.table != "" && l.table == r.table {
				return problem(j.Right, "Give one of them an alias.", "two tables are called %s", l.table)
			}
		}
	}
	return nil
}

// joinCondition resolves ON, USING or NATURAL. Of columns that both sides have by USING, the left one stands for both.
func (p *Planner) joinCondition(j *ast.Join, left, right relation, both *relation, e env) (expr.Expr, error) {
	using := j.Using
	if j.Natural {
		for _, l := range left.names {
			if slices.ContainsFunc(right.names, func(r columnName) bool { return r.name == l.name }) {
				using = append(using, l.name)
			}
		}
	}
	s := &scope{relation: *both, outer: e.outer}
	if j.On != nil {
		return condition(p.resolver(s), j.On, "ON")
	}
	var all []expr.Expr
	for _, name := range using {
		written := ast.Name{Place: j.Place, Parts: []string{name}}
		l, _, err := (&scope{relation: left}).Column(written)
		if err != nil {
			return nil, err
		}
		at, _, err := (&scope{relation: right}).find(written)
		if err != nil {
			return nil, err
		}
		if at < 0 {
			return nil, (&scope{relation: right}).unknown(written)
		}
		r := &expr.Ref{Index: len(left.names) + at, Of: right.node.Schema()[at].Type}
		same, err := compare(j, "=", l, r)
		if err != nil {
			return nil, err
		}
		all = append(all, same)
		both.names[r.Index].using = true
	}
	if len(all) == 0 {
		return nil, nil
	}
	return expr.And(all...), nil
}

// joinVersion plans left JOIN table FOR SYSTEM_TIME AS OF left.time ON ...
func (p *Planner) joinVersion(j *ast.Join, t *ast.TableName, e env, left relation, kind JoinKind) (relation, error) {
	at, err := p.versionTime(t, left, e)
	if err != nil {
		return left, err
	}
	plain := *t
	plain.AsOf = nil
	right, err := p.tableName(&plain, e)
	if err != nil {
		return right, err
	}
	if kind != Inner && kind != Left {
		return right, problem(j, "Use JOIN or LEFT JOIN.", "%s JOIN with FOR SYSTEM_TIME AS OF does not exist", kind)
	}
	rightTime := slices.IndexFunc(right.node.Schema(), func(f rows.Field) bool { return f.Type.Time == rows.RowTime })
	if rightTime < 0 {
		return right, problem(t, "Declare WATERMARK FOR a column of it.", "table %s has no row time, so it has no versions", t.Name.Parts[len(t.Name.Parts)-1])
	}
	both := relation{names: append(slices.Clone(left.names), right.names...)}
	node := &TemporalJoin{
		Base: Base{Out: joinedSchema(kind, left.node, right.node)}, Kind: kind, LeftInput: left.node, RightInput: right.node, LeftTime: at, RightTime: rightTime,
	}
	for i := len(left.names); i < len(node.Out); i++ {
		node.Out[i].Type = node.Out[i].Type.Plain()
	}
	both.node = node
	node.Condition, err = p.joinCondition(j, left, right, &both, e)
	if err != nil {
		return both, err
	}
	node.at = j
	return both, nil
}

// versionTime finds the left side's time attribute that FOR SYSTEM_TIME AS OF names.
func (p *Planner) versionTime(t *ast.TableName, left relation, e env) (int, error) {
	resolved, err := p.resolver(&scope{relation: left, outer: e.outer}).Resolve(t.AsOf)
	if err != nil {
		return 0, err
	}
	ref, ok := resolved.(*expr.Ref)
	if ok && ref.Of.Time == rows.ProcTime || isProcTime(resolved) {
		return 0, missing(t, "FOR SYSTEM_TIME AS OF a processing time (a look-up join)")
	}
	if !ok || ref.Of.Time != rows.RowTime {
		return 0, problem(t.AsOf, "Name the column of the left table that has the WATERMARK.", "FOR SYSTEM_TIME AS OF needs a time attribute of the left side")
	}
	return ref.Index, nil
}

// temporalKeys takes the keys out of a temporal join's condition: the right side's key must be among them, since a
// version is a version of a key.
func temporalKeys(n *TemporalJoin) error {
	at := n.at
	width := len(n.LeftInput.Schema())
	equal, rest := equalities(conjuncts(n.Condition), width)
	for _, pair := range equal {
		l, lok := pair.left.(*expr.Ref)
		r, rok := pair.right.(*expr.Ref)
		if !lok || !rok || pair.nullSafe {
			rest = append(rest, pair.condition)
			continue
		}
		n.LeftKeys, n.RightKeys = append(n.LeftKeys, l.Index), append(n.RightKeys, r.Index)
	}
	if len(n.LeftKeys) == 0 {
		return problem(at, "Compare the right side's primary key with columns of the left one.", "a temporal join needs an equality of columns")
	}
	if !slices.ContainsFunc(uniqueKeys(n.RightInput), func(key []int) bool { return subset(key, n.RightKeys) }) {
		return problem(at, "Declare the PRIMARY KEY of the right table, and compare all of it.", "the primary key of the right side must be part of the join's condition")
	}
	n.Condition = nil
	if len(rest) > 0 {
		n.Condition = expr.And(rest...)
	}
	return nil
}

// unnest plans UNNEST(expression) over what stands to its left.
func (p *Planner) unnest(u *ast.Unnest, e env, left relation, kind JoinKind) (relation, error) {
	list, err := p.resolver(&scope{relation: left, outer: e.outer}).Resolve(u.Expr)
	if err != nil {
		return left, err
	}
	members, err := memberFields(u, list.Type())
	if err != nil {
		return left, err
	}
	if u.Ordinality {
		members = append(members, rows.Field{Name: "ORDINALITY", Type: rows.IntType.Nullable(false)})
	}
	if len(u.Alias.Columns) > 0 && len(u.Alias.Columns) != len(members) {
		return left, problem(u, "Name each of them.", "UNNEST gives %d columns here, and %d are named", len(members), len(u.Alias.Columns))
	}
	out := relation{names: slices.Clone(left.names)}
	node := &Unnest{Base: Base{Out: slices.Clone(left.node.Schema())}, Input: left.node, Expr: list, Kind: kind, Ordinality: u.Ordinality}
	for i, m := range members {
		if len(u.Alias.Columns) > 0 {
			m.Name = u.Alias.Columns[i]
		}
		if kind == Left {
			m.Type.NotNull = false
		}
		node.Out = append(node.Out, m)
		out.names = append(out.names, columnName{table: u.Alias.Name, name: m.Name})
	}
	out.node = node
	return out, nil
}

// memberFields are the columns of one member: of an array of rows its fields, of a map key and value.
func memberFields(at ast.Node, t rows.Type) ([]rows.Field, error) {
	switch t.Kind {
	case rows.Array, rows.Multiset:
		if t.Elem.Kind != rows.Row {
			return []rows.Field{{Name: "EXPR$0", Type: *t.Elem}}, nil
		}
		fields := slices.Clone(t.Elem.Fields)
		for i := range fields {
			fields[i].Type.NotNull = fields[i].Type.NotNull && t.Elem.NotNull
		}
		return fields, nil
	case rows.Map:
		return []rows.Field{{Name: "KEY", Type: *t.Key}, {Name: "VALUE", Type: *t.Elem}}, nil
	}
	return nil, problem(at, "Give it an ARRAY, a MAP or a MULTISET.", "UNNEST of %s", t)
}

func (p *Planner) joinUnnest(j *ast.Join, u *ast.Unnest, e env, left relation, kind JoinKind) (relation, error) {
	if kind != Inner && kind != Left {
		return left, problem(j, "Use CROSS JOIN or LEFT JOIN ... ON TRUE.", "%s JOIN UNNEST does not exist", kind)
	}
	out, err := p.unnest(u, e, left, kind)
	if err != nil || j.On == nil {
		return out, err
	}
	on, err := condition(p.resolver(&scope{relation: out, outer: e.outer}), j.On, "ON")
	if err != nil {
		return out, err
	}
	if c, ok := on.(*expr.Const); ok && c.Value == true {
		return out, nil
	}
	if n, ok := out.node.(*Unnest); ok && kind == Left {
		n.Condition = on
		return out, nil
	}
	out.node = filter(out.node, conjuncts(on)...)
	return out, nil
}
