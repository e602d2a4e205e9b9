package postgres_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/weftmesh/weft/conformance/engines"
	"github.com/weftmesh/weft/internal/engine/connect/converters"
	"github.com/weftmesh/weft/internal/engine/connect/data"
	"github.com/weftmesh/weft/internal/engine/connect/postgres"
	"github.com/weftmesh/weft/internal/engine/connect/source"
	"github.com/weftmesh/weft/internal/eventually"
)

// captured is a running task, and what it has put: the sink stands for the worker, which converts and commits.
type captured struct {
	task       source.Task
	key, value converters.Converter
	header     converters.Converter
	avro       bool
	done       chan error
	stop       context.CancelFunc
	log        *logs

	mu        sync.Mutex
	topics    map[string][]recorded
	count     int
	kept      map[string][]recorded // before the batch that was refused
	keptCount int
	offset    json.RawMessage
	refuse    func(data.Record) error // may fail a Put; nil: none fails
	hold      bool                    // whether Committed is not called
}

// logs keeps what the task logs.
type logs struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logs) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// own are the keys of a configuration that are the connector's; Connect has the rest.
func own(config map[string]string) map[string]string {
	keys := map[string]string{}
	for name, value := range config {
		switch {
		case name == "connector.class" || name == "tasks.max" || name == "name" || name == "transforms":
		case strings.HasPrefix(name, "key.converter") || strings.HasPrefix(name, "value.converter") || strings.HasPrefix(name, "transforms."):
		default:
			keys[name] = value
		}
	}
	return keys
}

// startAfter goes on where a task has ended, with its records.
func startAfter(t *testing.T, config map[string]string, before *captured) *captured {
	t.Helper()
	c := prepare(t, config, before.offset, 0)
	c.topics, c.count = before.all(), before.count
	c.run(t)
	return c
}

func start(t *testing.T, _ *engines.Postgres, config map[string]string) *captured {
	t.Helper()
	return startFrom(t, config, nil, 0)
}

// startFrom opens and runs a task that goes on from an offset.
func startFrom(t *testing.T, config map[string]string, offset json.RawMessage, maxBytes int) *captured {
	t.Helper()
	c := prepare(t, config, offset, maxBytes)
	c.run(t)
	return c
}

func prepare(t *testing.T, config map[string]string, offset json.RawMessage, maxBytes int) *captured {
	t.Helper()
	c := &captured{topics: map[string][]recorded{}, done: make(chan error, 1), log: &logs{}}
	c.key, c.value = converterOf(t, config, "key"), converterOf(t, config, "value")
	c.avro = strings.Contains(config["value.converter"], "Avro")
	var err error
	if c.header, err = converters.New(converters.Simple, nil); err != nil {
		t.Fatal(err)
	}
	c.task, err = postgres.Connector{}.Open(source.Setup{
		Name: "test", Config: own(config), Log: slog.New(slog.NewTextHandler(c.log, nil)), MaxRecordBytes: maxBytes,
		Offset: func(json.RawMessage) json.RawMessage { return offset },
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *captured) run(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	c.stop = cancel
	go func() { c.done <- c.task.Run(ctx, c) }()
	t.Cleanup(func() {
		c.end(t)
		if t.Failed() {
			t.Logf("the task's log:\n%s", c.log)
		}
	})
}

// end stops the task and waits for it.
func (c *captured) end(t *testing.T) {
	c.stop()
	select {
	case err := <-c.done:
		c.done <- err
	case <-time.After(20 * time.Second):
		t.Error("the task does not end")
	}
}

// undo takes back what was put of the batch that was refused, as an aborted transaction of Kafka's does.
func (c *captured) undo() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.topics, c.count = c.kept, c.keptCount
}

// Put converts and keeps a batch, and commits it at once.
func (c *captured) Put(_ context.Context, batch source.Batch) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range batch.Records {
		if c.refuse != nil {
			if err := c.refuse(r); err != nil {
				return err
			}
		}
		made, err := c.convert(r)
		if err != nil {
			return err
		}
		c.topics[r.Topic] = append(c.topics[r.Topic], made)
		c.count++
	}
	c.offset = append(json.RawMessage(nil), batch.Offset...)
	if c.refuse != nil {
		c.kept, c.keptCount = map[string][]recorded{}, c.count
		for topic, records := range c.topics {
			c.kept[topic] = records[:len(records):len(records)]
		}
	}
	if !c.hold {
		c.task.Committed(c.offset)
	}
	return nil
}

func (c *captured) convert(r data.Record) (recorded, error) {
	out := recorded{Topic: r.Topic, Headers: map[string]any{}}
	key, err := c.key.Encode(r.Topic, true, r.KeySchema, r.Key, nil)
	if err != nil {
		return out, err
	}
	value, err := c.value.Encode(r.Topic, false, r.ValueSchema, r.Value, nil)
	if err != nil {
		return out, err
	}
	if c.avro {
		out.KeyBytes, out.ValueBytes = encoded(key), encoded(value)
		return out, c.headers(&out, r)
	}
	return out, errors.Join(decode(key, &out.Key), decode(value, &out.Value), c.headers(&out, r))
}

func (c *captured) headers(out *recorded, r data.Record) error {
	for _, h := range r.Headers {
		text, err := c.header.Encode(r.Topic, false, h.Schema, h.Value, nil)
		if err != nil {
			return err
		}
		out.Headers[h.Name] = string(text)
	}
	return nil
}

func decode(b []byte, into *any) error {
	if b == nil {
		return nil
	}
	decoder := json.NewDecoder(strings.NewReader(string(b)))
	decoder.UseNumber()
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("%s: %w", b, err)
	}
	return nil
}

// await waits for so many records, and gives those that came.
func (c *captured) await(t *testing.T, n int) map[string][]recorded {
	t.Helper()
	eventually.Eventually(t, 30*time.Second, fmt.Sprintf("%d records", n), func() error {
		select {
		case err := <-c.done:
			c.done <- err
			return fmt.Errorf("the task has ended: %w", err)
		default:
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.count < n {
			return fmt.Errorf("%d came", c.count)
		}
		return nil
	})
	return c.all()
}

// position is the newest offset that was put.
func (c *captured) position() json.RawMessage {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.offset
}

// awaitTopic waits for so many records of a topic.
func (c *captured) awaitTopic(t *testing.T, topic string, n int) []recorded {
	t.Helper()
	eventually.Eventually(t, 30*time.Second, fmt.Sprintf("%d records in %s", n, topic), func() error {
		if got := len(c.all()[topic]); got < n {
			return fmt.Errorf("%d came", got)
		}
		return nil
	})
	return c.all()[topic]
}

func (c *captured) all() map[string][]recorded {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := map[string][]recorded{}
	for topic, records := range c.topics {
		all[topic] = append([]recorded(nil), records...)
	}
	return all
}

// awaitStreaming waits until the snapshot is done and changes are followed.
func (c *captured) awaitStreaming(t *testing.T) {
	t.Helper()
	c.awaitLog(t, "following the changes")
}

func (c *captured) awaitLog(t *testing.T, text string) {
	t.Helper()
	eventually.Eventually(t, 30*time.Second, "the log to say "+text, func() error {
		if strings.Contains(c.log.String(), text) {
			return nil
		}
		select {
		case err := <-c.done:
			c.done <- err
			return fmt.Errorf("the task has ended: %w", err)
		default:
			return errors.New("not yet")
		}
	})
}
