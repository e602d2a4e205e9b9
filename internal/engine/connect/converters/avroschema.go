package converters

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/weftmesh/weft/internal/engine/connect/data"
)

// avroWriter writes a schema as Avro, as Confluent's AvroData does: what Avro has no word for is in attributes connect.*.
type avroWriter struct {
	set   avroSettings
	named map[string]bool // records that are written already; after that their name stands for them
	space string          // the namespace within which it writes
}

var avroTypes = map[data.Kind]string{
	data.Int8: "int", data.Int16: "int", data.Int32: "int", data.Int64: "long", data.Float32: "float", data.Float64: "double",
	data.Boolean: "boolean", data.String: "string", data.Bytes: "bytes",
}

var connectTypes = map[data.Kind]string{data.Int8: "int8", data.Int16: "int16"}

// avroLogical are Avro's names of Connect's own logical types.
var avroLogical = map[string]string{
	"org.apache.kafka.connect.data.Decimal":   "decimal",
	"org.apache.kafka.connect.data.Date":      "date",
	"org.apache.kafka.connect.data.Time":      "time-millis",
	"org.apache.kafka.connect.data.Timestamp": "timestamp-millis",
}

// schema is a schema with its null, if it is optional.
func (w *avroWriter) schema(s *data.Schema) ([]byte, error) {
	inner, err := w.inner(s)
	switch {
	case err != nil || !s.Optional:
		return inner, err
	case s.Default != nil:
		return append(append([]byte("["), inner...), `,"null"]`...), nil
	}
	return append(append([]byte(`["null",`), inner...), ']'), nil
}

func (w *avroWriter) inner(s *data.Schema) ([]byte, error) {
	switch s.Kind {
	case data.Struct:
		return w.record(s)
	case data.Array:
		return w.container(s, "array", "items")
	case data.Map:
		if s.Key.Kind != data.String || s.Key.Optional {
			return nil, fmt.Errorf("a map whose keys are %s has no form in Avro here", s.Key.Kind)
		}
		return w.container(s, "map", "values")
	}
	return w.simple(s)
}

func (w *avroWriter) container(s *data.Schema, kind, part string) ([]byte, error) {
	inner, err := w.schema(s.Elem)
	if err != nil {
		return nil, err
	}
	text := append(append([]byte(`{"type":"`+kind+`","`+part+`":`), inner...), w.attributes(s)...)
	return append(text, '}'), nil
}

func (w *avroWriter) simple(s *data.Schema) ([]byte, error) {
	kind, ok := avroTypes[s.Kind]
	if !ok {
		return nil, fmt.Errorf("a schema of no kind")
	}
	text := []byte(`{"type":"` + kind + `"`)
	if avroLogical[s.Name] == "decimal" {
		scale, _ := s.Parameter("scale")
		precision, ok := s.Parameter("connect.decimal.precision")
		if !ok {
			precision = "64"
		}
		text = append(text, `,"scale":`+scale+`,"precision":`+precision...)
	}
	if connect := connectTypes[s.Kind]; connect != "" && !w.set.bare {
		text = append(text, `,"connect.type":"`+connect+`"`...)
	}
	text = append(text, w.attributes(s)...)
	if logical := avroLogical[s.Name]; logical != "" {
		text = append(text, `,"logicalType":"`+logical+`"`...)
	}
	if string(text) == `{"type":"`+kind+`"` {
		return []byte(`"` + kind + `"`), nil
	}
	return append(text, '}'), nil
}

// attributes are connect.doc, connect.version, connect.parameters, connect.default, connect.name.
func (w *avroWriter) attributes(s *data.Schema) []byte {
	if w.set.bare {
		return nil
	}
	var text []byte
	if s.Doc != "" {
		text = appendString(append(text, `,"connect.doc":`...), []byte(s.Doc))
	}
	if s.Version != 0 {
		text = strconv.AppendInt(append(text, `,"connect.version":`...), int64(s.Version), 10)
	}
	for i, p := range s.Parameters {
		if i == 0 {
			text = append(text, `,"connect.parameters":{`...)
		} else {
			text = append(text, ',')
		}
		text = appendString(append(appendString(text, []byte(p.Name)), ':'), []byte(p.Value))
	}
	if len(s.Parameters) > 0 {
		text = append(text, '}')
	}
	if s.Default != nil {
		text = append(append(text, `,"connect.default":`...), avroDefault(s)...)
	}
	if s.Name != "" {
		text = appendString(append(text, `,"connect.name":`...), []byte(s.Name))
	}
	return text
}

func (w *avroWriter) record(s *data.Schema) ([]byte, error) {
	full := s.Name
	if full == "" {
		full = "io.confluent.connect.avro.ConnectDefault"
	}
	space, name := "", full
	if dot := strings.LastIndexByte(full, '.'); dot >= 0 {
		space, name = full[:dot], full[dot+1:]
	}
	if w.named[full] {
		if space != w.space {
			name = full
		}
		return []byte(`"` + name + `"`), nil
	}
	w.named[full] = true
	text := appendString([]byte(`{"type":"record","name":`), []byte(name))
	if space != w.space && space != "" {
		text = appendString(append(text, `,"namespace":`...), []byte(space))
	}
	fields, err := w.fields(s, space)
	if err != nil {
		return nil, err
	}
	text = append(append(append(text, `,"fields":[`...), fields...), ']')
	return append(append(text, w.attributes(s)...), '}'), nil
}

func (w *avroWriter) fields(s *data.Schema, space string) ([]byte, error) {
	outer := w.space
	w.space = space
	defer func() { w.space = outer }()
	var text []byte
	for i, f := range s.Fields {
		if i > 0 {
			text = append(text, ',')
		}
		inner, err := w.schema(f.Schema)
		if err != nil {
			return nil, fmt.Errorf("field %s: %w", f.Name, err)
		}
		text = appendString(append(text, `{"name":`...), []byte(f.Name))
		text = append(append(text, `,"type":`...), inner...)
		switch {
		case f.Schema.Default != nil:
			text = append(append(text, `,"default":`...), avroDefault(f.Schema)...)
		case f.Schema.Optional:
			text = append(text, `,"default":null`...)
		}
		text = append(text, '}')
	}
	return text, nil
}

// avroDefault is a default in JSON as Avro has it: bytes are a string whose characters are the bytes.
func avroDefault(s *data.Schema) []byte {
	r := data.Read(s.Default)
	if s.Kind != data.Bytes {
		text, _ := compile(&data.Schema{Kind: s.Kind, Fields: s.Fields, Key: s.Key, Elem: s.Elem}, settings{}).encode(&r, nil)
		return text
	}
	text := []byte{'"'}
	for _, c := range r.Bytes() {
		text = fmt.Appendf(text, `\u%04x`, c)
	}
	return append(text, '"')
}
