package observe

import (
	"context"
	"log/slog"
	"time"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/codecs"
	"github.com/weftmesh/weft/internal/contracts"
)

// Log is the event bus as observe needs it. Every method is one request to each broker concerned, whatever the number
// of topics and groups; what they return belongs to the caller.
type Log interface {
	// Groups lists the consumer groups with what they have committed.
	Groups(ctx context.Context) ([]GroupOffsets, error)
	// Ends gives the start and last stable offsets of topics. A topic that does not exist or cannot be read has its
	// Err set; the error of the call is for a broker that does not answer.
	Ends(ctx context.Context, topics []addrs.Topic) (map[addrs.Topic]TopicOffsets, error)
	// Peek reads single records. Places that had nothing to give, or no room in the answer, are absent from it.
	Peek(ctx context.Context, at []Place) ([]Peeked, error)
}

// GroupOffsets is one consumer group: its state, and its committed offsets by topic and partition.
type GroupOffsets struct {
	Group     addrs.Group
	State     string
	Committed map[addrs.Topic]map[int32]int64
}

// TopicOffsets are the offsets of a topic's partitions.
type TopicOffsets struct {
	Partitions []Partition
	Err        error
}

// Place is where to look in a partition. The oldest record at or after Offset is looked for, or with Newest the newest
// one: at Offset a reader may find the mark of a transaction's end instead, and nothing after it.
type Place struct {
	Topic     addrs.Topic
	Partition int32
	Offset    int64
	Newest    bool
	Start     int64 // of the partition: nothing is before it
}

// Peeked is the record that was found for a place. Found is false where there is no record from there on, only marks of
// transactions.
type Peeked struct {
	Place
	Found         bool
	At            int64     // its offset
	Time          time.Time // the record's timestamp
	Value         []byte    // nil for a tombstone
	BytesARecord  float64   // of its batch, as stored
	Transactional bool
}

// Measurement is what is kept of one product at one time, as JSON in the control domain.
type Measurement struct {
	Product          addrs.Product `json:"product"`
	At               time.Time     `json:"measured_at"`
	State            State         `json:"state"`
	RecordsPerSecond float64       `json:"records_per_second"`
	BytesPerSecond   float64       `json:"bytes_per_second"`
	AgeSeconds       *float64      `json:"age_seconds"`
	PromiseSeconds   *float64      `json:"promise_seconds"`
	MaxLagRecords    int64         `json:"max_lag_records"`
	MaxLagSeconds    float64       `json:"max_lag_seconds"`
	Undecodable      int64         `json:"undecodable"`
}

// Recorder keeps measurements. It returns when they are kept, or have failed to be.
type Recorder interface {
	Record(ctx context.Context, measurements []Measurement) error
}

// Config is what an Observer needs. Log, Schemas and Set are required.
type Config struct {
	Jobs       Jobs       // nil: there is no Flink
	Connectors Connectors // nil: there is no Kafka Connect
	// Captured names the connector of a product; false for one that is not captured here.
	Captured func(contracts.Product) (addrs.Connector, bool)
	Gates    func() map[addrs.Product][]Gate // those that run in this process; nil: none do

	Log      Log
	Schemas  codecs.Schemas
	Set      func() contracts.Set // the applied contracts, whenever a round starts
	Recorder Recorder             // nil: measurements are not kept
	Interval time.Duration        // between rounds; 0 is one second
	Logger   *slog.Logger         // nil: nothing is logged
}
