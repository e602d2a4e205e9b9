package gate

import (
	"fmt"

	"github.com/weftmesh/weft/internal/codecs"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/masks"
)

// write adds what a verdict makes of a record.
func (p *pipeline) write(in Record, v *verdict, out *output) {
	out.count.In++
	out.absent = v.absent
	before := len(out.records)
	if v.check == "" {
		p.pass(in, v, out)
	}
	if v.check != "" {
		if v.lane && frameID(in.Value) > 0 {
			v.schema = frameID(in.Value)
		}
		out.records = append(out.records[:before], p.quarantined(in, v))
		out.count.Quarantined++
		out.count.Refused[v.check]++
	}
}

// pass adds the records of the product and its masked copy.
func (p *pipeline) pass(in Record, v *verdict, out *output) {
	state := p.spec.Product.Kind == contracts.KindState
	switch {
	case v.action == upsert:
		p.upserted(in, v, out)
	case v.action == remove && state:
		p.removed(in, v, out)
	case v.action == remove && !p.spec.Captured():
		v.refuse(checkDecode, "it has no value, and a product of events has no rows that could be removed")
	default: // a table's row that is gone is no fact of a product of events, and a tombstone says nothing more
		out.count.Absorbed++
	}
}

func (p *pipeline) upserted(in Record, v *verdict, out *output) {
	if v.lane {
		p.passed(in, v, out)
		return
	}
	key, err := p.product.keyOf(v.row)
	if err != nil {
		v.refuse(checkKey, err.Error())
		return
	}
	if v.old != nil && p.spec.Product.Kind == contracts.KindState {
		p.moved(in, v, key, out)
	}
	value, err := p.product.row(v.row)
	if err != nil {
		v.refuse(checkSchema, err.Error())
		return
	}
	record := p.record(in, v, p.product, key, value)
	if size := sizeOf(record); size > p.most {
		v.refuse(checkSize, fmt.Sprintf("as a record of the product it has %d bytes, and the topic takes %d", size, p.most))
		return
	}
	p.add(out, record)
	out.count.Passed++
	if p.masked != nil {
		p.mask(in, v, out)
	}
}

// passed writes a row that came by the lane. Avro that was written with the product's own schema stays as it is.
func (p *pipeline) passed(in Record, v *verdict, out *output) {
	key := in.Key
	if len(p.product.keys) > 0 {
		var ok bool
		if key, ok = p.kept(in.Key, v.place); !ok {
			v.refuse(checkKey, "its key, "+p.product.keys[0]+", is empty")
			return
		}
	}
	value := in.Value
	if p.product.value == nil || frameID(value) != p.product.value.id {
		start := len(p.arena)
		var err error
		if p.arena, err = p.fast.appendRow(p.arena, p.cols, v.place); err != nil {
			v.refuse(checkSchema, err.Error())
			return
		}
		value = p.arena[start:len(p.arena):len(p.arena)]
	}
	record := p.record(in, v, p.product, key, value)
	if size := sizeOf(record); size > p.most {
		v.refuse(checkSize, fmt.Sprintf("as a record of the product it has %d bytes, and the topic takes %d", size, p.most))
		return
	}
	p.add(out, record)
	out.count.Passed++
	if p.masked != nil {
		p.maskPassed(in, v, out)
	}
}

// add adds a record of the product, where it is not there already.
func (p *pipeline) add(out *output, r Record) {
	if !p.spec.Watch {
		out.records = append(out.records, r)
	}
}

// kept is the key of a row; the record's own bytes, if they are the same.
func (p *pipeline) kept(raw []byte, at int) ([]byte, bool) {
	start := len(p.arena)
	var ok bool
	p.arena, ok = p.fast.appendKey(p.arena, p.cols, at)
	key := p.arena[start:len(p.arena):len(p.arena)]
	if string(key) == string(raw) {
		p.arena = p.arena[:start]
		return raw, ok
	}
	return key, ok
}

// frameID is the id of the schema that a framed value was written with.
func frameID(value []byte) int {
	id, _, err := codecs.Unframe(value)
	if err != nil {
		return -1
	}
	return id
}

func (p *pipeline) maskPassed(in Record, v *verdict, out *output) {
	row, keys := p.hide.row(p.cols, v.place)
	var key []byte
	start := len(p.arena)
	if len(p.masked.keys) > 0 {
		p.arena, _ = p.fastMask.appendKey(p.arena, keys, 0)
		key = p.arena[start:len(p.arena):len(p.arena)]
	}
	start = len(p.arena)
	var err error
	if p.arena, err = p.fastMask.appendRow(p.arena, row, 0); err != nil {
		out.count.Passed--
		v.refuse(checkSchema, "its masked copy cannot be written: "+err.Error())
		return
	}
	out.records = append(out.records, p.record(in, v, p.masked, key, p.arena[start:len(p.arena):len(p.arena)]))
}

func (p *pipeline) mask(in Record, v *verdict, out *output) {
	row := masks.Row(p.spec.Topic.Fields, v.row, p.secret)
	key, err := p.masked.keyOf(masks.Key(p.spec.Topic.Fields, p.spec.Product.Key, v.row, p.secret))
	if err == nil {
		var value []byte
		if value, err = p.masked.row(row); err == nil {
			out.records = append(out.records, p.record(in, v, p.masked, key, value))
			return
		}
	}
	out.count.Passed--
	v.refuse(checkSchema, "its masked copy cannot be written: "+err.Error())
}

// record is one of the product's, or of its masked copy. Its time is that of the raw record, or, where the product has
// no event time of its own, that of the commit.
func (p *pipeline) record(in Record, v *verdict, e *encoder, key, value []byte) Record {
	r := Record{Topic: e.topic.Name, Time: in.Time, Key: key, Value: value}
	if p.spec.Captured() {
		if p.spec.Product.EventTime.Field == "" && !v.at.IsZero() {
			r.Time = v.at
		}
		return r
	}
	r.Headers = in.Headers
	return r
}

// sizeOf is about the bytes of a record in a batch (Kafka, "Record Batch").
func sizeOf(r Record) int {
	const overhead = 70 + 20 // of a batch with one record
	n := len(r.Key) + len(r.Value) + overhead
	for _, h := range r.Headers {
		n += len(h.Key) + len(h.Value) + 10
	}
	return n
}
