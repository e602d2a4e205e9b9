package gate

import (
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/weftmesh/weft/internal/codecs"
	"github.com/weftmesh/weft/internal/masks"
)

// removed adds the tombstones of a key.
func (p *pipeline) removed(in Record, v *verdict, out *output) {
	if v.rawKey != nil {
		key, err := p.rawKey(v.rawKey)
		if err != nil {
			v.refuse(checkKey, err.Error())
			return
		}
		p.tombstones(in, v, key, out)
		return
	}
	key, ok := p.oldKey(v)
	if !ok {
		v.refuse(checkKey, "the row is gone, and the record does not say of all fields of the key which it was; set REPLICA IDENTITY FULL on the table, or message.key.columns")
		return
	}
	p.tombstones(in, v, key, out)
}

// rawKey reads a key that an application wrote by itself, to remove its row: in the form that the product's keys have.
func (p *pipeline) rawKey(raw []byte) (codecs.Row, error) {
	if p.product.key == nil {
		if !utf8.Valid(raw) || len(raw) == 0 {
			return nil, errors.New("it has no value, and its key is no text")
		}
		return codecs.Row{p.product.keys[0]: string(raw)}, nil
	}
	id, value, err := codecs.Unframe(raw)
	var key codecs.Row
	if err == nil {
		_, err = p.product.key.schema.Decode(value, &key)
	}
	if err != nil || id != p.product.key.id {
		return nil, fmt.Errorf("it has no value, and its key is none of the product's schema %d", p.product.key.id)
	}
	return key, nil
}

// moved adds the tombstones of the key that a row had before, where that is another.
func (p *pipeline) moved(in Record, v *verdict, key []byte, out *output) {
	old, ok := p.oldKey(v)
	if !ok {
		return
	}
	if before, err := p.product.keyOf(old); err == nil && string(before) != string(key) {
		p.tombstones(in, v, old, out)
	}
}

// oldKey are the key's fields of the row before.
func (p *pipeline) oldKey(v *verdict) (codecs.Row, bool) {
	row, err := p.keys.take(v.old, v.oldForm)
	if err != nil || len(row.absent) > 0 || len(row.unavailable) > 0 {
		return nil, false
	}
	key := codecs.Row{}
	for _, f := range p.keys.fields {
		field := f.of
		field.Required = true
		one, faults := codecs.FromJSON(fieldsOf(field), map[string]any{f.name: row.values[f.name]})
		if len(faults) > 0 {
			return nil, false
		}
		key[f.name] = one[f.name]
	}
	return key, true
}

func (p *pipeline) tombstones(in Record, v *verdict, key codecs.Row, out *output) {
	text, err := p.product.keyOf(key)
	if err != nil {
		v.refuse(checkKey, err.Error())
		return
	}
	p.add(out, p.record(in, v, p.product, text, nil))
	out.count.Removed++
	if p.masked == nil {
		return
	}
	hidden, err := p.masked.keyOf(masks.Key(p.spec.Topic.Fields, p.spec.Product.Key, key, p.secret))
	if err == nil {
		out.records = append(out.records, p.record(in, v, p.masked, hidden, nil))
	}
}
