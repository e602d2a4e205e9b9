package observe

import (
	"context"
	"time"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/codecs"
	"github.com/weftmesh/weft/internal/contracts"
)

// look reads single records: the newest of partitions that have grown, and those that groups have yet to read.
func (o *Observer) look(ctx context.Context, set contracts.Set, ends map[addrs.Topic]TopicOffsets, groups []GroupOffsets) error {
	var places []Place
	behind := map[Place][]groupPlace{}
	for _, p := range set.Products {
		for _, t := range p.Topics {
			places = append(places, o.grown(t.Name, ends[t.Name])...)
		}
		for _, name := range read(set, p) {
			for place, waiting := range o.unread(name, ends[name], groups) {
				if _, asked := behind[place]; !asked {
					places = append(places, place)
				}
				behind[place] = append(behind[place], waiting...)
			}
		}
	}
	if len(places) == 0 {
		return nil
	}
	peeked, err := o.config.Log.Peek(ctx, places)
	if err != nil {
		return err
	}
	for _, found := range peeked {
		if !found.Newest {
			o.started(found, behind[found.Place])
			continue
		}
		if p, t, ok := set.ProductOf(found.Topic); ok {
			o.newest(ctx, p, t, found)
		}
	}
	return nil
}

// grown are the newest records of partitions that have grown since they were looked into, a few a round.
func (o *Observer) grown(topic addrs.Topic, offsets TopicOffsets) []Place {
	memory := o.topics[topic]
	var places []Place
	if offsets.Err != nil {
		return nil
	}
	for i := range offsets.Partitions {
		// start elsewhere each round, so that no partition is passed over for ever
		p := offsets.Partitions[(i+len(memory.history))%len(offsets.Partitions)]
		if p.End > p.Start && memory.looked[p.Partition] != p.End && len(places) < peeksPerTopic {
			places = append(places, Place{Topic: topic, Partition: p.Partition, Offset: p.End - 1, Newest: true, Start: p.Start})
		}
	}
	return places
}

// unread are the oldest records that groups have not read, where it is not known yet when they were written.
func (o *Observer) unread(topic addrs.Topic, offsets TopicOffsets, groups []GroupOffsets) map[Place][]groupPlace {
	memory := o.topics[topic]
	places := map[Place][]groupPlace{}
	for _, g := range groups {
		for _, p := range offsets.Partitions {
			committed, ok := g.Committed[topic][p.Partition]
			at := groupPlace{g.Group, p.Partition}
			if !ok || committed >= p.End {
				delete(memory.waiting, at)
				continue
			}
			offset := max(committed, p.Start)
			if known, ok := memory.waiting[at]; !ok || known.offset != offset {
				place := Place{Topic: topic, Partition: p.Partition, Offset: offset}
				places[place] = append(places[place], at)
			}
		}
	}
	return places
}

// started remembers when the oldest unread record of groups was written. Where only marks of transactions are left to
// read, nothing waits.
func (o *Observer) started(found Peeked, groups []groupPlace) {
	memory := o.topics[found.Topic]
	for _, g := range groups {
		if found.Found {
			memory.waiting[g] = lagStart{found.Offset, found.Time}
			continue
		}
		delete(memory.waiting, g)
	}
}

// newest remembers the event time of a partition's newest record.
func (o *Observer) newest(ctx context.Context, p contracts.Product, t contracts.ProductTopic, found Peeked) {
	memory := o.topics[t.Name]
	memory.looked[found.Partition] = found.Offset + 1
	if !found.Found {
		return
	}
	if found.BytesARecord > 0 {
		if memory.size == 0 {
			memory.size = found.BytesARecord
		}
		memory.size += (found.BytesARecord - memory.size) / 4
	}
	at, ok := o.eventTime(ctx, p, found)
	if !ok {
		at = found.Time
	}
	memory.newest[found.Partition] = at
}

// eventTime reads the event time from a record; ok is false for one that has none.
func (o *Observer) eventTime(ctx context.Context, p contracts.Product, found Peeked) (time.Time, bool) {
	if p.EventTime.Field == "" || found.Value == nil {
		return time.Time{}, false
	}
	row, err := o.decode(ctx, p, found.Value)
	if err != nil {
		o.bad[p.Addr]++
		return time.Time{}, false
	}
	switch value := row[p.EventTime.Field].(type) {
	case time.Time:
		return value, true
	case string:
		at, err := time.Parse(time.RFC3339Nano, value)
		return at, err == nil
	}
	return time.Time{}, false
}

func (o *Observer) decode(ctx context.Context, p contracts.Product, value []byte) (codecs.Row, error) {
	if p.Schema.Type == contracts.JSON {
		return codecs.ParseObject(value)
	}
	return o.decoder.Decode(ctx, value)
}
