package codecs

import (
	"bytes"
	"encoding/json"
	"math/big"
	"slices"
	"time"

	"github.com/weftmesh/weft/internal/rows"
	"github.com/weftmesh/weft/internal/schemas"
)

// Native gives a value as columns have it, on its own, as rows have it.
func Native(t schemas.Type, value any) any {
	switch v := value.(type) {
	case rows.Num:
		r, _ := new(big.Rat).SetString(v.Text(t.Scale))
		return r
	case int64:
		return nativeInt(t, v)
	case float64:
		if t.Kind == schemas.Float {
			return float32(v)
		}
	case string:
		switch t.Kind {
		case schemas.Bytes:
			return []byte(v)
		case schemas.JSON:
			return canonical(v)
		}
	case []any:
		if t.Kind == schemas.RecordOf {
			members := map[string]any{}
			for i, f := range t.Fields {
				members[f.Name] = Native(f.Type, v[i])
			}
			return members
		}
		items := slices.Clone(v)
		for i, item := range items {
			items[i] = Native(*t.Items, item)
		}
		return items
	case rows.Entries:
		members := map[string]any{}
		for _, e := range v {
			key, _ := e.Key.(string)
			members[key] = Native(*t.Items, e.Value)
		}
		return members
	}
	return value
}

func nativeInt(t schemas.Type, v int64) any {
	switch t.Kind {
	case schemas.Date:
		return time.Unix(v*int64(day/time.Second), 0).UTC()
	case schemas.Time:
		return time.Duration(v) * time.Millisecond
	case schemas.Timestamp:
		return time.UnixMicro(v).UTC()
	}
	return v
}

// canonical writes the text of a json field as codecs write one that they read.
func canonical(text string) string {
	decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
	decoder.UseNumber()
	var value any
	if decoder.Decode(&value) != nil {
		return text
	}
	out, err := json.Marshal(value)
	if err != nil {
		return text
	}
	return string(out)
}

// IsUUID reports whether text is a UUID in its usual form (RFC 9562).
func IsUUID(text string) bool {
	if len(text) != 36 {
		return false
	}
	for i := range len(text) {
		c := text[i]
		switch {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return false
			}
		case c >= '0' && c <= '9', c >= 'a' && c <= 'f', c >= 'A' && c <= 'F':
		default:
			return false
		}
	}
	return true
}
