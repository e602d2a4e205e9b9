package runtime

import (
	"fmt"
	"io"

	"github.com/weftmesh/weft/internal/engine/flink/state"
	"github.com/weftmesh/weft/internal/engine/flink/stream"
	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
)

// A checkpoint of a job with another parallelism is divided anew: by the same hash of the keys that divides rows, each
// task takes from the state of every former task the keys that are its own now.

// resumed is what a step goes on from.
type resumed struct {
	states []*savedState
	owns   func(keys []*rows.Column, owned []bool) // the keys of states that are wanted; nil: all
	fresh  func() (stream.Operator, error)         // an operator that loads states to pick keys from
}

// resumed finds the state of a stage's part.
func (b *builder) resumed(t *task, s *stage, key string) (*resumed, error) {
	former, width := b.run.restored.partsOf(key), t.vertex.parallelism
	own := b.run.restored.find(key, t.part)
	if former == 0 || former == width {
		if own == nil {
			return nil, nil
		}
		return &resumed{states: []*savedState{own}}, nil
	}
	to := &resumed{fresh: func() (stream.Operator, error) { return b.operator(t, s) }}
	for part := range former {
		if one := b.run.restored.find(key, part); one != nil && one.Size > 0 {
			to.states = append(to.states, one)
		}
	}
	switch {
	case len(to.states) == 0:
		return nil, nil // it keeps nothing
	case width == 1:
	case s.keyed == nil:
		return nil, fmt.Errorf("the state of %s is not kept by key: start from it with parallelism %d", key, b.run.restored.meta.Parallelism)
	default:
		to.owns = s.keyed.owner(t.part, width)
	}
	return to, nil
}

// partsOf is how many parts a state has; 0 if there is none.
func (r *restored) partsOf(key string) int {
	if r == nil {
		return 0
	}
	return r.meta.Parts[key]
}

// owner marks the keys that go to a task. Operators may have columns of their own before those of their keys.
func (d *division) owner(part, width int) func([]*rows.Column, []bool) {
	return func(keys []*rows.Column, owned []bool) {
		sums := make([]uint64, len(owned))
		hashColumns(keys[len(keys)-d.keys:], d.by, sums)
		for i, sum := range sums {
			owned[i] = target(sum, width) == part
		}
	}
}

// resume loads what a step goes on from.
func (r *run) resume(s *operating) error {
	if s.resume == nil {
		return nil
	}
	for _, saved := range s.resume.states {
		load := s.operator.Load
		if s.resume.owns != nil {
			load = func(from io.Reader) error { return s.resume.pick(from, s.operator) }
		}
		if err := r.restored.load(saved, load); err != nil {
			return err
		}
	}
	return nil
}

// pick loads a former task's state and hands the keys that are wanted on to an operator.
func (p *resumed) pick(from io.Reader, to stream.Operator) error {
	former, err := p.fresh()
	if err != nil {
		return err
	}
	if err := former.Load(&state.Share{Reader: from, Owns: p.owns}); err != nil {
		return err
	}
	out, in := io.Pipe()
	saved := make(chan struct{})
	go func() {
		defer close(saved)
		_ = in.CloseWithError(former.Save(in))
	}()
	err = to.Load(out)
	_ = out.CloseWithError(err)
	<-saved
	return err
}

// divides reports whether a connector can give the state of a table's parts to another number of them.
func divides(connectors stream.Connectors, scan *plan.Scan) bool {
	d, ok := connectors.(stream.Dividing)
	return ok && d.Divides(scan)
}

// sourceState is what a part of a source goes on from; nil to begin.
func (r *run) sourceState(key string, scan *plan.Scan, part, parts int) ([]byte, error) {
	former := r.restored.partsOf(key)
	if former == 0 || former == parts {
		return r.restored.bytes(key, part)
	}
	var states [][]byte
	for i := range former {
		one, err := r.restored.bytes(key, i)
		if err != nil {
			return nil, err
		}
		states = append(states, one)
	}
	d, ok := r.connectors.(stream.Dividing)
	if !ok {
		return nil, fmt.Errorf("table %s was read in %d parts, and cannot go on in %d", scan.Table.Name, former, parts)
	}
	return d.Merge(scan, states)
}
