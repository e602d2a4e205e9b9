package parse

import (
	"strings"

	"github.com/weftmesh/weft/internal/flinksql/ast"
	"github.com/weftmesh/weft/internal/flinksql/lex"
)

// script reads statements with semicolons between them.
func (p *parser) script() []ast.Statement {
	var statements []ast.Statement
	for {
		for p.accept(";") {
			continue
		}
		if p.ended() {
			return statements
		}
		statements = append(statements, p.statement())
		if !p.is(";") && !p.ended() {
			p.unexpected(theEnd)
		}
	}
}

// starters are the words that start a statement, for suggestions.
var starters = strings.Fields("SELECT WITH VALUES INSERT CREATE DROP EXECUTE BEGIN EXPLAIN DESCRIBE SHOW SET RESET USE STOP ALTER")

// statement reads one statement, without a semicolon.
func (p *parser) statement() ast.Statement {
	if p.atQuery() || p.is("(") {
		at := p.here()
		return &ast.QueryStatement{Place: at, Query: p.query()}
	}
	switch p.key() {
	case "CREATE":
		return p.create()
	case "DROP":
		return p.drop()
	case "INSERT":
		return p.insert()
	case "EXECUTE":
		return p.execute()
	case "BEGIN":
		return p.beginStatementSet()
	case "EXPLAIN":
		return p.explain()
	case "DESCRIBE", "DESC":
		return p.describe()
	case "SHOW":
		return p.show()
	case "SET":
		return p.set()
	case "RESET":
		return p.reset()
	case "USE":
		return p.use()
	case "STOP":
		return p.stopJob()
	}
	return p.otherStatement()
}

// foreign are statements that Flink has and this parser only names.
var foreign = strings.Fields("ALTER ANALYZE CALL COMPILE TRUNCATE DELETE UPDATE MERGE UPSERT LOAD UNLOAD ADD REMOVE REPLACE")

func (p *parser) otherStatement() ast.Statement {
	for _, word := range foreign {
		if p.is(word) {
			return p.unsupported(p.words())
		}
	}
	found := p.peek()
	if found.Kind == lex.End {
		p.unexpected(aStatement)
	}
	if p.is("STATEMENT") {
		p.unexpected("EXECUTE")
	}
	p.tried = p.tried[:0]
	p.misspelled(starters)
	p.fail(found, "no statement starts with "+shown(found), "Statements start with SELECT, WITH, INSERT INTO, CREATE, DROP, EXPLAIN, DESCRIBE, SHOW, SET or USE.")
	return nil
}

// words are the reserved or known words that name a statement: ALTER TABLE, CREATE CATALOG FUNCTION.
func (p *parser) words() string {
	known := strings.Fields("TABLE VIEW DATABASE CATALOG FUNCTION MATERIALIZED MODEL CONNECTION MODULE MODULES JAR PLAN TEMPORARY SYSTEM FROM INTO AND EXECUTE")
	words := []string{p.key()}
	for n := 1; n < 4; n++ {
		for _, word := range known {
			if p.kindAfter(n) == lex.Word && p.keyAfter(n) == word {
				words = append(words, word)
			}
		}
		if len(words) != n+1 {
			break
		}
	}
	return strings.Join(words, " ")
}

// unsupported skips a statement up to its end.
func (p *parser) unsupported(what string) ast.Statement {
	at := p.here()
	for !p.ended() && !p.is(";") {
		p.next()
	}
	return &ast.Unsupported{Place: at, What: what}
}

// explain reads EXPLAIN [PLAN FOR | details] statement.
func (p *parser) explain() ast.Statement {
	e := &ast.Explain{Place: place(p.next())}
	details := []string{"ESTIMATED_COST", "CHANGELOG_MODE", "JSON_EXECUTION_PLAN", "PLAN_ADVICE"}
	if p.accept("PLAN") {
		p.expect("FOR")
	} else if detail := p.acceptAny(details...); detail != "" {
		e.Details = append(e.Details, detail)
		for p.accept(",") {
			e.Details = append(e.Details, p.expectAny(details...))
		}
	}
	switch {
	case p.atQuery(), p.is("("), p.is("INSERT"), p.is("EXECUTE"), p.is("CREATE"):
		e.Statement = p.statement()
	case p.is("STATEMENT"):
		e.Statement = p.statementSet(p.here())
	default:
		p.unexpected(aQuery, "INSERT", "STATEMENT SET")
	}
	return e
}
