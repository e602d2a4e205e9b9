package connect

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/twmb/avro"
	"github.com/twmb/franz-go/pkg/kgo"
)

// record is one of a topic's in the form in which records are compared: times, positions and versions stand as what
// kind of value they are, schemas as the name of an entry beside the records, long texts as their beginning and hash.
type record struct {
	Topic     string            `json:"topic"`
	Partition int32             `json:"partition,omitempty"`
	Key       any               `json:"key"`
	Value     any               `json:"value,omitempty"`   // absent in a tombstone
	Context   bool              `json:"context,omitempty"` // it has Debezium's four headers of where it comes from
	Headers   map[string]string `json:"headers,omitempty"`
}

// reader turns records into their compared form; it keeps the schemas that it met.
type reader struct {
	registry string // base URL
	schemas  map[string]any
	writers  map[uint32]*writer
}

// writer is an Avro schema by which records were written.
type writer struct {
	name   string // in schemas
	schema *avro.Schema
}

func newReader(registry string) *reader {
	return &reader{registry: registry, schemas: map[string]any{}, writers: map[uint32]*writer{}}
}

// moving are the fields of an envelope and of its source that no two runs have in common.
var moving = map[string]bool{
	"ts_ms": true, "ts_us": true, "ts_ns": true, "txId": true, "lsn": true, "xmin": true, "sequence": true, "version": true,
	"__ts_ms": true, "__source_ts_ms": true, "__lsn": true, "__source_lsn": true, "__source_txId": true, "__txId": true, "__source_version": true,
}

// normal gives the compared form of a record.
func (r *reader) normal(from *kgo.Record) (record, error) {
	key, err := r.side(from.Key)
	if err != nil {
		return record{}, fmt.Errorf("key %q: %w", from.Key, err)
	}
	value, err := r.side(from.Value)
	if err != nil {
		return record{}, fmt.Errorf("value %q: %w", from.Value, err)
	}
	to := record{Topic: from.Topic, Partition: from.Partition, Key: still(key), Value: still(value)}
	to.Context, to.Headers = headers(from)
	return to, nil
}

// headers gives a record's headers without those that say which connector's task wrote it, and whether these are whole
// and true.
func headers(from *kgo.Record) (context bool, others map[string]string) {
	const prefix = "__debezium.context."
	all := map[string]string{}
	for _, header := range from.Headers {
		all[header.Key] = headerText(header)
	}
	name := all[prefix+"connectorLogicalName"]
	context = name != "" && strings.Contains(from.Topic, name) && all[prefix+"connectorName"] == "postgresql" && all[prefix+"taskId"] == "0" && len(all[prefix+"runId"]) == 36
	if context {
		maps.DeleteFunc(all, func(key, _ string) bool { return strings.HasPrefix(key, prefix) })
	}
	return context, all
}

func headerText(header kgo.RecordHeader) string {
	var value any
	if parse(header.Value, &value) == nil {
		text, _ := json.Marshal(still(value))
		return string(text)
	}
	return string(header.Value)
}

// side reads a key or a value: JSON, Confluent's Avro frame, or none.
func (r *reader) side(data []byte) (any, error) {
	switch {
	case data == nil:
		return nil, nil
	case len(data) > 5 && data[0] == 0:
		return r.avro(binary.BigEndian.Uint32(data[1:5]), data[5:])
	}
	var value any
	if err := parse(data, &value); err != nil {
		return nil, err
	}
	if pair, ok := value.(map[string]any); ok && len(pair) == 2 {
		schema, has := pair["schema"]
		payload, also := pair["payload"]
		if has && also {
			return map[string]any{"schema": r.name(schema), "payload": payload}, nil
		}
	}
	if value == nil {
		return "<the JSON null>", nil
	}
	return value, nil
}

// name keeps a schema and gives the name by which records refer to it.
func (r *reader) name(schema any) any {
	if schema == nil {
		return nil
	}
	text, _ := json.Marshal(schema)
	name := fmt.Sprintf("%x", sha256.Sum256(text))[:12]
	r.schemas[name] = schema
	return name
}

func (r *reader) avro(id uint32, body []byte) (any, error) {
	w := r.writers[id]
	if w == nil {
		var err error
		if w, err = r.fetch(id); err != nil {
			return nil, err
		}
		r.writers[id] = w
	}
	var value any
	rest, err := w.schema.Decode(body, &value)
	if err != nil {
		return nil, err
	}
	if len(rest) > 0 {
		return nil, fmt.Errorf("%d bytes follow the Avro value", len(rest))
	}
	return map[string]any{"schema": w.name, "payload": plain(value)}, nil
}

func (r *reader) fetch(id uint32) (*writer, error) {
	var answer struct{ Schema string }
	if err := wanted("GET", fmt.Sprintf("%s/schemas/ids/%d", r.registry, id), nil, &answer); err != nil {
		return nil, err
	}
	var schema any
	if err := parse([]byte(answer.Schema), &schema); err != nil {
		return nil, err
	}
	name, _ := r.name(schema).(string)
	w := &writer{name: name}
	bare, err := json.Marshal(without(schema, "logicalType", "default"))
	if err != nil {
		return nil, err
	}
	w.schema, err = avro.Parse(string(bare))
	return w, err
}

// without takes keys out of every object of a schema: values are compared as they are written, not as a logical type
// reads them.
func without(value any, keys ...string) any {
	switch value := value.(type) {
	case map[string]any:
		copied := maps.Clone(value)
		for _, key := range keys {
			delete(copied, key)
		}
		for key, part := range copied {
			copied[key] = without(part, keys...)
		}
		return copied
	case []any:
		parts := make([]any, len(value))
		for i, part := range value {
			parts[i] = without(part, keys...)
		}
		return parts
	}
	return value
}

// plain turns what Avro gives into what JSON would.
func plain(value any) any {
	switch value := value.(type) {
	case map[string]any:
		for key, part := range value {
			value[key] = plain(part)
		}
	case []any:
		for i, part := range value {
			value[i] = plain(part)
		}
	case []byte:
		return base64.StdEncoding.EncodeToString(value)
	case int32:
		return json.Number(strconv.FormatInt(int64(value), 10))
	case int64:
		return json.Number(strconv.FormatInt(value, 10))
	case float32:
		return float(float64(value), 32)
	case float64:
		return float(value, 64)
	}
	return value
}

func float(value float64, bits int) any {
	text := strconv.FormatFloat(value, 'g', -1, bits)
	if strings.ContainsAny(text, "IN") {
		return text
	}
	return json.Number(decimal(text))
}

var digits = regexp.MustCompile(`\d+`)

// windows are the names and times of an incremental snapshot's windows, which are drawn for each.
var windows = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(-open|-close)|(open|close)WindowTimestamp": "[^"]*`)

// still replaces what moves between runs, and shortens what is long.
func still(value any) any {
	switch value := value.(type) {
	case map[string]any:
		for key, part := range value {
			if moving[key] {
				value[key] = kind(part)
			} else {
				value[key] = still(part)
			}
		}
	case []any:
		for i, part := range value {
			value[i] = still(part)
		}
	case string:
		return short(windows.ReplaceAllString(value, "<window>"))
	case json.Number:
		return json.Number(decimal(value.String()))
	}
	return value
}

// kind says what kind of value stood there; a schema's fields, which have the same names, are no numbers or texts.
func kind(value any) any {
	switch value := value.(type) {
	case json.Number:
		return "<number>"
	case string:
		if strings.HasPrefix(value, "[") {
			return digits.ReplaceAllString(value, "N")
		}
		return "<text>"
	}
	return still(value)
}

const longest = 160

func short(text string) string {
	if len(text) <= longest {
		return text
	}
	cut := 40
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return fmt.Sprintf("%s... %d bytes, SHA-256 %x", text[:cut], len(text), sha256.Sum256([]byte(text)))
}

// decimal writes a number that is no integer in one way: Java's 1.0E10 is Go's 1e+10.
func decimal(text string) string {
	if !strings.ContainsAny(text, ".eE") {
		return text
	}
	value, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return text
	}
	one := strconv.FormatFloat(value, 'g', -1, 64)
	if !strings.ContainsAny(one, ".e") {
		one += ".0"
	}
	return one
}

// parse reads JSON with its numbers as they are written.
func parse(data []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more follows the JSON value")
	}
	return nil
}
