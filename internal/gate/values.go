package gate

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/weftmesh/weft/internal/schemas"
)

// errForm says that values of a source can never be those of a field: its column has another type.
var errForm = errors.New("of another type")

// errUnavailable says that the source did not write a value, as it did not change.
var errUnavailable = errors.New("unchanged, and not written")

// unavailable stands for a value that is stored out of line, did not change, and is not in the WAL (Debezium,
// "Toasted values": unavailable.value.placeholder).
const unavailable = "__debezium_unavailable_value"

var unavailableBase64 = base64.StdEncoding.EncodeToString([]byte(unavailable))

func isUnavailable(v any) bool {
	switch v := v.(type) {
	case string:
		return v == unavailable || v == unavailableBase64
	case []byte:
		return string(v) == unavailable
	case []any:
		return len(v) == 1 && isUnavailable(v[0])
	}
	return false
}

// asJSON gives a source's value as JSON has values of a contract's type, for codecs.FromJSON to judge. unit is that of
// a number that is a time, where the contract says it. Values that no field of the type can have are errForm.
func asJSON(t schemas.Type, f form, unit string, v any) (any, error) {
	v = plain(t, v)
	if v == nil {
		return nil, nil
	}
	if isUnavailable(v) {
		return nil, errUnavailable
	}
	switch t.Kind {
	case schemas.Decimal:
		return decimalJSON(t, f, v)
	case schemas.Date, schemas.Time, schemas.Timestamp:
		return timeJSON(t, f, unit, v)
	case schemas.Int, schemas.Long, schemas.Float, schemas.Double:
		return numberJSON(t, v)
	case schemas.Boolean:
		return only[bool](v)
	case schemas.String, schemas.Enum, schemas.UUID, schemas.Bytes:
		return only[string](v)
	case schemas.JSON:
		return jsonJSON(f, v), nil
	case schemas.Array:
		return itemsJSON(t, f, unit, within(f, v))
	case schemas.Map:
		return within(f, v), nil
	}
	return v, nil
}

func itemsJSON(t schemas.Type, f form, unit string, v any) (any, error) {
	list, ok := v.([]any)
	if !ok {
		return v, errForm
	}
	of := form{}
	if f.items != nil {
		of = *f.items
	}
	items := make([]any, len(list))
	for i, item := range list {
		var err error
		if items[i], err = asJSON(*t.Items, of, unit, item); err != nil {
			return v, err
		}
	}
	return items, nil
}

func only[T any](v any) (any, error) {
	if _, ok := v.(T); !ok {
		return v, errForm
	}
	return v, nil
}

// plain gives a native value of Avro as JSON has it.
func plain(t schemas.Type, v any) any {
	switch v := v.(type) {
	case int32:
		return json.Number(strconv.FormatInt(int64(v), 10))
	case int64:
		return json.Number(strconv.FormatInt(v, 10))
	case float32:
		return floatJSON(float64(v), 32)
	case float64:
		return floatJSON(v, 64)
	case []byte:
		return base64.StdEncoding.EncodeToString(v)
	case [16]byte:
		return fmt.Sprintf("%x-%x-%x-%x-%x", v[:4], v[4:6], v[6:8], v[8:10], v[10:])
	case *big.Rat:
		return json.Number(ratText(v))
	case time.Time:
		if t.Kind == schemas.Date {
			return v.Format(time.DateOnly)
		}
		return v.UTC().Format(time.RFC3339Nano)
	case time.Duration:
		return time.Time{}.Add(v).Format("15:04:05.999999999")
	case []any:
		if t.Items == nil {
			return v
		}
		items := make([]any, len(v))
		for i, item := range v {
			items[i] = plain(*t.Items, item)
		}
		return items
	case map[string]any:
		return plainMembers(t, v)
	}
	return v
}

func plainMembers(t schemas.Type, v map[string]any) any {
	members := make(map[string]any, len(v))
	for name, member := range v {
		of := schemas.Type{}
		if t.Items != nil {
			of = *t.Items
		}
		for _, f := range t.Fields {
			if f.Name == name {
				of = f.Type
			}
		}
		members[name] = plain(of, member)
	}
	return members
}

func floatJSON(v float64, bits int) any {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return strconv.FormatFloat(v, 'g', -1, bits)
	}
	return json.Number(strconv.FormatFloat(v, 'g', -1, bits))
}

func ratText(v *big.Rat) string {
	digits, exact := v.FloatPrec()
	if !exact {
		digits = 40
	}
	return v.FloatString(digits)
}

// numberJSON takes numbers. NaN and the infinities are text in Connect's JSON: they fit no number of a contract, which
// is the value's fault.
func numberJSON(t schemas.Type, v any) (any, error) {
	switch v := v.(type) {
	case json.Number:
		return v, nil
	case string:
		if v == "NaN" || strings.HasSuffix(v, "Infinity") || strings.HasSuffix(v, "Inf") {
			return v, nil
		}
	case map[string]any: // numeric without a scale, into a long
		if text, ok := variable(v); ok {
			return json.Number(text), nil
		}
	}
	_ = t
	return v, errForm
}

// decimalJSON reads a decimal: a number, its text, or the base64 of its unscaled value (Connect's Decimal). Without a
// schema the scale is the contract's: the column's must be the same.
func decimalJSON(t schemas.Type, f form, v any) (any, error) {
	switch v := v.(type) {
	case json.Number:
		return v, nil
	case map[string]any:
		if text, ok := variable(v); ok {
			return json.Number(text), nil
		}
	case string:
		switch {
		case f.name == connectDecimal:
			return unscaled(v, f.scale)
		case f.known && f.base == "string", v == "NaN", strings.HasSuffix(v, "Infinity"):
			return v, nil
		}
		if text, err := unscaled(v, t.Scale); err == nil && !strings.Contains(v, ".") {
			return text, nil
		}
		if _, ok := new(big.Rat).SetString(v); ok {
			return v, nil
		}
	}
	return v, errForm
}

// unscaled gives a decimal of its unscaled value: base64 of two's complement, the highest byte first.
func unscaled(text string, scale int) (any, error) {
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(data) == 0 {
		return text, errForm
	}
	n := new(big.Int).SetBytes(data)
	if data[0] >= 0x80 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(data))))
	}
	r := new(big.Rat).SetFrac(n, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil))
	return json.Number(r.FloatString(scale)), nil
}

// maxScale bounds what a VariableScaleDecimal may say of itself (PostgreSQL's numeric has 16383 digits after the point).
const maxScale = 16383

// variable reads io.debezium.data.VariableScaleDecimal: {scale, value}.
func variable(v map[string]any) (string, bool) {
	text, isText := plain(schemas.Type{}, v["value"]).(string)
	number, isNumber := plain(schemas.Type{}, v["scale"]).(json.Number)
	scale, err := strconv.Atoi(string(number))
	if !isText || !isNumber || err != nil || scale < 0 || scale > maxScale {
		return "", false
	}
	n, err := unscaled(text, scale)
	if err != nil {
		return "", false
	}
	return string(n.(json.Number)), true //nolint:errcheck // unscaled gives one
}

// jsonColumn is how the text of a json column is named (Debezium, "Data types").
const jsonColumn = "io.debezium.data.Json"

// within opens the text of a json column, for a field that is a part of it or has its shape.
func within(f form, v any) any {
	if f.known && f.name != jsonColumn {
		return v
	}
	return jsonJSON(f, v)
}

// jsonJSON takes the text of a json column as the JSON that it is.
func jsonJSON(f form, v any) any {
	text, ok := v.(string)
	if !ok || f.known && f.base != "string" {
		return v
	}
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var parsed any
	if decoder.Decode(&parsed) != nil || decoder.More() {
		return v
	}
	return parsed
}
