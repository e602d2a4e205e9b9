package postgres

import (
	"context"
	"encoding/binary"
	"syscall"
	"testing"
	"time"

	"github.com/weftmesh/weft/internal/engine/connect/converters"
	"github.com/weftmesh/weft/internal/engine/connect/data"
	"github.com/weftmesh/weft/internal/engine/connect/postgres/tables"
	"github.com/weftmesh/weft/internal/engine/connect/postgres/values"
	"github.com/weftmesh/weft/internal/engine/connect/postgres/wal"
	"github.com/weftmesh/weft/internal/engine/connect/source"
)

// benchRow is a row of ten columns as pgoutput sends it.
var benchRow = []struct {
	name, text string
	oid        uint32
	mod        int32
}{
	{"id", "1234567", 20, -1},
	{"customer_id", "98765", 23, -1},
	{"status", "shipped", 25, -1},
	{"amount", "1234.56", 1700, 10<<16 + 2 + 4},
	{"currency", "EUR", 1042, 7},
	{"created_at", "2026-11-25 06:45:02.269554+00", 1184, -1},
	{"updated_at", "2026-11-25 06:45:02.269554", 1114, -1},
	{"paid", "t", 16, -1},
	{"note", "leave the parcel at the neighbour's door, please", 25, -1},
	{"weight", "12.375", 701, -1},
}

// insertMessage is an Insert of pgoutput.
func insertMessage() []byte {
	b := binary.BigEndian.AppendUint32([]byte{'I'}, 7)
	b = binary.BigEndian.AppendUint16(append(b, 'N'), uint16(len(benchRow)))
	for _, c := range benchRow {
		b = append(binary.BigEndian.AppendUint32(append(b, 't'), uint32(len(c.text))), c.text...)
	}
	return b
}

// streamerOf is a streamer that knows the table of benchRow.
func streamerOf(b *testing.B) *streamer {
	b.Helper()
	s, err := parse(map[string]string{"database.hostname": "h", "database.user": "u", "database.dbname": "shop", "topic.prefix": "shop"})
	if err != nil {
		b.Fatal(err)
	}
	t := &tables.Table{OID: 7, Schema: "public", Name: "orders", Key: []string{"id"}}
	for _, c := range benchRow {
		t.Columns = append(t.Columns, tables.Column{Name: c.name, Mod: c.mod, NotNull: c.name == "id", Type: &values.Type{OID: c.oid, Mod: -1}})
	}
	e := newEmitter(s, newBatches([]byte(`{"server":"shop"}`), s.maxBatch), nil)
	l, err := s.rules.NewLayout(t, t.Columns)
	if err != nil {
		b.Fatal(err)
	}
	return &streamer{emitter: e, layouts: map[uint32]*tables.Layout{7: l}, inTx: true, final: 1 << 40}
}

// BenchmarkRow is from a message of pgoutput to the bytes of a record, key and whole envelope, in one goroutine.
func BenchmarkRow(b *testing.B) {
	for name, config := range map[string]map[string]string{"json": {"schemas.enable": "false"}, "packed": nil} {
		b.Run(name, func(b *testing.B) { benchmarkRow(b, config) })
	}
}

func benchmarkRow(b *testing.B, config map[string]string) {
	var c converters.Converter
	if config != nil {
		var err error
		if c, err = converters.New(converters.JSON, config); err != nil {
			b.Fatal(err)
		}
	}
	s := streamerOf(b)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.out.deliver(ctx, encoding{c, b})
	}()
	message := wal.Message{Payload: insertMessage()}
	b.ReportAllocs()
	b.ResetTimer()
	began := cpuTime(b)
	for i := range b.N {
		message.Start = wal.LSN(1000 + 200*i)
		if err := s.take(ctx, message); err != nil {
			b.Fatal(err)
		}
		if s.out.crowded() {
			if err := s.handOn(ctx); err != nil {
				b.Fatal(err)
			}
		}
	}
	s.out.end()
	<-done
	b.ReportMetric(float64(b.N)/(cpuTime(b)-began).Seconds(), "rows/CPU-s")
}

// cpuTime is what this process has used of the processors.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// encoding is a sink that converts and forgets.
type encoding struct {
	converter converters.Converter
	b         *testing.B
}

func (e encoding) Put(_ context.Context, batch source.Batch) error {
	if e.converter == nil {
		return nil
	}
	var into []byte
	for i := range batch.Records {
		r := &batch.Records[i]
		into = into[:0]
		var err error
		if into, err = e.converter.Encode(r.Topic, true, r.KeySchema, r.Key, into); err != nil {
			e.b.Error(err)
		}
		if into, err = e.converter.Encode(r.Topic, false, r.ValueSchema, r.Value, into); err != nil {
			e.b.Error(err)
		}
	}
	return nil
}

// BenchmarkSkip is how fast a packed envelope is walked over.
func BenchmarkSkip(b *testing.B) {
	s := streamerOf(b)
	if err := s.take(context.Background(), wal.Message{Payload: insertMessage(), Start: 1000}); err != nil {
		b.Fatal(err)
	}
	r := s.out.now.records[0]
	b.ReportAllocs()
	for range b.N {
		reader := data.Read(r.Value)
		reader.Skip(r.ValueSchema)
	}
}
