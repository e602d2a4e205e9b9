package worker

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weftmesh/weft/internal/engine/connect/data"
	"github.com/weftmesh/weft/internal/engine/connect/settings"
)

// group is what one transaction writes: records, and the position after them.
type group struct {
	bytes   []byte // keys, values and headers lie here
	records []entry
	headers []header

	partition, offset json.RawMessage // nil: nothing was put
}

// entry is a record as parts of the group's bytes. It becomes a kgo.Record when the bytes no longer move.
type entry struct {
	topic      string
	key, value span
	headers    [2]int // from, to
	partition  int32
	timestamp  int64
}

// span is a part of the bytes; from -1 is null.
type span struct{ from, to int }

type header struct {
	name  string
	value span
}

type mark struct{ bytes, records, headers int }

func (g *group) empty() bool { return g.offset == nil }
func (g *group) size() int   { return len(g.bytes) + 64*len(g.records) }
func (g *group) mark() mark  { return mark{len(g.bytes), len(g.records), len(g.headers)} }

func (g *group) cut(m mark) {
	g.bytes, g.records, g.headers = g.bytes[:m.bytes], g.records[:m.records], g.headers[:m.headers]
}

// keptBytes is how large a group's memory may stay when it is used again.
const keptBytes = 32 << 20

func (g *group) reset() {
	g.cut(mark{})
	g.partition, g.offset = nil, nil
	if cap(g.bytes) > keptBytes {
		*g = group{}
	}
}

func (g *group) position(partition, offset json.RawMessage) {
	g.partition, g.offset = slices.Clone(partition), slices.Clone(offset)
}

// last is the size of the record that was added last, in bytes.
func (g *group) last() int {
	e := g.records[len(g.records)-1]
	n := e.key.size() + e.value.size()
	for _, h := range g.headers[e.headers[0]:e.headers[1]] {
		n += len(h.name) + h.value.size()
	}
	return n
}

func (s span) size() int { return s.to - s.from }

// add converts a record. On an error the caller cuts the group back.
func (g *group) add(r *data.Record, set *settings.Settings) error {
	e := entry{topic: r.Topic, partition: r.Partition, timestamp: r.Timestamp}
	encode := func(c encoder, isKey bool, schema *data.Schema, value []byte) (span, error) {
		from := len(g.bytes)
		into, err := c.Encode(r.Topic, isKey, schema, value, g.bytes)
		if err != nil || into == nil {
			return span{-1, -1}, err
		}
		g.bytes = into
		return span{from, len(into)}, nil
	}
	var err error
	if e.key, err = encode(set.Key, true, r.KeySchema, r.Key); err != nil {
		return err
	}
	if e.value, err = encode(set.Value, false, r.ValueSchema, r.Value); err != nil {
		return err
	}
	e.headers[0] = len(g.headers)
	for _, h := range r.Headers {
		value, err := encode(set.Header, false, h.Schema, h.Value)
		if err != nil {
			return err
		}
		g.headers = append(g.headers, header{h.Name, value})
	}
	e.headers[1] = len(g.headers)
	g.records = append(g.records, e)
	return nil
}

type encoder interface {
	Encode(topic string, isKey bool, schema *data.Schema, value, into []byte) ([]byte, error)
}

// produced are the records for a producer; their bytes are the group's.
func (g *group) produced() []kgo.Record {
	records := make([]kgo.Record, len(g.records))
	headers := make([]kgo.RecordHeader, len(g.headers))
	for i, h := range g.headers {
		headers[i] = kgo.RecordHeader{Key: h.name, Value: g.at(h.value)}
	}
	for i := range g.records {
		e := &g.records[i]
		r := &records[i]
		r.Topic, r.Partition, r.Key, r.Value = e.topic, e.partition, g.at(e.key), g.at(e.value)
		r.Headers = headers[e.headers[0]:e.headers[1]:e.headers[1]]
		if e.timestamp != 0 {
			r.Timestamp = time.UnixMilli(e.timestamp)
		}
	}
	return records
}

func (g *group) at(s span) []byte {
	if s.from < 0 {
		return nil
	}
	return g.bytes[s.from:s.to:s.to]
}
