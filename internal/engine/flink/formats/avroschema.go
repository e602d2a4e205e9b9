package formats

import (
	"encoding/json"
	"fmt"

	"github.com/weftmesh/weft/internal/rows"
)

// avroText derives a schema from columns as Flink does (AvroSchemaConverter): a record named record, nullable columns as
// unions with null.
func avroText(fields []rows.Field) (string, error) {
	n, err := avroRecord("org.apache.flink.avro.generated.record", fields)
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(n)
	return string(text), err
}

func avroRecord(name string, fields []rows.Field) (any, error) {
	members := make([]any, len(fields))
	for i, f := range fields {
		n, err := avroType(name+"_"+f.Name, f.Type)
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", f.Name, err)
		}
		m := map[string]any{"name": f.Name, "type": n}
		if !f.Type.NotNull {
			m["default"] = nil
		}
		members[i] = m
	}
	return map[string]any{"type": "record", "name": name, "fields": members}, nil
}

func avroType(name string, t rows.Type) (any, error) {
	n, err := avroPlain(name, t)
	if err != nil || t.NotNull {
		return n, err
	}
	return []any{"null", n}, nil
}

var avroNames = map[rows.Kind]string{
	rows.Boolean: "boolean", rows.TinyInt: "int", rows.SmallInt: "int", rows.Int: "int", rows.BigInt: "long", rows.Float: "float", rows.Double: "double",
	rows.Char: "string", rows.Varchar: "string", rows.Binary: "bytes", rows.Varbinary: "bytes",
}

func logical(base, name string) any { return map[string]any{"type": base, "logicalType": name} }

func avroPlain(name string, t rows.Type) (any, error) {
	if n, ok := avroNames[t.Kind]; ok {
		return n, nil
	}
	switch t.Kind {
	case rows.Date:
		return logical("int", "date"), nil
	case rows.Time:
		return logical("int", "time-millis"), nil
	case rows.Timestamp, rows.TimestampLTZ:
		if t.Precision <= 3 {
			return logical("long", "timestamp-millis"), nil
		}
		return logical("long", "timestamp-micros"), nil
	case rows.Decimal:
		return map[string]any{"type": "bytes", "logicalType": "decimal", "precision": t.Precision, "scale": t.Scale}, nil
	case rows.Row:
		return avroRecord(name, t.Fields)
	case rows.Array:
		items, err := avroType(name, *t.Elem)
		return map[string]any{"type": "array", "items": items}, err
	case rows.Map:
		if !t.Key.Kind.IsText() {
			return nil, fmt.Errorf("Avro has no map with keys of type %s", t.Key)
		}
		values, err := avroType(name, *t.Elem)
		return map[string]any{"type": "map", "values": values}, err
	case rows.Multiset:
		if t.Elem.Kind.IsText() {
			return map[string]any{"type": "map", "values": "int"}, nil
		}
	}
	return nil, fmt.Errorf("Avro has no form for %s", t)
}
