package transforms

import (
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/diags"
	"github.com/weftmesh/weft/internal/flinksql/parse"
	"github.com/weftmesh/weft/internal/rows"
	"github.com/weftmesh/weft/internal/schemas"
)

// Infer gives the fields that a product's transform gives, whatever the contract says of them. Annotations that a field
// has already count where they fit: an enum is text in SQL.
func Infer(set contracts.Set, p contracts.Product) ([]schemas.Field, diags.List) {
	c := newCompiler(set, p)
	fields, err := c.infer()
	if err != nil {
		c.mistake(err)
	}
	return fields, c.problems
}

func (c *compiler) infer() ([]schemas.Field, error) {
	query, err := parse.Query(c.product.Transform.SQL)
	if err != nil {
		return nil, err
	}
	if !c.inputs(query) {
		return nil, nil
	}
	node, err := c.planner.Query(query)
	if err != nil {
		return nil, err
	}
	var fields []schemas.Field
	for _, column := range node.Schema() {
		fields = append(fields, inferred(column))
	}
	return fields, nil
}

func inferred(column rows.Field) schemas.Field {
	return schemas.Field{Name: column.Name, Type: inferredType(column.Type), Required: column.Type.NotNull}
}

// inferredType is the type of a contract for a type of Flink SQL.
func inferredType(t rows.Type) schemas.Type {
	switch t.Kind {
	case rows.TinyInt, rows.SmallInt, rows.Int:
		return schemas.Type{Kind: schemas.Int}
	case rows.BigInt:
		return schemas.Type{Kind: schemas.Long}
	case rows.Float:
		return schemas.Type{Kind: schemas.Float}
	case rows.Double:
		return schemas.Type{Kind: schemas.Double}
	case rows.Boolean:
		return schemas.Type{Kind: schemas.Boolean}
	case rows.Binary, rows.Varbinary:
		return schemas.Type{Kind: schemas.Bytes}
	case rows.Decimal:
		return schemas.Type{Kind: schemas.Decimal, Precision: t.Precision, Scale: t.Scale}
	case rows.Date:
		return schemas.Type{Kind: schemas.Date}
	case rows.Time:
		return schemas.Type{Kind: schemas.Time}
	case rows.Timestamp, rows.TimestampLTZ:
		return schemas.Type{Kind: schemas.Timestamp, Precision: 3}
	case rows.Array, rows.Multiset:
		return schemas.Type{Kind: schemas.Array, Items: new(inferredType(*t.Elem))}
	case rows.Map:
		return schemas.Type{Kind: schemas.Map, Items: new(inferredType(*t.Elem))}
	case rows.Row:
		record := schemas.Type{Kind: schemas.RecordOf}
		for _, f := range t.Fields {
			record.Fields = append(record.Fields, inferred(f))
		}
		return record
	}
	return schemas.Type{Kind: schemas.String}
}

func contractType(t rows.Type) string { return inferredType(t).String() }
