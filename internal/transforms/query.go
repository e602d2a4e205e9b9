package transforms

import (
	"slices"
	"strconv"
	"strings"

	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/diags"
	"github.com/weftmesh/weft/internal/flinksql/ast"
	"github.com/weftmesh/weft/internal/flinksql/lex"
	"github.com/weftmesh/weft/internal/flinksql/parse"
	"github.com/weftmesh/weft/internal/flinksql/plan"
)

// Rights say what whoever asks may read.
type Rights struct {
	Read  func(contracts.Product) error // nil, or why not
	Clear func(contracts.Product) bool  // personal data as it is
}

// Query is a SELECT over products that was planned: what runs, and what of its result is hidden.
type Query struct {
	Tables  []Table
	SQL     string
	Plan    plan.Node
	Columns []Shown // of the result
}

// Shown is a column of a result. Mask is how it is hidden, one of those of contracts; "" shows it as it is.
type Shown struct {
	Name string
	Type string // of Flink SQL
	Mask string
}

// File is where the mistakes of a query stand: in the query itself.
const File = "query"

// Forbidden is the rule of what whoever asks may not read.
const Forbidden = "access"

// CompileQuery plans a SELECT over the products of a set, which it names as transforms do. Mistakes come with their
// places in the query. An order without a limit, which Flink knows for batches alone, has the limit most; 0 for none.
func CompileQuery(set contracts.Set, sql string, rights Rights, most int) (Query, diags.List) {
	sql = strings.TrimRight(sql, "; \t\r\n")
	p := contracts.Product{Contract: contracts.Contract{Transform: &contracts.Transform{SQL: sql}}}
	c := newCompiler(set, p)
	c.rights = &rights
	q, err := c.query(sql, most)
	if err != nil {
		c.mistake(err)
	}
	for i := range c.problems {
		d := &c.problems[i]
		d.File, d.Summary = File, strings.TrimPrefix(d.Summary, "transform: ")
	}
	return q, c.problems
}

func (c *compiler) query(sql string, most int) (Query, error) {
	query, err := parse.Query(sql)
	if err != nil {
		return Query{}, err
	}
	if !c.plain(query) || !c.inputs(query) {
		return Query{}, nil
	}
	if most > 0 && len(query.OrderBy) > 0 && query.Limit == nil {
		query.Limit = &ast.Literal{Kind: ast.NumberLiteral, Text: strconv.Itoa(most)}
	}
	node, err := c.planner.Query(query)
	if err != nil {
		return Query{}, err
	}
	q := Query{}
	for _, t := range c.job.Tables {
		q.Tables = append(q.Tables, t.without("properties.group.id")) // a query leaves no trace of where it was
	}
	var made []bool
	q.Columns, made = c.shown(node)
	q.SQL, q.Plan, err = c.without(ast.Format(query), node, made)
	return q, err
}

func (t Table) without(key string) Table {
	t.Options = slices.DeleteFunc(slices.Clone(t.Options), func(o Option) bool { return o.Key == key })
	return t
}

// plain refuses hints: with one a query could read another topic under a product's name.
func (c *compiler) plain(query *ast.Query) bool {
	good := true
	ast.Walk(query, func(n ast.Node) bool {
		if t, ok := n.(*ast.TableName); ok && t.Hints != nil {
			c.report(c.product.SQLAt(t.At()), "a query takes no hints", "Leave /*+ ... */ out.")
			good = false
		}
		return true
	})
	return good
}

// allowed refuses products that whoever asks may not read.
func (c *compiler) allowed(at diags.Range, p contracts.Product) bool {
	err := c.rights.Read(p)
	if err != nil {
		c.problems.Add(diags.Diagnostic{Severity: diags.Error, Rule: Forbidden, Range: at, Summary: err.Error()})
	}
	return err == nil
}

// Statements gives what runs a query in a session: its tables, then the SELECT. A snapshot ends with the newest record
// that there is when it starts.
func (q Query) Statements(c Connection, snapshot bool) []string {
	c.Start = FromEarliest
	var all []string
	for _, t := range q.Tables {
		if snapshot && t.View == "" {
			t.Options = append(slices.Clone(t.Options), Option{"scan.bounded.mode", "latest-offset"})
		}
		all = append(all, t.statement(c, ""))
	}
	return append(all, q.SQL)
}

// placeOf finds where a query first names a field.
func placeOf(sql, field string) lex.Position {
	tokens, err := lex.Lex(sql)
	if err == nil {
		for _, t := range tokens {
			if (t.Kind == lex.Word || t.Kind == lex.Quoted) && t.Text == field {
				return t.Position
			}
		}
	}
	return lex.Position{Line: 1, Column: 1}
}
