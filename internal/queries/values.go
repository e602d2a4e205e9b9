package queries

import (
	"encoding/json"
	"math/big"
)

func rational(text json.RawMessage) (*big.Rat, bool) {
	if len(text) == 0 || len(text) > 100 || text[0] != '-' && (text[0] < '0' || text[0] > '9') {
		return nil, false
	}
	return new(big.Rat).SetString(string(text))
}

// native gives a value as codecs have it, so that the hash of a text or a whole number is the same here as where a
// record is shown: whole numbers are int64, others float64.
func native(value any) any {
	n, ok := value.(json.Number)
	if !ok {
		return value
	}
	if whole, err := n.Int64(); err == nil {
		return whole
	}
	if f, err := n.Float64(); err == nil {
		return f
	}
	return n.String()
}
