package codecs

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"time"

	"github.com/weftmesh/weft/internal/schemas"
)

// ToJSON writes a row as one JSON object: the fields of the schema in their order, then those that it does not know.
// Decimals are numbers with all their digits, times are ISO 8601 in UTC, bytes are base64.
func ToJSON(fields []schemas.Field, row Row) []byte {
	var b bytes.Buffer
	writeRecord(&b, fields, row)
	return b.Bytes()
}

func writeRecord(b *bytes.Buffer, fields []schemas.Field, row Row) {
	b.WriteByte('{')
	first := true
	member := func(name string, t schemas.Type, value any) {
		if !first {
			b.WriteByte(',')
		}
		first = false
		writeText(b, name)
		b.WriteByte(':')
		writeValue(b, t, value)
	}
	known := map[string]bool{}
	for _, f := range fields {
		known[f.Name] = true
		if value, present := row[f.Name]; present {
			member(f.Name, f.Type, value)
		}
	}
	var others []string
	for name := range row {
		if !known[name] {
			others = append(others, name)
		}
	}
	slices.Sort(others)
	for _, name := range others {
		member(name, schemas.Type{}, row[name])
	}
	b.WriteByte('}')
}

func writeText(b *bytes.Buffer, text string) {
	encoder := json.NewEncoder(b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text) // text can always be written
	b.Truncate(b.Len() - 1)
}

func writeValue(b *bytes.Buffer, t schemas.Type, value any) {
	switch v := value.(type) {
	case nil:
		b.WriteString("null")
	case bool:
		b.WriteString(strconv.FormatBool(v))
	case string:
		writeString(b, t, v)
	case []byte:
		writeText(b, base64.StdEncoding.EncodeToString(v))
	case *big.Rat:
		b.WriteString(v.FloatString(scaleOf(t, v)))
	case time.Time:
		writeText(b, instantText(t, v))
	case time.Duration:
		writeText(b, time.Time{}.Add(v).Format("15:04:05.000"))
	case float32:
		writeFloat(b, float64(v), 32)
	case float64:
		writeFloat(b, v, 64)
	case json.RawMessage:
		b.Write(v)
	case map[string]any:
		writeObject(b, t, v)
	case []any:
		writeArray(b, t, v)
	default:
		fmt.Fprint(b, v) // whole numbers, json.Number
	}
}

// writeString writes the text of a json field as the JSON that it is.
func writeString(b *bytes.Buffer, t schemas.Type, text string) {
	if t.Kind == schemas.JSON && json.Valid([]byte(text)) {
		b.WriteString(text)
		return
	}
	writeText(b, text)
}

// writeFloat writes what JSON has no number for as text.
func writeFloat(b *bytes.Buffer, f float64, bits int) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		writeText(b, fmt.Sprint(f))
		return
	}
	b.WriteString(strconv.FormatFloat(f, 'g', -1, bits))
}

// scaleOf is the number of digits after the point: the type's, or as many as the value needs.
func scaleOf(t schemas.Type, v *big.Rat) int {
	if t.Kind == schemas.Decimal {
		return t.Scale
	}
	digits, exact := v.FloatPrec()
	if !exact {
		return 12
	}
	return digits
}

func instantText(t schemas.Type, at time.Time) string {
	switch {
	case t.Kind == schemas.Date:
		return at.Format(time.DateOnly)
	case t.Kind == schemas.Timestamp && t.Precision == 6:
		return at.UTC().Format("2006-01-02T15:04:05.000000Z")
	}
	return at.UTC().Format("2006-01-02T15:04:05.000Z")
}

func writeObject(b *bytes.Buffer, t schemas.Type, members map[string]any) {
	if t.Kind == schemas.Map && t.Items != nil {
		fields := make([]schemas.Field, 0, len(members))
		for name := range members {
			fields = append(fields, schemas.Field{Name: name, Type: *t.Items})
		}
		slices.SortFunc(fields, func(a, b schemas.Field) int { return bytes.Compare([]byte(a.Name), []byte(b.Name)) })
		writeRecord(b, fields, members)
		return
	}
	writeRecord(b, t.Fields, members)
}

func writeArray(b *bytes.Buffer, t schemas.Type, items []any) {
	of := schemas.Type{}
	if t.Items != nil {
		of = *t.Items
	}
	b.WriteByte('[')
	for i, item := range items {
		if i > 0 {
			b.WriteByte(',')
		}
		writeValue(b, of, item)
	}
	b.WriteByte(']')
}
