package parse

import (
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/flinksql/ast"
	"github.com/weftmesh/weft/internal/flinksql/lex"
)

func (p *parser) create() ast.Statement {
	what := p.words()
	start := p.at
	at := place(p.next())
	replace := p.accept("OR", "REPLACE")
	temporary := p.accept("TEMPORARY")
	switch {
	case p.is("TABLE") && !replace:
		p.next()
		return p.createTable(&ast.CreateTable{Place: at, Temporary: temporary})
	case p.accept("VIEW"):
		return p.createView(&ast.CreateView{Place: at, Temporary: temporary, Replace: replace})
	}
	p.misspelled([]string{"TABLE", "VIEW"})
	known := []string{"TABLE", "CATALOG", "DATABASE", "FUNCTION", "SYSTEM", "MODEL", "MATERIALIZED", "CONNECTION"}
	if !slices.Contains(known, p.key()) {
		p.unexpected("TABLE", "VIEW")
	}
	p.at = start
	if replace {
		what = "CREATE OR REPLACE " + p.keyAfter(3)
	}
	return p.unsupported(what)
}

func (p *parser) ifNotExists() bool {
	if !p.accept("IF") {
		return false
	}
	p.expect("NOT", "EXISTS")
	return true
}

// createTable reads CREATE TABLE from IF NOT EXISTS on (Flink documentation, "CREATE Statements").
func (p *parser) createTable(t *ast.CreateTable) ast.Statement {
	t.IfNotExists = p.ifNotExists()
	t.Name = p.name()
	if p.is("(") {
		p.within(func() { list(p, func() bool { p.tableElement(t); return true }) })
	}
	if p.accept("COMMENT") {
		t.Comment = p.string()
	}
	if p.is("DISTRIBUTED") {
		p.fail(p.peek(), "DISTRIBUTED BY is not supported", "Leave it out: the connector's options say how a table is spread.")
	}
	if p.accept("PARTITIONED") {
		p.expect("BY")
		t.PartitionedBy = p.idents()
	}
	if p.accept("WITH") {
		p.within(func() {
			if !p.is(")") {
				t.With = list(p, p.option)
			}
		})
	}
	p.likeOrAs(t)
	return t
}

func (p *parser) likeOrAs(t *ast.CreateTable) {
	switch {
	case p.accept("LIKE"):
		name := p.name()
		t.Like = &name
		if p.is("(") {
			p.within(func() {
				for !p.is(")") {
					t.LikeOptions = append(t.LikeOptions, p.likeOption())
				}
			})
		}
	case p.accept("AS"):
		t.As = p.query()
		return
	}
	for _, c := range t.Columns {
		if c.Type == nil && c.Computed == nil {
			panic(failure{&lex.Error{
				Position: c.Position, Message: "the column " + c.Name + " has no type",
				Hint: "Write one behind its name, as in " + c.Name + " STRING.",
			}})
		}
	}
}

func (p *parser) likeOption() string {
	how := p.expectAny("INCLUDING", "EXCLUDING", "OVERWRITING")
	return how + " " + p.expectAny("ALL", "CONSTRAINTS", "DISTRIBUTION", "GENERATED", "METADATA", "OPTIONS", "PARTITIONS", "WATERMARKS")
}

// tableElement reads a column, a watermark or a primary key.
func (p *parser) tableElement(t *ast.CreateTable) {
	switch at := p.peek(); {
	case p.is("WATERMARK"):
		if t.Watermark != nil {
			p.fail(at, "a table has one watermark", "Remove one of the two.")
		}
		t.Watermark = p.watermark()
	case p.is("CONSTRAINT"), p.is("PRIMARY"), p.is("UNIQUE"):
		if t.PrimaryKey != nil {
			p.fail(at, "a table has one primary key", "Name all of its columns in one: PRIMARY KEY (a, b) NOT ENFORCED.")
		}
		t.PrimaryKey = p.primaryKey()
	default:
		t.Columns = append(t.Columns, p.columnDef())
	}
}

func (p *parser) watermark() *ast.Watermark {
	w := &ast.Watermark{Place: place(p.next())}
	p.expect("FOR")
	w.Column = p.name()
	p.expect("AS")
	w.Expr = p.expr()
	return w
}

func (p *parser) primaryKey() *ast.PrimaryKey {
	k := &ast.PrimaryKey{Place: p.here()}
	if p.accept("CONSTRAINT") {
		k.Name = p.ident()
	}
	p.noUnique()
	p.expect("PRIMARY", "KEY")
	k.Columns = p.idents()
	k.Enforced = p.enforced()
	return k
}

func (p *parser) noUnique() {
	if p.is("UNIQUE") {
		p.fail(p.peek(), "UNIQUE is not supported", "Write PRIMARY KEY (...) NOT ENFORCED.")
	}
}

// enforced reads [NOT] ENFORCED; without either, a key is enforced.
func (p *parser) enforced() bool {
	if p.accept("NOT") {
		p.expect("ENFORCED")
		return false
	}
	p.accept("ENFORCED")
	return true
}

func (p *parser) columnDef() ast.ColumnDef {
	c := ast.ColumnDef{Place: p.here(), Name: p.ident()}
	switch {
	case p.is(","), p.is(")"):
		return c
	case p.accept("AS"):
		c.Computed = p.expr()
	default:
		c.Type = p.typeName()
		p.columnKey(&c)
		p.columnMetadata(&c)
	}
	if p.accept("COMMENT") {
		c.Comment = p.string()
	}
	return c
}

func (p *parser) columnKey(c *ast.ColumnDef) {
	p.noUnique()
	at := p.peek()
	if p.accept("PRIMARY") {
		p.expect("KEY")
		if c.PrimaryKey = true; p.enforced() {
			p.fail(at, "Flink does not enforce primary keys", "Write PRIMARY KEY NOT ENFORCED.")
		}
	}
}

func (p *parser) columnMetadata(c *ast.ColumnDef) {
	if !p.accept("METADATA") {
		return
	}
	c.Metadata = true
	if p.accept("FROM") {
		c.MetadataFrom = p.string()
	}
	c.Virtual = p.accept("VIRTUAL")
}

// createView reads CREATE VIEW from IF NOT EXISTS on.
func (p *parser) createView(v *ast.CreateView) ast.Statement {
	v.IfNotExists = p.ifNotExists()
	v.Name = p.name()
	if p.is("(") {
		v.Columns = p.idents()
	}
	if p.accept("COMMENT") {
		v.Comment = p.string()
	}
	p.expect("AS")
	start := p.peek().Start
	v.Query = p.query()
	v.Text = strings.TrimSpace(p.text[start:p.tokens[p.at-1].End])
	return v
}
