package observe

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/resources"
	"github.com/weftmesh/weft/internal/transforms"
)

// maker is what gives a product its records, where that is not an application.
type maker struct {
	job       *Job
	connector *Connector
}

// product puts together what is known of one product.
func (o *Observer) product(set contracts.Set, p contracts.Product, ends map[addrs.Topic]TopicOffsets, groups []GroupOffsets, made maker, now time.Time) Product {
	measured := Product{Product: p.Addr, Job: made.job, Connector: made.connector, Cadence: p.SLA.Cadence, Undecodable: o.bad[p.Addr], Topics: []Topic{}, Groups: []Group{}}
	for _, t := range p.Topics {
		topic := o.topic(t, ends[t.Name])
		measured.Topics = append(measured.Topics, topic)
		measured.RecordsPerSecond += topic.RecordsPerSecond
		measured.BytesPerSecond += topic.BytesPerSecond
		for _, partition := range topic.Partitions {
			measured.Records += partition.End - partition.Start
		}
		if topic.NewestEvent != nil && (measured.NewestEvent == nil || topic.NewestEvent.After(*measured.NewestEvent)) {
			measured.NewestEvent = topic.NewestEvent
		}
	}
	if measured.NewestEvent != nil {
		age := max(0, now.Sub(*measured.NewestEvent).Seconds())
		measured.AgeSeconds = &age
	}
	if promised := p.SLA.Freshness; promised > 0 && p.Promises() && p.SLA.Cadence != contracts.OnChange {
		seconds := promised.Std().Seconds()
		measured.PromiseSeconds = &seconds
	}
	measured.Groups = o.groups(set, p, ends, groups, now)
	if o.config.Gates != nil {
		measured.Gates = o.config.Gates()[p.Addr]
		measured.Quality = Quality(measured.Gates)
	}
	measured.State, measured.Why = state(p, measured, now)
	return measured
}

func (o *Observer) topic(t contracts.ProductTopic, offsets TopicOffsets) Topic {
	topic := Topic{Topic: t.Name, Event: t.Event, Partitions: offsets.Partitions}
	if topic.Partitions == nil {
		topic.Partitions = []Partition{}
	}
	if offsets.Err != nil {
		topic.Trouble = offsets.Err.Error()
		return topic
	}
	memory := o.topics[t.Name]
	topic.RecordsPerSecond = memory.rate()
	topic.BytesPerSecond = topic.RecordsPerSecond * memory.size
	for _, at := range memory.newest {
		if topic.NewestEvent == nil || at.After(*topic.NewestEvent) {
			topic.NewestEvent = &at
		}
	}
	return topic
}

// state says how a product is, and why.
func state(p contracts.Product, measured Product, now time.Time) (State, string) {
	for _, t := range measured.Topics {
		if t.Trouble != "" {
			return Broken, fmt.Sprintf("topic %s: %s", t.Topic, t.Trouble)
		}
	}
	failed := cmp.Or(measured.Job.trouble(), measured.Connector.trouble(), trouble(measured.Gates))
	switch {
	case failed != "":
		return Failed, failed
	case measured.Records == 0:
		return Empty, empty(p, measured)
	case measured.PromiseSeconds == nil || measured.AgeSeconds == nil || *measured.AgeSeconds <= *measured.PromiseSeconds:
		return OK, missed(measured.Gates)
	}
	cadence, err := contracts.ParseCadence(p.SLA.Cadence)
	if err == nil && !cadence.Covers(now) {
		return Idle, "outside of its cadence " + p.SLA.Cadence
	}
	age := time.Duration(*measured.AgeSeconds * float64(time.Second)).Round(time.Second)
	return Late, fmt.Sprintf("the newest event is %s old, promised are %s", age, p.SLA.Freshness)
}

// empty says why a product has no records.
func empty(p contracts.Product, measured Product) string {
	switch {
	case p.Transform != nil && measured.Job == nil:
		return "its transform is not run: the environment names no flink"
	case p.Transform != nil:
		return "its job has given nothing yet"
	case measured.Connector != nil:
		return "its connector has given nothing yet"
	}
	return "nothing has been written yet"
}

// groups are those that subscribe to the product or have committed offsets of its topics.
func (o *Observer) groups(set contracts.Set, p contracts.Product, ends map[addrs.Topic]TopicOffsets, all []GroupOffsets, now time.Time) []Group {
	domains := map[addrs.Group]string{}
	for _, sub := range set.SubscriptionsTo(p.Addr) {
		if sub.Group != "" {
			domains[addrs.Group(sub.Group)] = sub.Domain
		}
	}
	ofJobs := map[addrs.Group]string{}
	for _, derived := range set.Products {
		if derived.Transform != nil {
			ofJobs[transforms.Group(derived.Addr)] = derived.Domain
		}
	}
	found := []Group{}
	for _, g := range all {
		if slices.ContainsFunc(p.Topics, func(t contracts.ProductTopic) bool { return g.Group == resources.WatchGroup(t.Name) }) {
			continue // a gate is no reader
		}
		measured := o.group(read(set, p), g, ends, now)
		if len(measured.Partitions) > 0 {
			measured.Domain = cmp.Or(domains[g.Group], ofJobs[g.Group])
			delete(domains, g.Group)
			found = append(found, measured)
		}
	}
	for group, domain := range domains {
		found = append(found, Group{Group: group, Domain: domain, State: "Absent"})
	}
	slices.SortFunc(found, func(a, b Group) int { return cmp.Compare(a.Group, b.Group) })
	return found
}

func (o *Observer) group(topics []addrs.Topic, g GroupOffsets, ends map[addrs.Topic]TopicOffsets, now time.Time) Group {
	measured := Group{Group: g.Group, State: g.State}
	for _, name := range topics {
		for _, partition := range ends[name].Partitions {
			committed, ok := g.Committed[name][partition.Partition]
			if !ok {
				continue
			}
			lag := GroupPartition{Topic: name, Partition: partition.Partition, Committed: committed}
			if start, waits := o.topics[name].waiting[groupPlace{g.Group, partition.Partition}]; waits {
				lag.LagRecords = max(0, partition.End-max(committed, partition.Start))
				lag.LagSeconds = max(0, now.Sub(start.at).Seconds())
			}
			measured.LagRecords += lag.LagRecords
			measured.LagSeconds = max(measured.LagSeconds, lag.LagSeconds)
			measured.Partitions = append(measured.Partitions, lag)
		}
	}
	return measured
}
