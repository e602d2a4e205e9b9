package transforms

import (
	"fmt"
	"strings"

	"github.com/weftmesh/weft/internal/schemas"
)

// unreadable says why a job cannot have a field of a type; "" if it can.
func unreadable(t schemas.Type) string {
	switch {
	case t.Kind == schemas.Timestamp && t.Precision == 6:
		return "timestamp(6), which Flink's Avro format cannot read; write timestamp"
	case t.Items != nil:
		return unreadable(*t.Items)
	}
	for _, f := range t.Fields {
		if why := unreadable(f.Type); why != "" {
			return "field " + f.Name + " of it is " + why
		}
	}
	return ""
}

// flinkType is a type of a contract in Flink SQL.
func flinkType(t schemas.Type, required, zoned bool) string {
	text := plainType(t, zoned)
	if required {
		return text + " NOT NULL"
	}
	return text
}

// plainType writes timestamps as instants where the format does (zoned): in JSON they have their Z.
func plainType(t schemas.Type, zoned bool) string { //nolint:gocyclo // a case for each kind
	switch t.Kind {
	case schemas.Int:
		return "INT"
	case schemas.Long:
		return "BIGINT"
	case schemas.Float:
		return "FLOAT"
	case schemas.Double:
		return "DOUBLE"
	case schemas.Boolean:
		return "BOOLEAN"
	case schemas.Bytes:
		return "BYTES"
	case schemas.Decimal:
		return fmt.Sprintf("DECIMAL(%d, %d)", t.Precision, t.Scale)
	case schemas.Date:
		return "DATE"
	case schemas.Time:
		return "TIME(3)"
	case schemas.Timestamp:
		if zoned {
			return "TIMESTAMP_LTZ(3)"
		}
		return "TIMESTAMP(3)"
	case schemas.Array:
		return "ARRAY<" + plainType(*t.Items, zoned) + " NOT NULL>" // as the contract's schemas have them
	case schemas.Map:
		return "MAP<STRING NOT NULL, " + plainType(*t.Items, zoned) + " NOT NULL>"
	case schemas.RecordOf:
		members := make([]string, len(t.Fields))
		for i, f := range t.Fields {
			members[i] = quoted(f.Name) + " " + flinkType(f.Type, f.Required, zoned)
		}
		return "ROW<" + strings.Join(members, ", ") + ">"
	}
	return "STRING" // string, uuid, enum, json
}
