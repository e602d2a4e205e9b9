package connectors

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weftmesh/weft/internal/engine/flink/formats"
	"github.com/weftmesh/weft/internal/rows"
)

// recordReader turns records into the columns that a scan reads: some of the value, some of the key, some of the
// record itself.
type recordReader struct {
	upsert     bool
	value, key formats.Decoder // key is nil if no column is read from it
	values     *formats.Rows
	keys       *formats.Rows
	meta       []metaColumn
	metas      *formats.Rows
	order      []slot // by column of the output
}

type slot struct {
	from **formats.Rows
	at   int
}

type metaColumn func(r *kgo.Record, c *rows.Column, i int)

func newRecordReader(k *kafkaTable, read []int) (*recordReader, error) {
	r := &recordReader{upsert: k.upsert, order: make([]slot, len(read))}
	var valueColumns, keyColumns []int
	var metaFields []rows.Field
	for i, c := range read {
		column := k.table.Columns[c]
		switch {
		case column.Metadata != "":
			set, err := metadataOf(column.Metadata)
			if err != nil {
				return nil, err
			}
			r.order[i] = slot{from: &r.metas, at: len(r.meta)}
			r.meta, metaFields = append(r.meta, set), append(metaFields, rows.Field{Name: column.Name, Type: column.Type})
		case slices.Contains(k.value.columns, c) && (!k.upsert || !slices.Contains(k.key.columns, c)):
			r.order[i] = slot{from: &r.values, at: len(valueColumns)}
			valueColumns = append(valueColumns, c)
		case slices.Contains(k.key.columns, c):
			r.order[i] = slot{from: &r.keys, at: len(keyColumns)}
			keyColumns = append(keyColumns, c)
		default:
			return nil, fmt.Errorf("column %s is neither in the key nor in the value", column.Name)
		}
	}
	return r, r.open(k, valueColumns, keyColumns, metaFields)
}

func (r *recordReader) open(k *kafkaTable, valueColumns, keyColumns []int, metaFields []rows.Field) (err error) {
	spec := k.spec(k.value, valueColumns, false)
	if r.value, err = formats.NewDecoder(spec); err != nil {
		return err
	}
	r.values, r.metas = formats.NewRows(spec.Fields), formats.NewRows(metaFields)
	spec = k.spec(k.key, keyColumns, true)
	r.keys = formats.NewRows(spec.Fields)
	if len(keyColumns) > 0 {
		r.key, err = formats.NewDecoder(spec)
	}
	return err
}

func (r *recordReader) len() int { return r.values.N }

// add decodes a record. What its format leaves out on purpose is no error.
func (r *recordReader) add(record *kgo.Record) error {
	before := r.values.N
	if err := r.decode(record); err != nil {
		r.values.Truncate(before)
		var skipped formats.Skipped
		if errors.As(err, &skipped) {
			return nil
		}
		return err
	}
	for i := before; i < r.values.N; i++ {
		if err := r.beside(record, i); err != nil {
			return err
		}
	}
	return nil
}

func (r *recordReader) decode(record *kgo.Record) error {
	if !r.upsert {
		return r.value.Decode(record.Value, r.values)
	}
	if record.Value == nil {
		r.values.Grow(r.values.N + 1)
		for _, c := range r.values.Cols {
			formats.SetNull(c, r.values.N, true)
		}
		r.values.Done(rows.Delete)
		return nil
	}
	before := r.values.N
	if err := r.value.Decode(record.Value, r.values); err != nil {
		return err
	}
	if r.values.N > before {
		r.values.Recast(before, rows.UpdateAfter)
	}
	return nil
}

// beside fills what does not come from the value.
func (r *recordReader) beside(record *kgo.Record, i int) error {
	if r.key != nil {
		err := r.key.Decode(record.Key, r.keys)
		var skipped formats.Skipped
		if err != nil && !errors.As(err, &skipped) {
			return fmt.Errorf("the key: %w", err)
		}
	}
	if r.keys.N == i {
		r.keys.Grow(i + 1)
		for _, c := range r.keys.Cols {
			formats.SetNull(c, i, true)
		}
		r.keys.Done(rows.Insert)
	}
	r.metas.Grow(i + 1)
	for j, set := range r.meta {
		set(record, r.metas.Cols[j], i)
	}
	r.metas.Done(rows.Insert)
	return nil
}

// batch gives what was added; nil if nothing was.
func (r *recordReader) batch() *rows.Batch {
	if r.values.N == 0 {
		return nil
	}
	parts := map[**formats.Rows]*rows.Batch{&r.values: r.values.Batch(), &r.keys: r.keys.Batch(), &r.metas: r.metas.Batch()}
	values := parts[&r.values]
	out := &rows.Batch{Len: values.Len, Changes: values.Changes, Cols: make([]*rows.Column, len(r.order))}
	for i, s := range r.order {
		out.Cols[i] = parts[s.from].Cols[s.at]
	}
	return out
}

var timestampTypes = map[int8]string{-1: "NoTimestampType", 0: "CreateTime", 1: "LogAppendTime"}

// metadataOf gives a metadata column of Flink's Kafka connector.
func metadataOf(key string) (metaColumn, error) {
	switch key {
	case "topic":
		return func(r *kgo.Record, c *rows.Column, i int) { c.Strings[i] = r.Topic }, nil
	case "partition":
		return func(r *kgo.Record, c *rows.Column, i int) { c.Ints[i] = int64(r.Partition) }, nil
	case "offset":
		return func(r *kgo.Record, c *rows.Column, i int) { c.Ints[i] = r.Offset }, nil
	case "leader-epoch":
		return func(r *kgo.Record, c *rows.Column, i int) {
			c.Ints[i] = int64(r.LeaderEpoch)
			formats.SetNull(c, i, r.LeaderEpoch < 0)
		}, nil
	case "timestamp":
		return func(r *kgo.Record, c *rows.Column, i int) {
			c.Ints[i] = r.Timestamp.UnixMilli() * timestampUnit(c.Type)
		}, nil
	case "timestamp-type":
		return func(r *kgo.Record, c *rows.Column, i int) { c.Strings[i] = timestampTypes[r.Attrs.TimestampType()] }, nil
	case "headers":
		return func(r *kgo.Record, c *rows.Column, i int) {
			entries := rows.Entries{}
			for _, h := range r.Headers {
				entries = append(entries, rows.Pair{Key: h.Key, Value: string(h.Value)})
			}
			c.Boxed[i] = entries
		}, nil
	}
	if strings.HasPrefix(key, "value.") {
		return nil, fmt.Errorf("metadata of the format (%s) cannot be read yet", key)
	}
	return nil, fmt.Errorf("a kafka table has no metadata '%s'; it has topic, partition, offset, timestamp, timestamp-type, headers, leader-epoch", key)
}

// timestampUnit: a timestamp that is declared as a number is one of milliseconds.
func timestampUnit(t rows.Type) int64 {
	if t.Kind.IsTimestamp() {
		return 1000
	}
	return 1
}
