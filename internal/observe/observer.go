package observe

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/codecs"
	"github.com/weftmesh/weft/internal/contracts"
)

// Spans of observation.
const (
	defaultInterval = time.Second
	window          = 10 * time.Second // over which rates are taken
	recordEvery     = 10 * time.Second // between measurements that are kept
	roundTimeout    = 10 * time.Second
	peeksPerTopic   = 2 // partitions of a topic that are looked into in one round
)

// Observer measures the products of a mesh, round after round.
type Observer struct {
	config   Config
	decoder  *codecs.Avro
	snapshot atomic.Pointer[Snapshot]

	mu       sync.Mutex // held for a round
	topics   map[addrs.Topic]*topicMemory
	bad      map[addrs.Product]int64
	recorded time.Time
}

// topicMemory is what is remembered of a topic from round to round.
type topicMemory struct {
	history []count                 // ends over the window
	looked  map[int32]int64         // by partition: the end at which its newest record was looked for
	newest  map[int32]time.Time     // by partition: the event time of the newest record
	size    float64                 // bytes a record, smoothed
	waiting map[groupPlace]lagStart // when the record at a group's committed offset was written
}

// count is how many records a topic had at a time.
type count struct {
	at      time.Time
	records int64
}

type groupPlace struct {
	group     addrs.Group
	partition int32
}

type lagStart struct {
	offset int64
	at     time.Time
}

// New makes an observer that has seen nothing yet.
func New(config Config) *Observer {
	if config.Interval == 0 {
		config.Interval = defaultInterval
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	o := &Observer{config: config, decoder: codecs.NewAvro(config.Schemas), topics: map[addrs.Topic]*topicMemory{}, bad: map[addrs.Product]int64{}}
	o.snapshot.Store(&Snapshot{Products: []Product{}})
	return o
}

// Snapshot is what the newest round found.
func (o *Observer) Snapshot() Snapshot { return *o.snapshot.Load() }

// Run makes rounds until the context ends.
func (o *Observer) Run(ctx context.Context) {
	ticker := time.NewTicker(o.config.Interval)
	defer ticker.Stop()
	for {
		o.Round(ctx, time.Now())
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// Round measures everything once.
func (o *Observer) Round(ctx context.Context, now time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, roundTimeout)
	defer cancel()
	set := o.config.Set()
	snapshot, err := o.measure(ctx, set, now)
	if err != nil {
		snapshot = unreachable(o.Snapshot(), set, err)
	}
	o.snapshot.Store(&snapshot)
	o.keep(ctx, snapshot, now)
}

// unreachable says of every product that nothing is known, as the broker does not answer.
func unreachable(last Snapshot, set contracts.Set, err error) Snapshot {
	snapshot := Snapshot{At: last.At, Trouble: err.Error(), Products: []Product{}}
	for _, p := range set.Products {
		measured, ok := last.Product(p.Addr)
		if !ok {
			measured = Product{Product: p.Addr, Topics: []Topic{}, Groups: []Group{}}
		}
		measured.State, measured.Why = Unreachable, "the event bus does not answer"
		measured.RecordsPerSecond, measured.BytesPerSecond = 0, 0
		snapshot.Products = append(snapshot.Products, measured)
	}
	return snapshot
}

// measure asks in the order in which lag cannot come out below zero: what groups have committed, then the ends.
func (o *Observer) measure(ctx context.Context, set contracts.Set, now time.Time) (Snapshot, error) {
	groups, err := o.config.Log.Groups(ctx)
	if err != nil {
		return Snapshot{}, err
	}
	var names []addrs.Topic
	for _, p := range set.Products {
		names = append(names, read(set, p)...)
	}
	ends, err := o.config.Log.Ends(ctx, names)
	if err != nil {
		return Snapshot{}, err
	}
	o.remember(names, ends, now)
	if err := o.look(ctx, set, ends, groups); err != nil {
		return Snapshot{}, err
	}
	jobs, trouble := o.askJobs(ctx)
	connectors, silent := o.askConnectors(ctx)
	snapshot := Snapshot{At: now, Products: make([]Product, 0, len(set.Products))}
	for _, p := range set.Products {
		made := maker{job: o.jobOf(p, jobs, trouble), connector: o.connectorOf(p, connectors, silent)}
		snapshot.Products = append(snapshot.Products, o.product(set, p, ends, groups, made, now))
	}
	return snapshot, nil
}

// read are the topics that the readers of a product read: its own, and their masked copies.
func read(set contracts.Set, p contracts.Product) []addrs.Topic {
	var names []addrs.Topic
	for _, t := range p.Topics {
		names = append(names, t.Name)
		if set.HasMaskedCopy(p) {
			names = append(names, t.Name.Masked())
		}
	}
	return names
}

// remember keeps the counts of the window, and forgets topics that no product has any more.
func (o *Observer) remember(names []addrs.Topic, ends map[addrs.Topic]TopicOffsets, now time.Time) {
	kept := make(map[addrs.Topic]*topicMemory, len(names))
	for _, name := range names {
		memory := o.topics[name]
		if memory == nil {
			memory = &topicMemory{looked: map[int32]int64{}, newest: map[int32]time.Time{}, waiting: map[groupPlace]lagStart{}}
		}
		kept[name] = memory
		offsets := ends[name]
		if offsets.Err != nil {
			memory.history = nil
			continue
		}
		memory.history = append(memory.history, count{now, total(offsets.Partitions)})
		for len(memory.history) > 2 && now.Sub(memory.history[1].at) >= window {
			memory.history = memory.history[1:]
		}
	}
	o.topics = kept
}

func total(partitions []Partition) int64 {
	var sum int64
	for _, p := range partitions {
		sum += p.End
	}
	return sum
}

// rate is records a second over the window. A topic that was made anew counts from there.
func (m *topicMemory) rate() float64 {
	if len(m.history) < 2 {
		return 0
	}
	first, last := m.history[0], m.history[len(m.history)-1]
	seconds := last.at.Sub(first.at).Seconds()
	if seconds <= 0 || last.records < first.records {
		return 0
	}
	return float64(last.records-first.records) / seconds
}

// keep writes measurements to the recorder, every now and then.
func (o *Observer) keep(ctx context.Context, snapshot Snapshot, now time.Time) {
	if o.config.Recorder == nil || snapshot.Trouble != "" || now.Sub(o.recorded) < recordEvery || len(snapshot.Products) == 0 {
		return
	}
	o.recorded = now
	measurements := make([]Measurement, 0, len(snapshot.Products))
	for _, p := range snapshot.Products {
		measurements = append(measurements, measurement(p, now))
	}
	if err := o.config.Recorder.Record(ctx, measurements); err != nil && ctx.Err() == nil {
		o.config.Logger.Warn("measurements could not be kept", "error", err)
	}
}

func measurement(p Product, now time.Time) Measurement {
	m := Measurement{
		Product: p.Product, At: now.UTC(), State: p.State, RecordsPerSecond: p.RecordsPerSecond, BytesPerSecond: p.BytesPerSecond,
		AgeSeconds: p.AgeSeconds, PromiseSeconds: p.PromiseSeconds, Undecodable: p.Undecodable,
	}
	for _, g := range p.Groups {
		m.MaxLagRecords, m.MaxLagSeconds = max(m.MaxLagRecords, g.LagRecords), max(m.MaxLagSeconds, g.LagSeconds)
	}
	return m
}
