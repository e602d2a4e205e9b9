package parse

import (
	"slices"

	"github.com/weftmesh/weft/internal/flinksql/ast"
	"github.com/weftmesh/weft/internal/flinksql/lex"
)

// simpleTypes are the types of one word (Flink documentation, "Data Types"), and what each is short for.
var simpleTypes = map[string]string{
	"CHAR": "CHAR", "CHARACTER": "CHAR", "VARCHAR": "VARCHAR", "STRING": "STRING", "BOOLEAN": "BOOLEAN", "BINARY": "BINARY",
	"VARBINARY": "VARBINARY", "BYTES": "BYTES", "DECIMAL": "DECIMAL", "DEC": "DECIMAL", "NUMERIC": "DECIMAL", "TINYINT": "TINYINT",
	"SMALLINT": "SMALLINT", "INT": "INT", "INTEGER": "INT", "BIGINT": "BIGINT", "FLOAT": "FLOAT", "REAL": "FLOAT", "DOUBLE": "DOUBLE",
	"DATE": "DATE", "TIME": "TIME", "TIMESTAMP": "TIMESTAMP", "TIMESTAMP_LTZ": "TIMESTAMP_LTZ", "VARIANT": "VARIANT",
}

// typeArgs are how many numbers in brackets a type takes at most; those that are missing take none.
var typeArgs = map[string]int{
	"CHAR": 1, "VARCHAR": 1, "BINARY": 1, "VARBINARY": 1, "DECIMAL": 2, "TIME": 1, "TIMESTAMP": 1, "TIMESTAMP_LTZ": 1,
}

// typeNames are the words that start a type.
func typeNames() []string {
	names := []string{"ARRAY", "MAP", "MULTISET", "ROW"}
	for name := range simpleTypes {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// castType reads a type or an interval's, as CAST takes them.
func (p *parser) castType() *ast.TypeName {
	at := p.here()
	if !p.accept("INTERVAL") {
		t := p.typeName()
		if t.NotNull {
			p.fail(p.tokens[p.at-2], "a CAST cannot make a value NOT NULL", "Remove NOT NULL; COALESCE(x, 0) is never null.")
		}
		return t
	}
	unit := p.span()
	return &ast.TypeName{Place: at, Name: "INTERVAL", Unit: &unit}
}

// typeName reads a type with its nullability, and the ARRAYs and MULTISETs of it that may follow: INT ARRAY.
func (p *parser) typeName() *ast.TypeName {
	p.enter()
	defer p.leave()
	t := p.typeAlone()
	for n := 0; ; n++ {
		kind := p.acceptAny("ARRAY", "MULTISET")
		if kind == "" {
			return t
		}
		if n == maxDepth {
			p.tooDeep()
		}
		t = &ast.TypeName{Place: t.Place, Name: kind, Elements: []*ast.TypeName{t}}
		t.NotNull = p.notNull()
	}
}

func (p *parser) typeAlone() *ast.TypeName {
	t := &ast.TypeName{Place: p.here()}
	switch {
	case p.is("ARRAY"), p.is("MULTISET"):
		t.Name = p.keyword()
		p.angled(func() { t.Elements = []*ast.TypeName{p.typeName()} })
	case p.accept("MAP"):
		t.Name = "MAP"
		p.angled(func() {
			key := p.typeName()
			p.expect(",")
			t.Elements = []*ast.TypeName{key, p.typeName()}
		})
	case p.accept("ROW"):
		t.Name = "ROW"
		p.rowFields(t)
	default:
		p.simpleType(t)
	}
	t.NotNull = p.notNull()
	return t
}

// keyword takes the word at hand in upper case.
func (p *parser) keyword() string {
	key := p.key()
	p.next()
	return key
}

func (p *parser) notNull() bool {
	if p.accept("NOT", "NULL") {
		return true
	}
	if p.keyAfter(1) != "ON" { // as in JSON_VALUE(... RETURNING INT NULL ON ERROR)
		p.accept("NULL")
	}
	return false
}

// angled reads what stands in < >.
func (p *parser) angled(read func()) {
	p.opened = append(p.opened, p.expect("<"))
	read()
	p.close(">")
}

// rowFields reads <name type 'comment', ...>, in angled or round brackets.
func (p *parser) rowFields(t *ast.TypeName) {
	field := func() ast.RowField {
		f := ast.RowField{Name: p.ident(), Type: p.typeName()}
		if p.peek().Kind == lex.Text {
			f.Comment = p.string()
		}
		return f
	}
	switch {
	case p.is("("):
		t.Fields = bracketed(p, field)
	case p.accept("<>"):
	default:
		p.angled(func() {
			if !p.is(">") {
				t.Fields = list(p, field)
			}
		})
	}
}

func (p *parser) simpleType(t *ast.TypeName) {
	found := p.peek()
	name, ok := simpleTypes[p.key()]
	if found.Kind != lex.Word || !ok {
		p.noType(found)
	}
	p.next()
	t.Name = name
	switch {
	case name == "CHAR" && p.accept("VARYING"):
		t.Name = "VARCHAR"
	case name == "BINARY" && p.accept("VARYING"):
		t.Name = "VARBINARY"
	case name == "DOUBLE":
		p.accept("PRECISION")
	}
	p.typeArgs(t)
	if t.Name == "TIME" || t.Name == "TIMESTAMP" {
		p.timeZone(t)
	}
}

func (p *parser) typeArgs(t *ast.TypeName) {
	most := typeArgs[t.Name]
	if !p.is("(") {
		return
	}
	if most == 0 {
		p.fail(p.peek(), t.Name+" takes no length", "Remove the brackets.")
	}
	p.within(func() {
		t.Args = append(t.Args, p.number())
		for len(t.Args) < most && p.accept(",") {
			t.Args = append(t.Args, p.number())
		}
	})
}

// timeZone reads WITHOUT TIME ZONE and WITH LOCAL TIME ZONE.
func (p *parser) timeZone(t *ast.TypeName) {
	switch {
	case p.accept("WITHOUT", "TIME", "ZONE"):
	case p.is("WITH", "TIME", "ZONE"):
		p.fail(p.peek(), "Flink has no "+t.Name+" WITH TIME ZONE", "Write TIMESTAMP_LTZ(3), a point in time, or TIMESTAMP(3), a date and a time of day.")
	case t.Name == "TIMESTAMP" && p.accept("WITH", "LOCAL", "TIME", "ZONE"):
		t.Name = "TIMESTAMP_LTZ"
	}
}

// otherTypes are names that other databases have, and what Flink calls them.
var otherTypes = map[string]string{
	"TEXT": "STRING", "CLOB": "STRING", "NVARCHAR": "STRING", "VARCHAR2": "STRING", "UUID": "STRING", "JSON": "STRING", "JSONB": "STRING", "LONG": "BIGINT",
	"INT8": "BIGINT", "INT64": "BIGINT", "INT4": "INT", "INT32": "INT", "INT2": "SMALLINT", "BOOL": "BOOLEAN", "BYTEA": "BYTES", "BLOB": "BYTES",
	"DATETIME": "TIMESTAMP(3)", "TIMESTAMPTZ": "TIMESTAMP_LTZ(3)", "NUMBER": "DECIMAL(38, 10)", "MONEY": "DECIMAL(18, 2)", "FLOAT8": "DOUBLE",
	"FLOAT4": "FLOAT", "STRUCT": "ROW<...>", "SERIAL": "INT", "BIGSERIAL": "BIGINT", "LIST": "ARRAY<...>",
}

// noType is the mistake of something else in a type's place.
func (p *parser) noType(found lex.Token) {
	key := p.key()
	switch {
	case key == "INTERVAL":
		p.fail(found, "a column cannot be an INTERVAL", "Use BIGINT with a unit in its name, as in delay_ms.")
	case key == "RAW" || key == "STRUCTURED":
		p.fail(found, "the type "+key+" is not supported", "Use BYTES, or ROW<...>.")
	case otherTypes[key] != "":
		p.fail(found, "unknown type "+found.Text, "Flink calls it "+otherTypes[key]+".")
	}
	if found.Kind == lex.Word {
		p.nearly(p.at, typeNames())
		if !lex.Reserved(found.Text) {
			p.fail(found, "unknown type "+found.Text, "Flink's types are STRING, BOOLEAN, INT, BIGINT, DOUBLE, DECIMAL(p, s), DATE, TIMESTAMP(3), TIMESTAMP_LTZ(3), ARRAY<...>, MAP<...>, ROW<...> and others.")
		}
	}
	p.unexpected(aType)
}
