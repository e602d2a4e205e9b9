package values

import (
	"bytes"
	"crypto/md5" //nolint:gosec // Java's UUID.nameUUIDFromBytes is MD5
	"encoding/json"
	"fmt"

	"github.com/weftmesh/weft/internal/engine/connect/data"
)

// extension are types of extensions, which are known by their names as their OIDs differ between databases.
func (m Modes) extension(t *Type, _ int32) (Conversion, bool) {
	switch t.Name {
	case "citext", "isbn":
		return m.string(&data.Schema{Kind: data.String}), true
	case "ltree":
		return m.string(named(data.String, "io.debezium.data.Ltree")), true
	case "hstore":
		return m.hstore(), true
	}
	return Conversion{}, false
}

func (m Modes) hstore() Conversion {
	if m.HStore == "map" {
		s := &data.Schema{Kind: data.Map, Key: &data.Schema{Kind: data.String}, Elem: &data.Schema{Kind: data.String, Optional: true}}
		unavailable := data.AppendString(data.AppendPresent(data.AppendString(data.AppendInt(nil, 1), m.Placeholder)), m.Placeholder)
		return Conversion{Schema: s, Append: appendHStoreMap, Zero: data.AppendInt(nil, 0), Unavailable: data.AppendInt(unavailable, 0)}
	}
	c := textual(named(data.String, "io.debezium.data.Json"), "{}", appendHStoreJSON)
	placeholder, _ := json.Marshal(map[string]string{m.Placeholder: m.Placeholder})
	c.Unavailable = data.AppendBytes(nil, placeholder)
	return c
}

// pair is an entry of an hstore; the value may be null.
type pair struct {
	name, value []byte
	null        bool
}

// parseHStore reads `"a"=>"1", "b"=>NULL`.
func parseHStore(text []byte) ([]pair, error) {
	var pairs []pair
	for rest := text; len(rest) > 0; {
		name, after, ok := quoted(rest)
		after, arrow := bytes.CutPrefix(after, []byte("=>"))
		if !ok || !arrow {
			return nil, fmt.Errorf("%.20q is no hstore", text)
		}
		p := pair{name: name}
		if p.value, rest, ok = quoted(after); !ok {
			p.null = true
			rest, ok = bytes.CutPrefix(after, []byte("NULL"))
		}
		if !ok {
			return nil, fmt.Errorf("%.20q is no hstore", text)
		}
		pairs = append(pairs, p)
		rest = bytes.TrimPrefix(rest, []byte(", "))
	}
	return pairs, nil
}

func quoted(text []byte) (inner, rest []byte, ok bool) {
	if len(text) == 0 || text[0] != '"' {
		return nil, text, false
	}
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return unescape(nil, text[1:i]), text[i+1:], true
		}
	}
	return nil, text, false
}

func appendHStoreMap(into, text []byte) ([]byte, error) {
	pairs, err := parseHStore(text)
	if err != nil {
		return nil, err
	}
	if len(pairs) > 0 {
		into = data.AppendInt(into, int64(len(pairs)))
	}
	for _, p := range pairs {
		into = data.AppendBytes(into, p.name)
		if p.null {
			into = data.AppendNull(into)
			continue
		}
		into = data.AppendBytes(data.AppendPresent(into), p.value)
	}
	return data.AppendInt(into, 0), nil
}

func appendHStoreJSON(into, text []byte) ([]byte, error) {
	pairs, err := parseHStore(text)
	if err != nil {
		return nil, err
	}
	out := bytes.NewBuffer([]byte("{"))
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for i, p := range pairs {
		if i > 0 {
			out.WriteByte(',')
		}
		if err := encodeTo(out, encoder, string(p.name)); err != nil {
			return nil, err
		}
		out.WriteByte(':')
		if p.null {
			out.WriteString("null")
		} else if err := encodeTo(out, encoder, string(p.value)); err != nil {
			return nil, err
		}
	}
	out.WriteByte('}')
	return data.AppendBytes(into, out.Bytes()), nil
}

// encodeTo writes a JSON string without the line feed that an Encoder ends with.
func encodeTo(out *bytes.Buffer, encoder *json.Encoder, text string) error {
	if err := encoder.Encode(text); err != nil {
		return err
	}
	out.Truncate(out.Len() - 1)
	return nil
}

// nameUUID is Java's UUID.nameUUIDFromBytes (version 3 of RFC 9562, without a namespace).
func nameUUID(name string) string {
	sum := md5.Sum([]byte(name)) //nolint:gosec // as above
	sum[6] = sum[6]&0x0f | 0x30
	sum[8] = sum[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[0:4], sum[4:6], sum[6:8], sum[8:10], sum[10:])
}
