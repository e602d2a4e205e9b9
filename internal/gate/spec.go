package gate

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/resources"
)

// Spec is one gate: a topic of a product, and the raw topic that it is made from.
type Spec struct {
	Product contracts.Product
	Topic   contracts.ProductTopic
	Input   addrs.Topic
	Format  string // json, avro, debezium-json, debezium-avro; debezium: either, as the bytes tell
	Framed  bool   // values are in Confluent's frame
	Own     bool   // the input is <topic>-in, which is written for this contract: what it does not know is refused
	Masked  bool   // there is a masked copy
	Watch   bool   // the input is the product's own topic: masked copy and quarantine alone are written
}

// Debezium is the format of a captured table: JSON or Avro, as the connector's converter writes it.
const Debezium = "debezium"

// Specs are the gates that a set of contracts calls for, in the order of products and events.
func Specs(set contracts.Set) []Spec {
	var all []Spec
	for _, p := range set.Products {
		if !p.Gated() && !set.Watched(p) {
			continue
		}
		for _, t := range p.Topics {
			all = append(all, spec(set, p, t))
		}
	}
	return all
}

func spec(set contracts.Set, p contracts.Product, t contracts.ProductTopic) Spec {
	s := Spec{Product: p, Topic: t, Input: resources.GateInput(p, t), Masked: set.HasMaskedCopy(p)}
	switch {
	case !p.Gated():
		s.Input, s.Watch = t.Name, true
		fallthrough
	case p.Source == nil:
		s.Format, s.Own, s.Framed = p.Schema.Type, true, p.Schema.Type == contracts.Avro
	case p.Source.Topic != nil:
		s.Format, s.Framed = p.Source.Topic.Format, p.Source.Topic.Framing == "confluent"
		if s.Format == "" {
			s.Format = contracts.JSON
		}
		if p.Source.Topic.Framing == "" && strings.HasSuffix(s.Format, "avro") {
			s.Framed = true
		}
	default:
		s.Format = Debezium
	}
	return s
}

// Captured reports whether the input is a table's changes.
func (s Spec) Captured() bool { return strings.HasPrefix(s.Format, Debezium) }

// Group is the consumer group that the processes of a gate share.
func (s Spec) Group() addrs.Group {
	if s.Watch {
		return resources.WatchGroup(s.Topic.Name)
	}
	return resources.GateGroup(s.Topic.Name)
}

// Fingerprint changes with whatever changes what the gate does.
func (s Spec) Fingerprint() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n%v%v%v%v%v", s.Product.Text, s.Topic.ValueText, s.Input, s.Format, s.Framed, s.Masked, s.Watch))
	return hex.EncodeToString(sum[:])
}

// maxMessage is what a topic takes unless it says otherwise (Kafka: max.message.bytes).
const maxMessage = 1048588

// MaxBytes is how large a record of the product's topic may be.
func (s Spec) MaxBytes() int {
	if n, err := strconv.Atoi(s.Topic.Config["max.message.bytes"]); err == nil {
		return n
	}
	return maxMessage
}

// limits are those of the topics that the gate writes. The quarantine takes whatever the input took.
func (s Spec) limits() Limits {
	n := s.MaxBytes()
	return Limits{MaxBytes: map[addrs.Topic]int{s.Topic.Name: n, s.Topic.Name.Masked(): n, s.Topic.Name.Quarantine(): resources.QuarantineMaxBytes}}
}
