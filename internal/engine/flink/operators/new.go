// Package operators holds what the nodes of a plan do to a stream: a file for each operator. Their results, with the
// kind and the order of each change, are Flink's, mini-batches off.
package operators

import (
	"fmt"
	"io"

	"github.com/weftmesh/weft/internal/engine/flink/stream"
	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
)

// New makes the operator of a node. Scans, values and sinks that take rows as they come have none: they are the
// runtime's.
func New(node plan.Node, cfg stream.Config) (stream.Operator, error) {
	if cfg.Late == nil {
		cfg.Late = func(int) {}
	}
	for _, try := range []func(plan.Node, stream.Config) (stream.Operator, error){newByRow, newOfTime, newJoining, newByKey} {
		if op, err := try(node, cfg); op != nil || err != nil {
			return op, err
		}
	}
	return nil, fmt.Errorf("no operator does the work of a %T", node)
}

// newByRow makes the operators that look at each row by itself.
func newByRow(node plan.Node, cfg stream.Config) (stream.Operator, error) {
	switch n := node.(type) {
	case *plan.Project:
		return newProject(n, cfg)
	case *plan.Filter:
		return newFilter(n, cfg)
	case *plan.Union:
		return union{}, nil
	case *plan.DropBefore:
		return dropBefore{}, nil
	case *plan.Unnest:
		return newUnnest(n, cfg)
	case *plan.Limit:
		return newLimit(n, cfg), nil
	}
	return nil, nil
}

// newOfTime makes the operators of windows and of the order of time.
func newOfTime(node plan.Node, cfg stream.Config) (stream.Operator, error) {
	switch n := node.(type) {
	case *plan.WindowAssign:
		if n.Window.Kind == plan.Session {
			return newSessionAssign(n, cfg), nil
		}
		return newWindowAssign(n, cfg), nil
	case *plan.WindowAggregate:
		if n.Window.Kind == plan.Session {
			return newSessionAggregate(n, cfg), nil
		}
		return newWindowAggregate(n, cfg), nil
	case *plan.TimeSort:
		return newTimeSort(n, cfg), nil
	}
	return nil, nil
}

// newJoining makes the operators with two inputs.
func newJoining(node plan.Node, cfg stream.Config) (stream.Operator, error) {
	switch n := node.(type) {
	case *plan.Join:
		return newJoin(n, cfg)
	case *plan.IntervalJoin:
		return newIntervalJoin(n, cfg)
	case *plan.TemporalJoin:
		return newTemporalJoin(n, cfg)
	}
	return nil, nil
}

// newByKey makes the operators that keep something of each key.
func newByKey(node plan.Node, cfg stream.Config) (stream.Operator, error) {
	switch n := node.(type) {
	case *plan.GroupAggregate:
		return newGroupAggregate(n, cfg), nil
	case *plan.Rank:
		if n.Windowed {
			return newWindowRank(n, cfg), nil
		}
		return newRank(n, cfg), nil
	case *plan.Deduplicate:
		return newDeduplicate(n, cfg), nil
	case *plan.Normalize:
		return newNormalize(n, cfg), nil
	case *plan.Sink:
		if n.Materialize && (n.OnConflict == "DO ERROR" || n.OnConflict == "DO NOTHING") {
			return newConflict(n), nil
		}
		if n.Materialize {
			return newLastClaim(n, cfg), nil
		}
	}
	return nil, nil
}

// stateless is embedded by operators that remember nothing.
type stateless struct{}

// Advance does nothing.
func (stateless) Advance(int64, stream.Output) error { return nil }

// Save writes nothing.
func (stateless) Save(io.Writer) error { return nil }

// Load reads nothing.
func (stateless) Load(io.Reader) error { return nil }

func typesOf(schema rows.Schema) []rows.Type {
	types := make([]rows.Type, len(schema))
	for i, f := range schema {
		types[i] = f.Type
	}
	return types
}

func typesAt(schema rows.Schema, columns []int) []rows.Type {
	types := make([]rows.Type, len(columns))
	for i, c := range columns {
		types[i] = schema[c].Type
	}
	return types
}

func columnsAt(cols []*rows.Column, at []int) []*rows.Column {
	picked := make([]*rows.Column, len(at))
	for i, c := range at {
		picked[i] = cols[c]
	}
	return picked
}

func retracts(n plan.Node) bool { return n.Properties().Mode != plan.InsertOnly }
