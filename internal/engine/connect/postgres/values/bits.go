package values

import (
	"fmt"
	"math"
	"strconv"

	"github.com/weftmesh/weft/internal/engine/connect/data"
)

// bits are bit and bit varying: a boolean if there is one bit, else bytes, the lowest first, no more than are set.
func (m Modes) bits(t *Type, mod int32) (Conversion, bool) {
	if t.OID != oidBit && t.OID != oidVarbit {
		return Conversion{}, false
	}
	length := int(mod)
	switch {
	case mod < 0 && t.OID == oidVarbit:
		length = math.MaxInt32
	case mod < 0:
		length = 1
	}
	if length == 1 {
		return Conversion{Schema: &data.Schema{Kind: data.Boolean}, Append: appendBit, Zero: data.AppendBool(nil, false)}, true
	}
	s := named(data.Bytes, "io.debezium.data.Bits")
	s.Parameters = []data.Parameter{{Name: "length", Value: strconv.Itoa(length)}}
	return Conversion{Schema: s, Append: appendBits, Zero: data.AppendBytes(nil, nil)}, true
}

func appendBit(into, text []byte) ([]byte, error) {
	if len(text) == 0 {
		return nil, ErrNull // a bit varying(1) may be empty
	}
	return data.AppendBool(into, text[0] == '1'), nil
}

func appendBits(into, text []byte) ([]byte, error) {
	for len(text) > 0 && text[0] == '0' {
		text = text[1:]
	}
	set := make([]byte, (len(text)+7)/8)
	for i := range text {
		bit := len(text) - 1 - i
		switch text[i] {
		case '1':
			set[bit/8] |= 1 << (bit % 8)
		case '0':
		default:
			return nil, fmt.Errorf("%q is no bit string", text)
		}
	}
	return data.AppendBytes(into, set), nil
}
