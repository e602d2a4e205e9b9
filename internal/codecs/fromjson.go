package codecs

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/weftmesh/weft/internal/diags"
	"github.com/weftmesh/weft/internal/schemas"
)

// ParseObject reads one JSON object, with numbers as they are written.
func ParseObject(text []byte) (map[string]any, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var object map[string]any
	if err := decoder.Decode(&object); err != nil {
		return nil, fmt.Errorf("not a JSON object: %w", err)
	}
	if object == nil {
		return nil, fmt.Errorf("not a JSON object: null")
	}
	if decoder.More() {
		return nil, fmt.Errorf("not one JSON object: more follows it")
	}
	return object, nil
}

// FromJSON turns a JSON object, as ParseObject gives it, into a row of a schema. Every fault is found; a row with faults
// is not to be used. Absent fields get their default.
func FromJSON(fields []schemas.Field, object map[string]any) (Row, []Fault) {
	c := &conversion{}
	row := c.record("", fields, object)
	return row, c.faults
}

type conversion struct{ faults []Fault }

func (c *conversion) fail(field, format string, args ...any) any {
	c.faults = append(c.faults, fault(field, format, args...))
	return nil
}

func (c *conversion) record(prefix string, fields []schemas.Field, object map[string]any) Row {
	row := Row{}
	for _, f := range fields {
		value, present := object[f.Name]
		name := prefix + f.Name
		switch {
		case present && value != nil:
			row[f.Name] = c.value(name, f.Type, value)
		case !present && f.Default != nil:
			row[f.Name] = c.value(name, f.Type, numbered(f.Default))
		case f.Required:
			c.fail(name, "is required and missing")
		default:
			row[f.Name] = nil
		}
	}
	c.unknown(prefix, fields, object)
	return row
}

// numbered writes a default's numbers as JSON has them.
func numbered(value any) any {
	switch value := value.(type) {
	case int64, float64:
		return json.Number(fmt.Sprint(value))
	}
	return value
}

func (c *conversion) unknown(prefix string, fields []schemas.Field, object map[string]any) {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Name
	}
	var strange []string
	for name := range object {
		if !slices.Contains(names, name) {
			strange = append(strange, name)
		}
	}
	slices.Sort(strange)
	for _, name := range strange {
		if closest, ok := diags.Closest(name, names); ok {
			c.fail(prefix+name, "is not a field of the contract; did you mean %s?", closest)
			continue
		}
		c.fail(prefix+name, "is not a field of the contract")
	}
}

func (c *conversion) value(name string, t schemas.Type, value any) any {
	switch t.Kind {
	case schemas.Array:
		return c.array(name, t, value)
	case schemas.Map, schemas.RecordOf:
		return c.object(name, t, value)
	case schemas.JSON:
		text, err := json.Marshal(value)
		if err != nil {
			return c.fail(name, "cannot be written as JSON")
		}
		return string(text)
	case schemas.Boolean:
		if b, ok := value.(bool); ok {
			return b
		}
		return c.wrong(name, t, value)
	case schemas.Int, schemas.Long, schemas.Float, schemas.Double, schemas.Decimal:
		return c.number(name, t, value)
	}
	text, ok := value.(string)
	if !ok {
		return c.wrong(name, t, value)
	}
	return c.text(name, t, text)
}

func (c *conversion) wrong(name string, t schemas.Type, value any) any {
	return c.fail(name, "%s is not a %s", brief(value), t)
}

// brief shows a value in a message, cut where it is long.
func brief(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprintf("a %T", value)
	}
	if len(text) > 60 {
		return string(text[:57]) + "..."
	}
	return string(text)
}

func (c *conversion) array(name string, t schemas.Type, value any) any {
	items, ok := value.([]any)
	if !ok {
		return c.wrong(name, t, value)
	}
	converted := make([]any, len(items))
	for i, item := range items {
		if item == nil {
			c.fail(fmt.Sprintf("%s[%d]", name, i), "is null, which an array's items cannot be")
			continue
		}
		converted[i] = c.value(fmt.Sprintf("%s[%d]", name, i), *t.Items, item)
	}
	return converted
}

func (c *conversion) object(name string, t schemas.Type, value any) any {
	members, ok := value.(map[string]any)
	if !ok {
		return c.wrong(name, t, value)
	}
	if t.Kind == schemas.RecordOf {
		return c.record(name+".", t.Fields, members)
	}
	converted := map[string]any{}
	for key, member := range members {
		if member == nil {
			c.fail(name+"."+key, "is null, which a map's values cannot be")
			continue
		}
		converted[key] = c.value(name+"."+key, *t.Items, member)
	}
	return converted
}

func (c *conversion) number(name string, t schemas.Type, value any) any {
	var literal string
	switch value := value.(type) {
	case json.Number:
		literal = value.String()
	case string:
		if t.Kind != schemas.Decimal {
			return c.wrong(name, t, value)
		}
		literal = value
	default:
		return c.wrong(name, t, value)
	}
	if len(literal) > 100 || strings.ContainsAny(literal, "/_xXpP") || exponent(literal) {
		return c.wrong(name, t, value)
	}
	n, ok := new(big.Rat).SetString(literal)
	if !ok {
		return c.wrong(name, t, value)
	}
	return c.fit(name, t, literal, n)
}

// exponent reports whether a number's exponent is beyond what any type holds.
func exponent(literal string) bool {
	_, text, ok := strings.Cut(strings.ToLower(literal), "e")
	return ok && len(strings.TrimLeft(text, "+-0")) > 3
}

func (c *conversion) fit(name string, t schemas.Type, literal string, n *big.Rat) any {
	switch t.Kind {
	case schemas.Float, schemas.Double:
		f, _ := n.Float64()
		if math.IsInf(f, 0) || t.Kind == schemas.Float && math.Abs(f) > math.MaxFloat32 {
			return c.fail(name, "%s is too large for a %s", literal, t)
		}
		if t.Kind == schemas.Float {
			return float32(f)
		}
		return f
	case schemas.Decimal:
		scaled := new(big.Rat).Mul(n, new(big.Rat).SetInt(pow10(t.Scale)))
		if !scaled.IsInt() {
			return c.fail(name, "%s has more than %d digits after the point", literal, t.Scale)
		}
		if new(big.Int).Abs(scaled.Num()).Cmp(pow10(t.Precision)) >= 0 {
			return c.fail(name, "%s has more than %d digits in all (%s)", literal, t.Precision, t)
		}
		return n
	}
	if !n.IsInt() || !n.Num().IsInt64() {
		return c.fail(name, "%s is not a %s", literal, t)
	}
	whole := n.Num().Int64()
	if t.Kind == schemas.Int && (whole < math.MinInt32 || whole > math.MaxInt32) {
		return c.fail(name, "%s is too large for an int; a long would hold it", literal)
	}
	return whole
}

func pow10(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

var uuidForm = regexp.MustCompile(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`)

func (c *conversion) text(name string, t schemas.Type, text string) any {
	switch t.Kind {
	case schemas.Enum:
		if !slices.Contains(t.Symbols, text) {
			return c.fail(name, "%q is not one of %s", text, strings.Join(t.Symbols, ", "))
		}
	case schemas.UUID:
		if !uuidForm.MatchString(text) {
			return c.wrong(name, t, text)
		}
	case schemas.Bytes:
		data, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return c.fail(name, "%s is not base64, as bytes are in JSON", brief(text))
		}
		return data
	case schemas.Date, schemas.Timestamp, schemas.Time:
		return c.instant(name, t, text)
	}
	return text
}

func (c *conversion) instant(name string, t schemas.Type, text string) any {
	switch t.Kind {
	case schemas.Date:
		if day, err := time.Parse(time.DateOnly, text); err == nil {
			return day
		}
		return c.fail(name, "%q is not a day, as in 2027-06-30", text)
	case schemas.Time:
		if at, err := time.Parse("15:04:05.999", text); err == nil {
			return at.Sub(at.Truncate(24 * time.Hour))
		}
		return c.fail(name, "%q is not a time of day, as in 14:05:00.000", text)
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return c.fail(name, "%q is not a time in ISO 8601 with its zone, as in 2027-06-30T14:05:00.000Z", text)
	}
	precision := time.Millisecond
	if t.Precision == 6 {
		precision = time.Microsecond
	}
	return at.UTC().Truncate(precision)
}
