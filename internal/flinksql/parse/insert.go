package parse

import (
	"github.com/weftmesh/weft/internal/flinksql/ast"
)

// insert reads INSERT INTO|OVERWRITE table [PARTITION (..)] [(columns)] query [ON CONFLICT DO ..] (FLIP-558).
func (p *parser) insert() *ast.Insert {
	i := &ast.Insert{Place: place(p.next())}
	i.Overwrite = p.expectAny("INTO", "OVERWRITE") == "OVERWRITE"
	i.Table = p.name()
	i.Hints = p.optionHints()
	if p.accept("PARTITION") {
		i.Partition = bracketed(p, p.partitionValue)
	}
	if p.is("(") && p.nameAfter(1) && (p.keyAfter(2) == "," || p.keyAfter(2) == ")" || p.keyAfter(2) == "") {
		i.Columns = p.idents()
	}
	i.Query = p.query()
	if p.accept("ON") {
		p.expect("CONFLICT", "DO")
		i.OnConflict = "DO " + p.expectAny("ERROR", "NOTHING", "DEDUPLICATE")
	}
	return i
}

func (p *parser) partitionValue() ast.PartitionValue {
	v := ast.PartitionValue{Place: p.here(), Column: p.ident()}
	p.expect("=")
	v.Value = p.primary()
	return v
}

// execute reads EXECUTE STATEMENT SET BEGIN ... END, and EXECUTE before a query or an INSERT, where it says nothing.
func (p *parser) execute() ast.Statement {
	if p.is("EXECUTE", "PLAN") {
		return p.unsupported("EXECUTE PLAN")
	}
	at := place(p.next())
	switch {
	case p.is("STATEMENT"):
		return p.statementSet(at)
	case p.is("INSERT"), p.atQuery(), p.is("("):
		return p.statement()
	}
	p.unexpected("STATEMENT SET", "INSERT", aQuery)
	return nil
}

// statementSet reads STATEMENT SET BEGIN inserts END.
func (p *parser) statementSet(at ast.Place) ast.Statement {
	p.expect("STATEMENT", "SET", "BEGIN")
	return p.inserts(at)
}

// beginStatementSet reads BEGIN STATEMENT SET; inserts END, the older form.
func (p *parser) beginStatementSet() ast.Statement {
	at := place(p.next())
	p.expect("STATEMENT", "SET", ";")
	return p.inserts(at)
}

// inserts reads INSERT ...; INSERT ...; END.
func (p *parser) inserts(at ast.Place) ast.Statement {
	s := &ast.StatementSet{Place: at}
	for p.is("INSERT") {
		s.Inserts = append(s.Inserts, p.insert())
		p.expect(";")
	}
	if len(s.Inserts) == 0 {
		p.unexpected("INSERT")
	}
	if !p.accept("END") {
		p.unexpected("INSERT", "END")
	}
	return s
}
