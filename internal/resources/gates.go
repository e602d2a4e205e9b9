package resources

import (
	"strconv"
	"strings"
	"time"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/masks"
)

// GateInput is the raw topic that a gated topic is made from: the one that source names; <domain>.<entity>.v<major>.cdc,
// where a table is captured; else <topic>-in.
func GateInput(p contracts.Product, t contracts.ProductTopic) addrs.Topic {
	switch {
	case p.Source == nil:
		return t.Name.In()
	case p.Source.Topic != nil:
		return addrs.Topic(p.Source.Topic.Name)
	}
	return CapturedTopic(p)
}

// GateGroup is the consumer group of the gate before a topic.
func GateGroup(t addrs.Topic) addrs.Group { return addrs.Group("weft-gate-" + string(t)) }

// WatchGroup is the consumer group of the gate behind a topic that others write.
func WatchGroup(t addrs.Topic) addrs.Group { return addrs.Group("weft-watch-" + string(t)) }

// CapturedTopic is the topic of the envelopes of a captured table.
func CapturedTopic(p contracts.Product) addrs.Topic {
	return addrs.EventTopic(p.Domain, p.Entity, p.Addr.Major, addrs.ReservedEvent)
}

// QuarantineMaxBytes is how large a quarantined record may be: it has the raw record's bytes, and headers that say why.
const QuarantineMaxBytes = 16 << 20

// longestRaw is how long raw and quarantined records are kept at most: they may hold personal data that no mask covers.
const longestRaw = 7 * 24 * time.Hour

// gateResources are what the gate of a topic needs beside the product's own topic.
func gateResources(set contracts.Set, p contracts.Product, t contracts.ProductTopic, env Environment) []Resource {
	if !p.Gated() && !set.Watched(p) {
		return nil
	}
	found := []Resource{quarantine(set, p, t, env)}
	if p.Gated() && p.Source == nil {
		found = append(found, input(set, p, t, env))
		found = append(found, inputSubjects(p, t, env)...)
	}
	if captured := p.Source != nil && p.Source.Topic == nil; captured {
		found = append(found, envelopes(set, p, t, env))
	}
	if p.Source != nil && p.Source.Topic != nil {
		found = append(found, Resource{Addr: addrs.Resource{Kind: addrs.KindTopic, Name: p.Source.Topic.Name}, Domain: p.Domain, Product: p.Addr, Attributes: map[string]Value{}, Bound: true, Awaited: true, At: p.At("source.topic.name")})
	}
	if set.HasMaskedCopy(p) {
		found = append(found, maskedCopy(set, p, t, env))
		found = append(found, maskedSubjects(p, t, env)...)
	}
	return found
}

// companion is a topic beside a product's, with the same partitions, kept for a while.
func companion(p contracts.Product, t contracts.ProductTopic, env Environment, name addrs.Topic, from string, kept time.Duration, why string) Resource {
	r := Resource{Addr: addrs.Resource{Kind: addrs.KindTopic, Name: string(name)}, Domain: p.Domain, Product: p.Addr, Attributes: map[string]Value{}, Keyed: len(p.Key) > 0, At: p.At("topic")}
	r.Attributes[Partitions] = Value{Text: strconv.Itoa(t.Partitions), From: from + ": as many as the product's topic"}
	r.Attributes[Replication] = replication(p, t, env)
	if r.Attributes[Replication].From == "" {
		r.Attributes[Replication] = Value{Text: r.Attributes[Replication].Text, From: from + ": as the product's topic"}
	}
	r.Attributes[ConfigPrefix+"cleanup.policy"] = Value{Text: "delete", From: from}
	r.Attributes[ConfigPrefix+"retention.ms"] = Value{Text: strconv.FormatInt(kept.Milliseconds(), 10), From: why}
	if inSync, ok := t.Config["min.insync.replicas"]; ok {
		r.Attributes[ConfigPrefix+"min.insync.replicas"] = Value{Text: inSync, From: from + ": as the product's topic"}
	}
	clampInSync(r.Attributes)
	return r
}

// raw is how long raw records of a product are kept: as its own, and a week at most.
func raw(set contracts.Set, p contracts.Product) (time.Duration, string) {
	own := p.SLA.Retention.Std()
	if own == 0 {
		own = set.Mesh.Defaults.Retention.Std()
	}
	if own > 0 && own < longestRaw {
		return own, "as the product's, which is less than the 7 days that raw records are kept at most"
	}
	return longestRaw, "raw records are kept 7 days at most"
}

func quarantine(set contracts.Set, p contracts.Product, t contracts.ProductTopic, env Environment) Resource {
	_ = set
	r := companion(p, t, env, t.Name.Quarantine(), gateReason(p), longestRaw, "quarantined records are kept 7 days at most")
	r.Attributes[ConfigPrefix+"max.message.bytes"] = Value{Text: strconv.Itoa(QuarantineMaxBytes), From: "quarantine: whatever the input took, and the reason"}
	return r
}

func input(set contracts.Set, p contracts.Product, t contracts.ProductTopic, env Environment) Resource {
	kept, why := raw(set, p)
	return companion(p, t, env, t.Name.In(), gateReason(p), kept, why)
}

// envelopes is the topic of a captured table's changes. It has one partition, so that they keep the order of the
// database's log across keys too: a TRUNCATE comes after all rows that it removes.
func envelopes(set contracts.Set, p contracts.Product, t contracts.ProductTopic, env Environment) Resource {
	kept, why := raw(set, p)
	r := companion(p, t, env, CapturedTopic(p), gateReason(p), kept, why)
	r.Attributes[Partitions] = Value{Text: "1", From: "source: a table's changes are read in the order of its log"}
	r.Attributes[ConfigPrefix+"max.message.bytes"] = Value{Text: strconv.Itoa(QuarantineMaxBytes), From: "source: rows of any size"}
	return r
}

func gateReason(p contracts.Product) string {
	switch {
	case p.Source != nil:
		return "source"
	case p.Ingest == contracts.Gated:
		return "ingest: gated"
	}
	return "quality, or pii: true"
}

// inputSubjects are those that an application which writes Avro encodes with: the product's schemas.
func inputSubjects(p contracts.Product, t contracts.ProductTopic, env Environment) []Resource {
	if p.Schema.Type != contracts.Avro {
		return nil
	}
	in := t
	in.Name = t.Name.In()
	return subjects(p, in, env)
}

// maskedCopy is the topic that readers without a grant read: kept as the product's own.
func maskedCopy(set contracts.Set, p contracts.Product, t contracts.ProductTopic, env Environment) Resource {
	const from = "pii: true, and a subscriber reads masked"
	t.Name, t.Managed = t.Name.Masked(), true
	r := productTopic(set, p, t, env)
	for key, value := range r.Attributes {
		if value.From == "" {
			value.From = from
			r.Attributes[key] = value
		}
	}
	return r
}

// maskedSubjects are the schemas of a masked copy.
func maskedSubjects(p contracts.Product, t contracts.ProductTopic, env Environment) []Resource {
	name := t.Name.Masked()
	masked := masks.Topic(p, t)
	found := []Resource{subject(p, name.ValueSubject(), strings.ToUpper(p.Schema.Type), masked.ValueText, env)}
	if masked.Key != nil {
		found = append(found, subject(p, name.KeySubject(), "AVRO", masked.Key.Avro(), env))
	}
	return found
}
