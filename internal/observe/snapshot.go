// Package observe measures what products do: it samples topics and groups, compares the age of the newest event with
// the promise, and says of each product how it is.
package observe

import (
	"time"

	"github.com/weftmesh/weft/internal/addrs"
)

// State is how a product is.
type State string

// The states of a product. Exactly one holds.
const (
	Unknown     State = "unknown"     // not measured yet
	OK          State = "ok"          // its promise holds, or it makes none
	Late        State = "late"        // its newest event is older than promised
	Empty       State = "empty"       // nothing has been written yet
	Idle        State = "idle"        // older than promised, outside of the cadence
	Failed      State = "failed"      // the job that derives it, the connector or the gate before it, fails or is not there
	Broken      State = "broken"      // a topic is missing or cannot be read
	Unreachable State = "unreachable" // the broker does not answer, so nothing is known
)

// States lists every state.
var States = []State{Unknown, OK, Late, Empty, Idle, Failed, Broken, Unreachable}

// Snapshot is what was known at one moment. It is never changed after it is made.
type Snapshot struct {
	At       time.Time `json:"at" doc:"When the broker was last asked"`
	Trouble  string    `json:"trouble,omitempty" doc:"What keeps the broker from being read"`
	Products []Product `json:"products" doc:"In the order of their addresses"`
}

// Product is what was measured of one product.
type Product struct {
	Product          addrs.Product `json:"product"`
	State            State         `json:"state" enum:"unknown,ok,late,empty,idle,failed,broken,unreachable"`
	Why              string        `json:"why,omitempty" doc:"What is wrong, in words"`
	RecordsPerSecond float64       `json:"records_per_second"`
	BytesPerSecond   float64       `json:"bytes_per_second" doc:"As stored, compressed"`
	Records          int64         `json:"records" doc:"Offsets between the start and the end of all partitions"`
	NewestEvent      *time.Time    `json:"newest_event,omitempty" doc:"Event time of the newest event"`
	AgeSeconds       *float64      `json:"age_seconds,omitempty" doc:"Age of the newest event"`
	PromiseSeconds   *float64      `json:"promise_seconds,omitempty" doc:"The promised freshness; absent where none is promised"`
	Cadence          string        `json:"cadence,omitempty"`
	Undecodable      int64         `json:"undecodable" doc:"Sampled records that could not be decoded, since the start"`
	Job              *Job          `json:"job,omitempty" doc:"Of a derived product: the job that gives it"`
	Connector        *Connector    `json:"connector,omitempty" doc:"Of a captured product: the connector that reads its table"`
	Gates            []Gate        `json:"gates,omitempty" doc:"Of a gated product: its gates that run in this process"`
	Quality          *float64      `json:"quality,omitempty" doc:"The share of records, in percent, that passed the gate and all checks"`
	Topics           []Topic       `json:"topics"`
	Groups           []Group       `json:"groups" doc:"Consumer groups that have committed offsets of its topics"`
}

// Topic is what was measured of one topic of a product.
type Topic struct {
	Topic            addrs.Topic `json:"topic"`
	Event            string      `json:"event"`
	RecordsPerSecond float64     `json:"records_per_second"`
	BytesPerSecond   float64     `json:"bytes_per_second"`
	NewestEvent      *time.Time  `json:"newest_event,omitempty"`
	Trouble          string      `json:"trouble,omitempty"`
	Partitions       []Partition `json:"partitions"`
}

// Partition is what was measured of one partition. End is the last stable offset: what a read_committed reader can
// reach.
type Partition struct {
	Partition int32 `json:"partition"`
	Start     int64 `json:"start"`
	End       int64 `json:"end"`
}

// Group is how far one consumer group is behind one product.
type Group struct {
	Group      addrs.Group      `json:"group"`
	Domain     string           `json:"domain,omitempty" doc:"The domain that subscribes with this group; empty for a group that no subscription names"`
	State      string           `json:"state" doc:"As Kafka has it: Stable, Empty, PreparingRebalance ...; Absent for a subscription's group that has not been seen"`
	LagRecords int64            `json:"lag_records"`
	LagSeconds float64          `json:"lag_seconds" doc:"Age of the oldest record that the group has not read; 0 when it has read all"`
	Partitions []GroupPartition `json:"partitions,omitempty"`
}

// GroupPartition is how far a group is behind on one partition.
type GroupPartition struct {
	Topic      addrs.Topic `json:"topic"`
	Partition  int32       `json:"partition"`
	Committed  int64       `json:"committed"`
	LagRecords int64       `json:"lag_records"`
	LagSeconds float64     `json:"lag_seconds"`
}

// Product finds what was measured of a product.
func (s Snapshot) Product(addr addrs.Product) (Product, bool) {
	for _, p := range s.Products {
		if p.Product == addr {
			return p, true
		}
	}
	return Product{}, false
}
