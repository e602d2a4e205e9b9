// Package flinksql reads Flink SQL: here, which tables a query reads; its rooms hold the syntax, the types and the plans.
package flinksql

import (
	"strings"

	"github.com/weftmesh/weft/internal/flinksql/ast"
	"github.com/weftmesh/weft/internal/flinksql/lex"
	"github.com/weftmesh/weft/internal/flinksql/parse"
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

// Tables lists the tables that a query reads, in the order in which they stand, each as often as it does. Names that
// the query defines by WITH are none where they are defined. Errors are *Error.
func Tables(query string) ([]Table, error) {
	tree, err := parse.Query(query)
	if err != nil {
		return nil, err
	}
	var r tableReader
	r.query(tree, nil)
	return r.found, nil
}

type tableReader struct{ found []Table }

// scope is the names that a query defines by WITH, within those that are defined around it.
type scope struct {
	names map[string]bool
	outer *scope
}

func (s *scope) defines(name string) bool {
	for ; s != nil; s = s.outer {
		if s.names[name] {
			return true
		}
	}
	return false
}

// query reads a query. Each name that it defines is known to what follows it.
func (r *tableReader) query(q *ast.Query, outer *scope) {
	s := &scope{map[string]bool{}, outer}
	for _, c := range q.With {
		r.query(c.Query, s)
		s.names[c.Name] = true
	}
	r.within(q.Body, s)
	for _, item := range q.OrderBy {
		r.within(item.Expr, s)
	}
}

// within reads a part of a query, and the queries in it, each of which can define names of its own.
func (r *tableReader) within(n ast.Node, s *scope) {
	ast.Walk(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Query:
			r.query(n, s)
			return false
		case *ast.TableName:
			r.name(n.Name, s)
		case *ast.TableArg:
			if n.Name != nil {
				r.name(*n.Name, s)
			}
		}
		return true
	})
}

func (r *tableReader) name(name ast.Name, s *scope) {
	if len(name.Parts) == 1 && s.defines(name.Parts[0]) {
		return
	}
	r.found = append(r.found, Table{strings.Join(name.Parts, "."), name.At()})
}
