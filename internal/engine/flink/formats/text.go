package formats

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/weftmesh/weft/internal/rows"
	"github.com/weftmesh/weft/internal/rows/jsonform"
)

// Text shows a boxed value as Flink's print connector does: NULL as null, times by ISO 8601, bytes as numbers.
func Text(v any, t rows.Type) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return textOfWhole(v, t)
	case float64:
		return strings.Trim(string(appendFloat(nil, v, t)), `"`)
	case rows.Num:
		return v.Text(t.Scale)
	case string:
		if t.Kind.IsBytes() {
			return textOfBytes(v)
		}
		return v
	case []any:
		return textOfMembers(v, t)
	case rows.Entries:
		cells := make([]string, len(v))
		for i, p := range v {
			key, of := t.Key, t.Elem
			if t.Kind == rows.Multiset {
				key, of = t.Elem, &rows.IntType
			}
			cells[i] = Text(p.Key, *key) + "=" + Text(p.Value, *of)
		}
		return "{" + strings.Join(cells, ", ") + "}"
	}
	return fmt.Sprint(v)
}

func textOfWhole(v int64, t rows.Type) string {
	switch t.Kind {
	case rows.Date:
		return string(jsonform.AppendDate(nil, v))
	case rows.Time:
		return string(jsonform.AppendTime(nil, v*1000))
	case rows.Timestamp, rows.TimestampLTZ:
		return string(stamp{iso: true}.append(nil, v, t))
	}
	return strconv.FormatInt(v, 10)
}

func textOfBytes(v string) string {
	cells := make([]string, len(v))
	for i := range len(v) {
		cells[i] = strconv.Itoa(int(int8(v[i])))
	}
	return "[" + strings.Join(cells, ", ") + "]"
}

func textOfMembers(v []any, t rows.Type) string {
	cells := make([]string, len(v))
	for i, m := range v {
		of := t.Elem
		if t.Kind == rows.Row {
			of = &t.Fields[i].Type
		}
		cells[i] = Text(m, *of)
	}
	if t.Kind == rows.Row {
		return "+I[" + strings.Join(cells, ", ") + "]"
	}
	return "[" + strings.Join(cells, ", ") + "]"
}
