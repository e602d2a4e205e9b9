package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// bus writes records, each application through a producer of its own.
type bus struct {
	codecs  map[string]codec
	faults  float64
	random  *rand.Rand
	writers map[string]writer
	written atomic.Int64
	failed  atomic.Int64
	once    sync.Once
}

// writer takes records of one application.
type writer interface {
	write(record *kgo.Record)
	close()
}

// transactional are the applications that write in transactions; the others are idempotent.
var transactional = map[string]bool{"payments.gateway": true}

func connect(s settings, codecs map[string]codec) (*bus, error) {
	b := &bus{codecs: codecs, faults: s.faults, random: rand.New(rand.NewSource(s.seed + 1)), writers: map[string]writer{}}
	for app := range applications() {
		options := []kgo.Opt{
			kgo.SeedBrokers(strings.Split(s.kafka, ",")...), kgo.ClientID(app), kgo.ProducerLinger(25 * time.Millisecond),
			kgo.MetadataMinAge(250 * time.Millisecond), kgo.MaxBufferedRecords(20_000),
		}
		if transactional[app] {
			options = append(options, kgo.TransactionalID(fmt.Sprintf("%s-%d", app, os.Getpid())), kgo.TransactionTimeout(10*time.Second))
		}
		client, err := kgo.NewClient(options...)
		if err != nil {
			return nil, err
		}
		b.writers[app] = &idempotent{client, b}
		if transactional[app] {
			b.writers[app] = newTransactions(client, b)
		}
	}
	return b, nil
}

// send encodes a row and writes it, with a fault now and then.
func (b *bus) send(app, topic, key string, value row) {
	c := b.codecs[topic]
	twice := false
	if b.faults > 0 && b.random.Float64() < b.faults {
		twice = b.spoil(value)
	}
	record := &kgo.Record{Topic: topic}
	var err error
	if record.Key, err = c.encodeKey(key, value); err == nil && value != nil {
		record.Value, err = c.encodeValue(value)
	}
	if err != nil {
		b.complain(describe(topic, err))
		return
	}
	if b.faults > 0 && value != nil && b.random.Float64() < b.faults/8 {
		record.Value = record.Value[:len(record.Value)/2] // half a record
	}
	b.writers[app].write(record)
	if twice {
		b.writers[app].write(&kgo.Record{Topic: topic, Key: record.Key, Value: record.Value})
	}
}

// raw writes JSON of an application's own making, with a fault now and then.
func (b *bus) raw(app, topic string, value any) {
	text, err := json.Marshal(value)
	if err != nil {
		b.complain(describe(topic, err))
		return
	}
	if b.faults > 0 && b.random.Float64() < b.faults {
		text = text[:len(text)/2]
	}
	b.writers[app].write(&kgo.Record{Topic: topic, Value: text})
}

func (b *bus) done(_ *kgo.Record, err error) {
	if err == nil {
		b.written.Add(1)
		return
	}
	b.complain(err)
}

func (b *bus) complain(err error) {
	b.failed.Add(1)
	b.once.Do(func() { fmt.Println("a record was not written:", err) })
}

func (b *bus) close() {
	for _, w := range b.writers {
		w.close()
	}
}

// idempotent writes each record once (KIP-98).
type idempotent struct {
	client *kgo.Client
	bus    *bus
}

func (w *idempotent) write(record *kgo.Record) {
	w.client.Produce(context.Background(), record, w.bus.done)
}

func (w *idempotent) close() {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	_ = w.client.Flush(ctx)
	w.client.Close()
}

// transactions gathers records and commits them together, ten times a second.
type transactions struct {
	client  *kgo.Client
	bus     *bus
	records chan *kgo.Record
	done    chan struct{}
}

func newTransactions(client *kgo.Client, b *bus) *transactions {
	w := &transactions{client: client, bus: b, records: make(chan *kgo.Record, 10_000), done: make(chan struct{})}
	go w.run()
	return w
}

func (w *transactions) write(record *kgo.Record) { w.records <- record }

func (w *transactions) close() {
	close(w.records)
	<-w.done
	w.client.Close()
}

func (w *transactions) run() {
	defer close(w.done)
	for first := range w.records {
		batch := []*kgo.Record{first}
		for timer := time.After(100 * time.Millisecond); timer != nil; {
			select {
			case record, ok := <-w.records:
				if ok && len(batch) < 5000 {
					batch = append(batch, record)
					continue
				}
				timer = nil
			case <-timer:
				timer = nil
			}
		}
		w.commit(batch)
	}
}

func (w *transactions) commit(batch []*kgo.Record) {
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
	defer cancel()
	err := w.client.BeginTransaction()
	if err == nil {
		err = w.client.ProduceSync(ctx, batch...).FirstErr()
		if ending := w.client.EndTransaction(ctx, kgo.TransactionEndTry(err == nil)); err == nil {
			err = ending
		}
	}
	for _, record := range batch {
		w.bus.done(record, err)
	}
}
