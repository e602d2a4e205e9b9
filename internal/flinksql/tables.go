// Package flinksql reads Flink SQL: here, which tables a query reads; its rooms hold the syntax, the types and the plans.
package flinksql

import (
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/flinksql/lex"
)

// Position is a place in a query; lines and columns count from 1, columns in characters.
type Position = lex.Position

// Error is a mistake in a query, with its place and a hint.
type Error = lex.Error

// Table is a table that a query reads: its name as it is written, without backticks, and where.
type Table struct {
	Name string
	Position
}

// functionsWithFrom take FROM as a part of their arguments: EXTRACT(DAY FROM t).
var functionsWithFrom = []string{"EXTRACT", "TRIM", "SUBSTRING", "OVERLAY", "CEIL", "FLOOR"}

// afterTables end a list of tables.
var afterTables = []string{"WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "WINDOW", "UNION", "INTERSECT", "EXCEPT", "MATCH_RECOGNIZE", "SELECT", "FETCH", "OFFSET"}

// Tables lists the tables that a query reads, in the order in which they stand, each as often as it does. Names that
// the query defines by WITH are none.
func Tables(query string) ([]Table, error) {
	tokens, err := lex.Lex(query)
	if err != nil {
		return nil, err
	}
	r := &tableReader{tokens: tokens, defined: map[string]bool{}, scopes: []scope{{}}}
	r.definitions()
	return r.read()
}

// scope is what is known within one pair of brackets.
type scope struct {
	open     lex.Token
	function bool // a function whose arguments contain FROM
	tables   bool // within the list after FROM
	want     bool // the next name is a table
}

type tableReader struct {
	tokens  []lex.Token
	at      int
	defined map[string]bool
	scopes  []scope
	found   []Table
}

// definitions collects the names before AS (: those of WITH.
func (r *tableReader) definitions() {
	for i := 0; i+2 < len(r.tokens); i++ {
		t := r.tokens[i]
		if (t.Kind == lex.Word || t.Kind == lex.Quoted) && r.tokens[i+1].Is("AS") && r.tokens[i+2].Is("(") {
			r.defined[strings.ToLower(t.Text)] = true
		}
	}
}

func (r *tableReader) read() ([]Table, error) {
	for ; r.at < len(r.tokens); r.at++ {
		if err := r.token(r.tokens[r.at]); err != nil {
			return r.found, err
		}
	}
	if len(r.scopes) > 1 {
		return r.found, &Error{Position: r.scopes[len(r.scopes)-1].open.Position, Message: "a bracket is not closed", Hint: "Add )."}
	}
	return r.found, nil
}

func (r *tableReader) token(t lex.Token) error {
	s := &r.scopes[len(r.scopes)-1]
	switch {
	case t.Is("("):
		r.open(t)
	case t.Is(")"):
		if len(r.scopes) == 1 {
			return &Error{Position: t.Position, Message: "a bracket is closed that was not opened", Hint: "Remove ), or add ( before."}
		}
		r.scopes = r.scopes[:len(r.scopes)-1]
	case t.Is("FROM") && !s.function && !r.before("DISTINCT", "IS", "NOT"):
		s.tables, s.want = true, true
	case t.Is("JOIN"):
		s.want = true
	case t.Is(",") && s.tables:
		s.want = true
	case t.Is("TABLE") && r.nameFollows():
		r.at++
		r.name()
		s.want = false
	case t.Kind == lex.Word && slices.Contains(afterTables, strings.ToUpper(t.Text)):
		s.tables, s.want = false, false
	case s.want && (t.Is("LATERAL") || t.Is("TABLE")):
	case s.want && (t.Kind == lex.Word || t.Kind == lex.Quoted):
		s.want = false
		r.name()
	case s.want:
		s.want = false
	}
	return nil
}

func (r *tableReader) open(t lex.Token) {
	s := &r.scopes[len(r.scopes)-1]
	s.want = false
	function := r.at > 0 && r.tokens[r.at-1].Kind == lex.Word && slices.Contains(functionsWithFrom, strings.ToUpper(r.tokens[r.at-1].Text))
	r.scopes = append(r.scopes, scope{open: t, function: function})
}

// before reports whether the words before the current one are those of IS [NOT] DISTINCT FROM.
func (r *tableReader) before(last string, others ...string) bool {
	return r.at >= 2 && r.tokens[r.at-1].Is(last) && slices.ContainsFunc(others, r.tokens[r.at-2].Is)
}

// nameFollows reports whether TABLE stands before a name, as in TUMBLE(TABLE orders, ...).
func (r *tableReader) nameFollows() bool {
	return r.at+1 < len(r.tokens) && (r.tokens[r.at+1].Kind == lex.Word || r.tokens[r.at+1].Kind == lex.Quoted)
}

// name reads a dotted name; one before a bracket is a function.
func (r *tableReader) name() {
	first := r.tokens[r.at]
	parts := []string{first.Text}
	for r.at+2 < len(r.tokens) && r.tokens[r.at+1].Is(".") && r.tokens[r.at+2].Kind <= lex.Quoted {
		parts = append(parts, r.tokens[r.at+2].Text)
		r.at += 2
	}
	name := strings.Join(parts, ".")
	if r.at+1 < len(r.tokens) && r.tokens[r.at+1].Is("(") && first.Kind == lex.Word || r.defined[strings.ToLower(name)] {
		return
	}
	r.found = append(r.found, Table{name, first.Position})
}
