package values

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/weftmesh/weft/internal/engine/connect/data"
)

// text are the types whose text is their value, and bytea.
func (m Modes) text(t *Type, _ int32) (Conversion, bool) {
	switch t.OID {
	case oidText, oidVarchar, oidBpchar, oidChar, oidName, oidInet, oidCIDR, oidMacaddr, oidMacaddr8,
		oidInt4range, oidInt8range, oidNumrange, oidTsrange, oidTstzrange, oidDaterange:
		return m.string(&data.Schema{Kind: data.String}), true
	case oidJSON, oidJSONB:
		return m.string(named(data.String, "io.debezium.data.Json")), true
	case oidXML:
		return m.string(named(data.String, "io.debezium.data.Xml")), true
	case oidUUID:
		return m.string(named(data.String, "io.debezium.data.Uuid")), true
	case oidTSVector:
		return m.string(named(data.String, "io.debezium.data.Tsvector")), true
	case oidBytea:
		return m.binary(unhex), true
	}
	return Conversion{}, false
}

// string is a text whose unavailable value is the placeholder itself.
func (m Modes) string(s *data.Schema) Conversion {
	c := textual(s, "", AppendText)
	c.Unavailable = data.AppendString(nil, m.Placeholder)
	return c
}

func textual(s *data.Schema, zero string, convert func(into, text []byte) ([]byte, error)) Conversion {
	return Conversion{Schema: s, Append: convert, Zero: data.AppendString(nil, zero)}
}

// AppendText packs a text. A database whose encoding is SQL_ASCII may hold what is no UTF-8: each wrong byte becomes
// U+FFFD, as Java's decoder makes of it.
func AppendText(into, text []byte) ([]byte, error) {
	if !utf8.Valid(text) {
		text = repaired(text)
	}
	return data.AppendBytes(into, text), nil
}

func repaired(text []byte) []byte {
	var fixed []byte
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		fixed = utf8.AppendRune(fixed, r)
		text = text[n:]
	}
	return fixed
}

func (m Modes) enum(t *Type) Conversion {
	s := named(data.String, "io.debezium.data.Enum")
	s.Parameters = []data.Parameter{{Name: "allowed", Value: strings.Join(t.Labels, ",")}}
	return m.string(s)
}

// Encoded are bytes that no column has, as the content of a logical decoding message, in the form of binary.handling.mode.
func (m Modes) Encoded() Conversion {
	c := m.binary(func(text []byte) ([]byte, error) { return text, nil })
	if m.Binary == "bytes" {
		c.Append = func(into, b []byte) ([]byte, error) { return data.AppendBytes(into, b), nil }
	}
	return c
}

// binary is bytes in the form that the mode asks for; raw takes them out of the server's text.
func (m Modes) binary(raw func(text []byte) ([]byte, error)) Conversion {
	var encode func([]byte) string
	switch m.Binary {
	case "base64":
		encode = base64.StdEncoding.EncodeToString
	case "base64-url-safe":
		encode = base64.URLEncoding.EncodeToString
	case "hex":
		encode = hex.EncodeToString
	default:
		return m.bytes(raw)
	}
	c := textual(&data.Schema{Kind: data.String}, "", func(into, text []byte) ([]byte, error) {
		b, err := raw(text)
		if err != nil {
			return nil, err
		}
		return data.AppendString(into, encode(b)), nil
	})
	if m.Binary == "hex" {
		c.Unavailable = data.AppendString(nil, m.Placeholder) // and null in base64: Debezium's records have it so
	}
	return c
}

func (m Modes) bytes(raw func(text []byte) ([]byte, error)) Conversion {
	return Conversion{
		Schema: &data.Schema{Kind: data.Bytes},
		Append: func(into, text []byte) ([]byte, error) {
			if len(text) >= 2 && text[0] == '\\' && text[1] == 'x' {
				return appendHex(into, text[2:])
			}
			b, err := raw(text)
			return data.AppendBytes(into, b), err
		},
		Zero:        data.AppendBytes(nil, nil),
		Unavailable: data.AppendString(nil, m.Placeholder),
	}
}

func appendHex(into, digits []byte) ([]byte, error) {
	into = data.AppendInt(into, int64(len(digits)/2))
	into = slices.Grow(into, len(digits)/2)
	start := len(into)
	into = into[:start+len(digits)/2]
	_, err := hex.Decode(into[start:], digits)
	return into, err
}

// unhex reads bytea_output=hex, which the connector's sessions set.
func unhex(text []byte) ([]byte, error) {
	digits, ok := bytes.CutPrefix(text, []byte(`\x`))
	if !ok {
		return nil, fmt.Errorf("a bytea that begins with %.8q, not with \\x", text)
	}
	b := make([]byte, len(digits)/2)
	_, err := hex.Decode(b, digits)
	return b, err
}
