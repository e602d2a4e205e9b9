package parse

import (
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/flinksql/ast"
	"github.com/weftmesh/weft/internal/flinksql/lex"
)

// shows are what SHOW lists, longer phrases before their beginnings.
var shows = []string{
	"CATALOGS", "CURRENT CATALOG", "CURRENT DATABASE", "DATABASES", "TABLES", "MATERIALIZED TABLES", "VIEWS", "COLUMNS", "USER FUNCTIONS",
	"FUNCTIONS", "FULL MODULES", "MODULES", "JARS", "JOBS", "MODELS", "CONNECTIONS", "PROCEDURES", "PARTITIONS",
	"CREATE TABLE", "CREATE VIEW", "CREATE CATALOG", "CREATE MATERIALIZED TABLE", "CREATE MODEL", "CREATE CONNECTION",
}

// show reads SHOW what [name] [FROM|IN name] [[NOT] LIKE|ILIKE pattern].
func (p *parser) show() ast.Statement {
	s := &ast.Show{Place: place(p.next())}
	s.What = p.showWhat()
	if strings.HasPrefix(s.What, "CREATE ") || s.What == "PARTITIONS" {
		name := p.name()
		s.Name = &name
	}
	if p.acceptAny("FROM", "IN") != "" {
		name := p.name()
		s.From = &name
	} else if s.What == "COLUMNS" {
		p.unexpected("FROM", "IN")
	}
	if s.NotLike = p.accept("NOT"); s.NotLike || p.is("LIKE") || p.is("ILIKE") {
		s.ILike = p.expectAny("LIKE", "ILIKE") == "ILIKE"
		s.Like = p.string()
	}
	return s
}

func (p *parser) showWhat() string {
	var firsts []string
	for _, what := range shows {
		if p.accept(strings.Fields(what)...) {
			return what
		}
		first, _, _ := strings.Cut(what, " ")
		firsts = append(firsts, first)
	}
	p.misspelled(firsts)
	p.unexpected("TABLES", "VIEWS", "FUNCTIONS", "JOBS", "CATALOGS", "DATABASES", "COLUMNS FROM", "CREATE TABLE")
	return ""
}

// describe reads DESCRIBE [what] [EXTENDED] name.
func (p *parser) describe() ast.Statement {
	if p.keyAfter(1) == "JOB" && p.kindAfter(2) == lex.Text {
		return p.unsupported("DESCRIBE JOB")
	}
	d := &ast.Describe{Place: place(p.next())}
	for _, what := range []string{"CATALOG", "DATABASE", "FUNCTION", "MODEL", "CONNECTION"} {
		if p.is(what) && p.keyAfter(1) != "." {
			d.What = p.keyword()
			break
		}
	}
	d.Extended = p.accept("EXTENDED")
	d.Name = p.name()
	return d
}

// set reads SET ['key' = 'value'].
func (p *parser) set() ast.Statement {
	s := &ast.Set{Place: place(p.next())}
	if p.ended() || p.is(";") {
		return s
	}
	o := p.option()
	s.Key, s.Value = o.Key, o.Value
	return s
}

// reset reads RESET ['key'].
func (p *parser) reset() ast.Statement {
	r := &ast.Reset{Place: place(p.next())}
	if !p.ended() && !p.is(";") {
		r.Key = p.string()
	}
	return r
}

// use reads USE [CATALOG] name.
func (p *parser) use() ast.Statement {
	if p.is("USE", "MODULES") {
		return p.unsupported("USE MODULES")
	}
	u := &ast.Use{Place: place(p.next())}
	u.Catalog = p.accept("CATALOG")
	u.Name = p.name()
	return u
}

// stopJob reads STOP JOB 'id' [WITH SAVEPOINT] [WITH DRAIN].
func (p *parser) stopJob() ast.Statement {
	s := &ast.StopJob{Place: place(p.next())}
	p.expect("JOB")
	s.Job = p.string()
	s.Savepoint = p.accept("WITH", "SAVEPOINT")
	if s.Drain = p.accept("WITH", "DRAIN"); s.Drain && !s.Savepoint {
		p.fail(p.tokens[p.at-1], "a job drains only WITH SAVEPOINT", "Write STOP JOB '"+s.Job+"' WITH SAVEPOINT WITH DRAIN.")
	}
	return s
}

// dropped are what DROP takes away.
var dropped = []string{"TABLE", "VIEW", "FUNCTION", "DATABASE", "CATALOG"}

// drop reads DROP [TEMPORARY] what [IF EXISTS] name [RESTRICT|CASCADE].
func (p *parser) drop() ast.Statement {
	what, start := p.words(), p.at
	d := &ast.Drop{Place: place(p.next())}
	d.Temporary = p.accept("TEMPORARY")
	if d.What = p.acceptAny(dropped...); d.What == "" {
		if !slices.Contains([]string{"MODEL", "MATERIALIZED", "CONNECTION", "SYSTEM"}, p.key()) {
			p.unexpected(dropped...)
		}
		p.at = start
		return p.unsupported(what)
	}
	if p.accept("IF") {
		p.expect("EXISTS")
		d.IfExists = true
	}
	d.Name = p.name()
	if d.What == "DATABASE" {
		d.Cascade = p.acceptAny("RESTRICT", "CASCADE") == "CASCADE"
	}
	return d
}
