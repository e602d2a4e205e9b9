package gate

import (
	"context"
	"fmt"
	"strings"

	"github.com/weftmesh/weft/internal/codecs"
	"github.com/weftmesh/weft/internal/contracts"
)

// history is what the product knows of rows whose unchanged values a database did not write: their newest rows, by key.
type history struct {
	rows  map[string]map[string]any // as JSON has them
	doubt map[string]bool           // raw keys that have a record in quarantine: the newest row may be there
}

// restored fills in the values that did not change, from the row before. What it cannot fill in keeps the record out.
func (p *pipeline) restored(in Record, v *verdict) bool {
	key, ok := p.keyOfValues(v.values)
	row := p.history.row(in, key)
	if !ok || row == nil {
		return false
	}
	for _, name := range v.missing {
		value, there := row[name]
		if !there {
			return false
		}
		v.values[name] = value
	}
	return true
}

func (h *history) row(in Record, key string) map[string]any {
	if h == nil || h.doubt[string(in.Key)] {
		return nil
	}
	return h.rows[key]
}

// remember keeps the row of a record that passes, for those behind it; and that one was refused.
func (p *pipeline) remember(in Record, v *verdict) {
	if p.history == nil {
		return
	}
	key, ok := p.keyOfValues(v.values)
	switch {
	case v.check != "":
		p.history.doubt[string(in.Key)] = true
	case v.action == upsert && ok:
		p.history.rows[key] = v.values
	case v.action == remove:
		if old, known := p.oldKey(v); known {
			gone, _ := p.product.keyOf(old)
			delete(p.history.rows, string(gone))
		}
	}
}

// keyOfValues is the product's key of a row as JSON has it.
func (p *pipeline) keyOfValues(values map[string]any) (string, bool) {
	row := codecs.Row{}
	for _, f := range p.keys.fields {
		one, faults := codecs.FromJSON(fieldsOf(f.of), map[string]any{f.name: values[f.name]})
		if len(faults) > 0 {
			return "", false
		}
		row[f.name] = one[f.name]
	}
	key, err := p.product.keyOf(row)
	return string(key), err == nil
}

// recall reads the product and its quarantine for the newest rows of the keys that a batch needs. It reads all of both:
// a table with REPLICA IDENTITY FULL never asks for it.
func (w *worker) recall(ctx context.Context, p *pipeline, keys map[string]bool) (*history, error) {
	h := &history{rows: map[string]map[string]any{}, doubt: map[string]bool{}}
	err := w.config.Bus.Scan(ctx, w.spec.Topic.Name, func(r Record) error {
		if !keys[string(r.Key)] {
			return nil
		}
		delete(h.rows, string(r.Key))
		if r.Value == nil {
			return nil
		}
		row, err := p.ownRow(ctx, r.Value)
		if err == nil {
			h.rows[string(r.Key)] = row
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look for the last rows of %d keys: %w", len(keys), err)
	}
	return h, w.config.Bus.Scan(ctx, w.spec.Topic.Name.Quarantine(), func(r Record) error {
		h.doubt[strings.Clone(string(r.Key))] = true
		return nil
	})
}

// ownRow reads a value of the product, as JSON has it.
func (p *pipeline) ownRow(ctx context.Context, value []byte) (map[string]any, error) {
	if p.spec.Product.Schema.Type == contracts.JSON {
		return codecs.ParseObject(value)
	}
	row, err := codecs.NewAvro(p.reader.registry).Decode(ctx, value)
	if err != nil {
		return nil, err
	}
	for _, f := range p.spec.Topic.Value.Fields {
		row[f.Name] = plain(f.Type, row[f.Name])
	}
	return row, nil
}
