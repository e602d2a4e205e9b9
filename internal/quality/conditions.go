package quality

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/weftmesh/weft/internal/codecs"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/diags"
	"github.com/weftmesh/weft/internal/flinksql/ast"
	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/flinksql/lex"
	"github.com/weftmesh/weft/internal/flinksql/parse"
	"github.com/weftmesh/weft/internal/rows"
	"github.com/weftmesh/weft/internal/schemas"
)

// Rule is the rule of what is wrong with a check in SQL.
const Rule = "quality-check"

// Condition is one check of a contract that is SQL over a row, with its types resolved.
type Condition struct {
	contracts.Check
	expr expr.Expr
}

// Refuses reports whether a row that fails goes to quarantine, rather than being counted alone.
func (c Condition) Refuses() bool { return c.Action == "quarantine" }

// Conditions resolves the checks in SQL of a product over the fields of one of its topics. A check that names a field
// which this topic does not have, and another topic of the product has, is not the topic's. What is wrong with a check
// comes as problems, with their places in the contract's file.
func Conditions(p contracts.Product, t contracts.ProductTopic) ([]Condition, diags.List) {
	var all []Condition
	var problems diags.List
	r := expr.Resolver{Scope: scope{t.Value.Fields}, Env: &expr.Env{Zone: time.UTC, Now: time.Now}}
	for i, check := range p.Quality {
		if check.Check == "" {
			continue
		}
		resolved, mistakes := condition(r, check.Check)
		switch {
		case len(mistakes) == 0:
			all = append(all, Condition{check, resolved})
		case foreign(p, t, mistakes):
		default:
			for _, m := range mistakes {
				problems.Add(diags.Diagnostic{Severity: diags.Error, Rule: Rule, Range: p.CheckAt(i, m.Position), Summary: "check " + check.Name + ": " + m.Message, Fix: m.Hint})
			}
		}
	}
	return all, problems
}

// mistake is what is wrong with a check; column is a name that is no field of the topic.
type mistake struct {
	*lex.Error
	column string
}

// foreign reports whether a check is about fields that only other topics of the product have.
func foreign(p contracts.Product, t contracts.ProductTopic, mistakes []mistake) bool {
	for _, m := range mistakes {
		known := slices.ContainsFunc(p.Topics, func(other contracts.ProductTopic) bool {
			_, has := other.Value.Lookup(m.column)
			return has && other.Name != t.Name
		})
		if !known {
			return false
		}
	}
	return true
}

// maxHints bounds how many names are compared with those of all fields.
const maxHints = 20

func condition(r expr.Resolver, text string) (expr.Expr, []mistake) {
	tree, err := parse.Expression(text)
	if err != nil {
		return nil, mistaken(tree, err)
	}
	if missing := columns(r.Scope.(scope), tree); len(missing) > 0 { //nolint:errcheck // it is one
		return nil, missing
	}
	resolved, err := r.Resolve(tree)
	if err != nil {
		return nil, mistaken(tree, err)
	}
	if of := resolved.Type(); of.Kind != rows.Boolean {
		return nil, mistaken(tree, &lex.Error{Position: tree.At(), Message: fmt.Sprintf("it gives %s, and a check is true or false", of.Plain().Nullable(true)), Hint: "Compare it, as in weight_kg > 0."})
	}
	return resolved, nil
}

// scope is a row's fields as columns.
type scope struct{ fields []schemas.Field }

func (s scope) Column(name ast.Name) (expr.Expr, []string, error) {
	for i, f := range s.fields {
		if f.Name == name.Parts[0] {
			return &expr.Ref{Index: i, Of: codecs.ColumnType(f.Type).Nullable(!f.Required)}, name.Parts[1:], nil
		}
	}
	return nil, nil, s.missing(name, true)
}

func (s scope) missing(name ast.Name, compare bool) *lex.Error {
	hint := "Name a field that the product has; text stands in single quotes."
	if compare {
		known := make([]string, len(s.fields))
		for i, f := range s.fields {
			known[i] = f.Name
		}
		if near := expr.Nearest(name.Parts[0], known); near != "" {
			hint = "Did you mean " + near + "?"
		}
	}
	return &lex.Error{Position: name.At(), Message: name.Parts[0] + " is not a field of the product", Hint: hint}
}

// columns finds the names that are no field of the topic, each once.
func columns(s scope, tree ast.Expr) []mistake {
	known := map[string]bool{}
	for _, f := range s.fields {
		known[f.Name] = true
	}
	var missing []mistake
	ast.Walk(tree, func(n ast.Node) bool {
		if column, ok := n.(*ast.Column); ok && !known[column.Parts[0]] {
			known[column.Parts[0]] = true
			missing = append(missing, mistake{s.missing(column.Name, len(missing) < maxHints), column.Parts[0]})
		}
		return true
	})
	return missing
}

func mistaken(tree ast.Expr, err error) []mistake {
	var at *lex.Error
	if errors.As(err, &at) {
		return []mistake{{Error: at}}
	}
	return []mistake{{Error: &lex.Error{Position: tree.At(), Message: err.Error()}}}
}

// Judge holds rows against conditions. It keeps scratch memory: one goroutine uses it at a time.
type Judge struct {
	conditions []Condition
	programs   []*expr.Program
}

// NewJudge makes conditions ready to run.
func NewJudge(conditions []Condition) (*Judge, error) {
	j := &Judge{conditions: conditions}
	for _, c := range conditions {
		p, err := expr.Compile(c.expr, &expr.Env{Zone: time.UTC, Now: time.Now})
		if err != nil {
			return nil, fmt.Errorf("check %s: %w", c.Name, err)
		}
		j.programs = append(j.programs, p)
	}
	return j, nil
}

// Failing calls fail for each condition and row for which the condition is false, or cannot be worked out, which err
// says; conditions in the contract's order, rows in theirs. One that is unknown, as a field of it is null, holds: as in
// SQL's CHECK (SQL:2016, 4.18.3.4), and whether a field may be null is said by required.
func (j *Judge) Failing(b *rows.Batch, fail func(c, row int, err error)) {
	for i, p := range j.programs {
		out, err := p.Eval(b)
		if err != nil {
			j.oneByOne(i, b, fail)
			continue
		}
		for row, holds := range out.Bools[:b.Len] {
			if !holds && !out.Null(row) {
				fail(i, row, nil)
			}
		}
	}
}

// oneByOne finds the rows for which a condition cannot be worked out.
func (j *Judge) oneByOne(i int, b *rows.Batch, fail func(c, row int, err error)) {
	for row := range b.Len {
		out, err := j.programs[i].Eval(b.Slice(row, row+1))
		if err != nil || len(out.Bools) > 0 && !out.Bools[0] && !out.Null(0) {
			fail(i, row, err)
		}
	}
}
