package avroform

import (
	"errors"
	"fmt"

	"github.com/twmb/avro"

	"github.com/weftmesh/weft/internal/rows"
)

// Program reads the records of one writer's schema.
type Program struct {
	steps  []fieldStep
	absent []absentColumn
}

type fieldStep struct {
	column int // -1: step over
	set    setter
	skip   Skip
}

// absentColumn is one that the writer's schema does not have.
type absentColumn struct {
	column int
	value  any
}

// Read reads a record into row i of columns, which are those that the program was made for.
func (p *Program) Read(r *Reader, cols []*rows.Column, i int) error {
	for s := range p.steps {
		step := &p.steps[s]
		if step.column < 0 {
			step.skip(r)
		} else {
			step.set(r, cols[step.column], i)
		}
	}
	for _, a := range p.absent {
		cols[a.column].Put(i, a.value)
	}
	return r.Err
}

// Compile makes the program that reads records of a writer's schema into columns.
func Compile(writer *Schema, root *avro.SchemaNode, fields []rows.Field, reader *Schema) (*Program, error) {
	root = writer.Of(root)
	if root.Type != "record" {
		return nil, errors.New("it is not a record")
	}
	return compile(&compiler{Schema: writer, skips: map[*avro.SchemaNode]*Skip{}}, root, fields, reader)
}

// CompileStrict is Compile, but what does not fit its column is an error, and never NULL.
func CompileStrict(writer *Schema, root *avro.SchemaNode, fields []rows.Field) (*Program, error) {
	root = writer.Of(root)
	if root.Type != "record" {
		return nil, errors.New("it is not a record")
	}
	return compile(&compiler{Schema: writer, skips: map[*avro.SchemaNode]*Skip{}, strict: true}, root, fields, nil)
}

func compile(c *compiler, root *avro.SchemaNode, fields []rows.Field, reader *Schema) (*Program, error) {
	p, found := &Program{}, make([]bool, len(fields))
	for i := range root.Fields {
		f := &root.Fields[i]
		step := fieldStep{column: columnOf(fields, f.Name, reader)}
		var err error
		if step.column < 0 || found[step.column] {
			step.column, step.skip = -1, c.skip(&f.Type)
		} else if step.set, err = c.set(&f.Type, fields[step.column].Type); err != nil {
			return nil, fmt.Errorf("field %s: %w", f.Name, err)
		} else {
			found[step.column] = true
		}
		p.steps = append(p.steps, step)
	}
	for i, f := range fields {
		if found[i] {
			continue
		}
		v, err := defaultOf(f, reader)
		if err != nil {
			return nil, err
		}
		p.absent = append(p.absent, absentColumn{column: i, value: v})
	}
	return p, nil
}

// columnOf finds the column of a writer's field: by name, or by an alias that the reader's schema gives.
func columnOf(fields []rows.Field, name string, reader *Schema) int {
	if i := rows.Schema(fields).Index(name); i >= 0 || reader == nil {
		return i
	}
	for _, f := range reader.Root.Fields {
		for _, alias := range f.Aliases {
			if alias == name {
				return rows.Schema(fields).Index(f.Name)
			}
		}
	}
	return -1
}

// defaultOf is what a column is where the writer's schema has no such field.
func defaultOf(f rows.Field, reader *Schema) (any, error) {
	if reader != nil {
		for _, r := range reader.Root.Fields {
			if r.Name == f.Name && r.HasDefault {
				return simple(r.Default, f)
			}
		}
	}
	if f.Type.NotNull {
		return nil, fmt.Errorf("it has no field %s, which is NOT NULL and has no default", f.Name)
	}
	return nil, nil
}

// simple makes a value of a default.
func simple(v any, f rows.Field) (any, error) {
	layout := f.Type.Kind.Layout()
	switch d := v.(type) {
	case nil:
		return nil, nil
	case int32:
		return simple(int64(d), f)
	case float32:
		return simple(float64(d), f)
	case int64:
		if layout == rows.FloatLayout {
			return float64(d), nil
		}
	case []byte:
		v = string(d)
	case map[string]any:
		if len(d) == 0 {
			v = rows.Entries{}
		}
	}
	if !suits(v, f.Type) {
		return nil, fmt.Errorf("the default %v of field %s cannot be taken for a %s", v, f.Name, f.Type)
	}
	return v, nil
}

// suits reports whether a default is a value of a type as it is.
func suits(v any, t rows.Type) bool {
	switch v := v.(type) {
	case int64:
		return t.Kind.Layout() == rows.IntLayout && !t.Kind.IsTimestamp()
	case float64:
		return t.Kind.Layout() == rows.FloatLayout
	case bool:
		return t.Kind == rows.Boolean
	case string:
		return t.Kind.Layout() == rows.StringLayout
	case []any:
		return t.Kind == rows.Array && len(v) == 0
	case rows.Entries:
		return t.Kind == rows.Map
	}
	return false
}
