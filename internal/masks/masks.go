// Package masks hides personal data: which fields of a row, and how. What is masked cannot be turned back without the
// environment's key.
package masks

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/weftmesh/weft/internal/codecs"
	"github.com/weftmesh/weft/internal/contracts"
)

// Ways to mask.
const (
	Hash    = "hash"    // a keyed HMAC as text: equal values stay equal
	Redact  = "redact"  // *** for text, nothing for the rest
	Partial = "partial" // the last characters of text stay
	Null    = "null"    // nothing
)

// Default is how a field of personal data is masked that does not say how.
const Default = Redact

// redacted stands for text that is hidden.
const redacted = "***"

// Row gives a copy of a row with its personal data masked, at any depth.
func Row(fields []contracts.Field, row codecs.Row, key []byte) codecs.Row {
	masked := make(codecs.Row, len(row))
	for name, value := range row {
		masked[name] = value
	}
	for _, f := range fields {
		if value, present := row[f.Name]; present && value != nil {
			masked[f.Name] = field(f, value, key)
		}
	}
	return masked
}

func field(f contracts.Field, value any, key []byte) any {
	if f.PII {
		return Value(f.Mask, value, key)
	}
	switch v := value.(type) {
	case map[string]any:
		if f.Values.Of != nil {
			return each(f.Values.Of.Field, v, key)
		}
		return Row(f.Fields, v, key)
	case []any:
		if f.Items == nil {
			return value
		}
		items := make([]any, len(v))
		for i, item := range v {
			items[i] = field(f.Items.Field, item, key)
		}
		return items
	}
	return value
}

func each(member contracts.Field, values map[string]any, key []byte) map[string]any {
	masked := make(map[string]any, len(values))
	for name, value := range values {
		masked[name] = field(member, value, key)
	}
	return masked
}

// Value masks one value.
func Value(mask string, value any, key []byte) any {
	if value == nil {
		return nil
	}
	text, isText := value.(string)
	switch mask {
	case Null:
		return nil
	case Hash:
		return hash(value, key)
	case Partial:
		if isText {
			return partial(text)
		}
	}
	if isText {
		return redacted
	}
	return nil
}

func hash(value any, key []byte) string {
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%T:%v", value, value)
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// partial keeps a quarter of the text, at most four characters, at its end.
func partial(text string) string {
	runes := []rune(text)
	kept := min(4, len(runes)/4)
	return strings.Repeat("*", min(8, len(runes)-kept)) + string(runes[len(runes)-kept:])
}
