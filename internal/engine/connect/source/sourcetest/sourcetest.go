// Package sourcetest has a source connector for tests: it counts.
package sourcetest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/weftmesh/weft/internal/engine/connect/data"
	"github.com/weftmesh/weft/internal/engine/connect/source"
)

// Counting is a source that counts: record N of a topic has the key and the value N. It goes on after the offset that it is
// opened with, and checks that what it is told to be committed only grows.
type Counting struct {
	Opened    atomic.Int64 // how often a task was opened
	Committed atomic.Int64 // the newest number of which a task was told that it is committed
}

// Class is its connector.class.
const Class = "test.CountingConnector"

// Plugin names it.
func (c *Counting) Plugin() source.Plugin {
	return source.Plugin{Class: Class, Type: "source", Version: "1.0"}
}

// Keys are its keys.
func (c *Counting) Keys() []source.Key {
	return []source.Key{
		{Name: "topic", Type: source.String, Required: true, Importance: "HIGH", Documentation: "where the numbers go", Group: "Counting", DisplayName: "Topic"},
		{Name: "to", Type: source.Int, Importance: "HIGH", Documentation: "the last number", Group: "Counting", DisplayName: "To"},
		{Name: "batch", Type: source.Int, Importance: "LOW", Documentation: "numbers in a batch", Group: "Counting", DisplayName: "Batch"},
		{Name: "pause", Type: source.String, Importance: "LOW", Documentation: "between batches", Group: "Counting", DisplayName: "Pause"},
		{Name: "fail", Type: source.String, Importance: "LOW", Documentation: "the error to fail with at the end", Group: "Counting", DisplayName: "Fail"},
		{Name: "size", Type: source.Int, Importance: "LOW", Documentation: "bytes of a value", Group: "Counting", DisplayName: "Size"},
		{Name: "secret", Type: source.Password, Importance: "LOW", Documentation: "what nobody may see", Group: "Counting", DisplayName: "Secret"},
	}
}

// Validate wants a topic, and numbers where numbers belong.
func (c *Counting) Validate(_ context.Context, config map[string]string) []source.ConfigValue {
	var values []source.ConfigValue
	for _, key := range c.Keys() {
		v := source.ConfigValue{Name: key.Name, Visible: true}
		value, has := config[key.Name]
		if has {
			v.Value = &value
		}
		if key.Required && !has {
			v.Errors = append(v.Errors, fmt.Sprintf("%s is missing", key.Name))
		}
		if _, err := strconv.Atoi(value); has && key.Type == source.Int && err != nil {
			v.Errors = append(v.Errors, fmt.Sprintf("%s is no number: %s", key.Name, value))
		}
		values = append(values, v)
		delete(config, key.Name)
	}
	for key, value := range config {
		values = append(values, source.ConfigValue{Name: key, Value: &value, Errors: []string{"Key " + key + " is not known"}, Visible: true})
	}
	return values
}

// Open makes a task that goes on after the offset.
func (c *Counting) Open(setup source.Setup) (source.Task, error) {
	c.Opened.Add(1)
	t := &task{connector: c, setup: setup, batch: 1, to: -1}
	for key, into := range map[string]*int{"to": &t.to, "batch": &t.batch, "size": &t.size} {
		if text := setup.Config[key]; text != "" {
			*into, _ = strconv.Atoi(text)
		}
	}
	t.pause, _ = time.ParseDuration(setup.Config["pause"])
	return t, nil
}

type task struct {
	connector       *Counting
	setup           source.Setup
	to, batch, size int
	pause           time.Duration
}

var (
	number = &data.Schema{Kind: data.Int64}
	padded = &data.Schema{Kind: data.Struct, Fields: []data.Field{{Name: "n", Schema: number}, {Name: "pad", Schema: &data.Schema{Kind: data.String}}}}
)

type position struct {
	N int `json:"n"`
}

// Run counts.
func (t *task) Run(ctx context.Context, sink source.Sink) error {
	at := position{}
	if offset := t.setup.Offset(json.RawMessage(`{"counter":"c"}`)); offset != nil {
		if err := json.Unmarshal(offset, &at); err != nil {
			return err
		}
	}
	c := counted{pad: bytes.Repeat([]byte("x"), t.size)}
	for ctx.Err() == nil && (t.to < 0 || at.N < t.to) {
		records := t.count(&c, &at)
		offset, err := json.Marshal(at)
		if err != nil {
			return err
		}
		if err := sink.Put(ctx, source.Batch{Records: records, Partition: json.RawMessage(`{"counter":"c"}`), Offset: offset}); err != nil {
			return err
		}
		if t.pause > 0 {
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(t.pause):
			}
		}
	}
	if ctx.Err() != nil {
		return nil //nolint:nilerr // it was asked to end
	}
	if text := t.setup.Config["fail"]; text != "" {
		return errors.New(text + t.setup.Config["secret"])
	}
	return nil
}

// Committed notes the number.
func (t *task) Committed(offset json.RawMessage) {
	var at position
	if json.Unmarshal(offset, &at) == nil {
		t.connector.Committed.Store(int64(at.N))
	}
}

// counted is the memory of a batch, which the next one takes again.
type counted struct {
	records []data.Record
	bytes   []byte
	pad     []byte
}

// count makes the next batch.
func (t *task) count(c *counted, at *position) []data.Record {
	c.records, c.bytes = c.records[:0], c.bytes[:0]
	for range t.batch {
		if t.to >= 0 && at.N == t.to {
			break
		}
		at.N++
		from := len(c.bytes)
		c.bytes = data.AppendInt(c.bytes, int64(at.N))
		key := c.bytes[from:len(c.bytes):len(c.bytes)]
		r := data.Record{Topic: t.setup.Config["topic"], Partition: -1, KeySchema: number, Key: key, ValueSchema: number, Value: key}
		if t.size > 0 {
			from = len(c.bytes)
			c.bytes = data.AppendBytes(data.AppendInt(c.bytes, int64(at.N)), c.pad)
			r.ValueSchema, r.Value = padded, c.bytes[from:len(c.bytes):len(c.bytes)]
		}
		c.records = append(c.records, r)
	}
	return c.records
}
