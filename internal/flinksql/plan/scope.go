package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/diags"
	"github.com/weftmesh/weft/internal/flinksql/ast"
	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/flinksql/lex"
)

// relation is a node with the names by which its columns are known.
type relation struct {
	node  Node
	names []columnName // one for each column of the node
}

// columnName is a column's name and the alias of the table that it belongs to.
type columnName struct {
	table string // "" where the columns have no table: the result of a query
	name  string
	using bool // the right side's copy of a USING column: not part of *, and hidden from bare names
}

// named gives every column of a relation a new table's name, and new names where columns has them.
func (r relation) named(at ast.Node, alias ast.Alias) (relation, error) {
	if len(alias.Columns) > 0 && len(alias.Columns) != len(r.names) {
		return r, problem(at, "Name every column, or none.", "%s has %d columns, and %d names are given", alias.Name, len(r.names), len(alias.Columns))
	}
	names := make([]columnName, len(r.names))
	for i, n := range r.names {
		names[i] = columnName{table: alias.Name, name: n.name}
		if len(alias.Columns) > 0 {
			names[i].name = alias.Columns[i]
		}
	}
	return relation{r.node, names}, nil
}

// scope resolves names over a relation, then over what lies outside of a subquery.
type scope struct {
	relation
	outer *scope
}

var _ expr.Scope = (*scope)(nil)

// Column resolves name, column.field, table.column or table.column.field.
func (s *scope) Column(name ast.Name) (expr.Expr, []string, error) {
	found, rest, err := s.find(name)
	if err != nil {
		return nil, nil, err
	}
	if found >= 0 {
		return s.ref(found), rest, nil
	}
	for outer := s.outer; outer != nil; outer = outer.outer {
		found, rest, err := outer.find(name)
		switch {
		case err != nil || found < 0:
		case outer != s.outer:
			return nil, nil, missing(name, "a subquery that names a column of a query further out than the one around it")
		default:
			return &outerRef{Ref: *outer.ref(found)}, rest, nil
		}
	}
	return nil, nil, s.unknown(name)
}

func (s *scope) ref(i int) *expr.Ref {
	return &expr.Ref{Index: i, Of: s.node.Schema()[i].Type}
}

// find gives the column that a name means, or -1, and the fields within it.
func (s *scope) find(name ast.Name) (int, []string, error) {
	last := name.Parts[len(name.Parts)-1]
	if at, ok := s.match(func(c columnName) bool { return c.name == name.Parts[0] && !c.using }); ok {
		if at < 0 {
			return at, nil, problem(name, "Put the table's name or alias before it, as in t."+last+".", "column %s is ambiguous: %s have it", name.Parts[0], s.tablesWith(name.Parts[0]))
		}
		return at, name.Parts[1:], nil
	}
	// The table's name may itself be qualified: the shortest column name that fits is taken.
	for i := 1; i < len(name.Parts); i++ {
		table := strings.Join(name.Parts[:i], ".")
		if at, ok := s.match(func(c columnName) bool { return sameTable(c.table, table) && c.name == name.Parts[i] }); ok && at >= 0 {
			return at, name.Parts[i+1:], nil
		}
	}
	return -1, nil, nil
}

func sameTable(known, written string) bool {
	return known != "" && (known == written || strings.HasSuffix(written, "."+known))
}

// match finds the one column that fits: ok tells that there is any, and -1 that there are several.
func (s *scope) match(fits func(columnName) bool) (at int, ok bool) {
	at = -1
	for i, n := range s.names {
		if !fits(n) {
			continue
		}
		if ok {
			return -1, true
		}
		at, ok = i, true
	}
	return at, ok
}

func (s *scope) tablesWith(column string) string {
	var tables []string
	for _, n := range s.names {
		if n.name == column && !slices.Contains(tables, n.table) {
			tables = append(tables, n.table)
		}
	}
	return strings.Join(tables, " and ")
}

func (s *scope) unknown(name ast.Name) error {
	written := strings.Join(name.Parts, ".")
	var known []string
	for _, n := range s.names {
		known = append(known, n.name)
		if n.table != "" {
			known = append(known, n.table+"."+n.name)
		}
	}
	hint := "There are no columns here: the query has no FROM."
	if closest, ok := diags.Closest(written, known); ok {
		hint = fmt.Sprintf("Did you mean %s?", closest)
	} else if len(known) > 0 {
		var columns []string
		for _, n := range s.names {
			columns = append(columns, n.name)
		}
		hint = "The columns are " + strings.Join(columns, ", ") + "."
	}
	return &lex.Error{Position: name.At(), Message: fmt.Sprintf("column %s is not known here", written), Hint: hint}
}

// outerRef is a column of the query around a subquery. It is gone when the subquery has become a join.
type outerRef struct{ expr.Ref }

// String tells it apart from a column of the subquery itself.
func (o *outerRef) String() string { return "outer." + o.Ref.String() }
