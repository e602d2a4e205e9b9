package connectors

import (
	"context"
	"errors"
	"log/slog"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/weftmesh/weft/internal/engine/flink/stream"
	"github.com/weftmesh/weft/internal/flinksql/plan"
)

// notes commits the positions of sources for their groups after each checkpoint, for people and monitors: a restart
// goes by the checkpoint (Flink's Kafka connector, Consumer Offset Committing).
type notes struct{ set *Set }

func (s *Set) notes(sinks []*plan.Sink) stream.Transaction {
	seen, grouped := map[plan.Node]bool{}, false
	var walk func(plan.Node)
	walk = func(n plan.Node) {
		if seen[n] {
			return
		}
		seen[n] = true
		if scan, ok := n.(*plan.Scan); ok && scan.Table.Options["properties.group.id"] != "" {
			grouped = true
		}
		for _, in := range n.Inputs() {
			walk(in)
		}
	}
	for _, n := range sinks {
		walk(n)
	}
	if !grouped {
		return nil
	}
	return &notes{set: s}
}

// Last says that no output is tied to checkpoints.
func (n *notes) Last(context.Context) (int64, error) { return -1, nil }

// Commit notes the positions. That they cannot be noted does not stop the job.
func (n *notes) Commit(ctx context.Context, _ int64) error {
	for _, g := range n.set.groups() {
		offsets := kadm.Offsets{}
		n.set.positionsOf(g.group, func(p topicPartition, next int64) {
			offsets.Add(kadm.Offset{Topic: p.topic, Partition: p.partition, At: next, LeaderEpoch: -1})
		})
		answers, err := g.admin.CommitOffsets(ctx, g.group, offsets)
		if err = errors.Join(err, answers.Error()); err != nil && ctx.Err() == nil {
			n.set.config.Logger.Warn("offsets could not be committed", "group", g.group, slog.Any("error", err))
		}
	}
	return nil
}

// Abandon has nothing to do.
func (n *notes) Abandon(int64) {}

// Close has nothing to do.
func (n *notes) Close() error { return nil }

// groupPositions is how far the sources of a group have come at the last barrier.
type groupPositions struct {
	group string
	admin *kadm.Client
	next  map[topicPartition]int64
}

// notePositions keeps what a source saved, for the commit of the checkpoint.
func (s *Set) notePositions(k *kafkaTable, splits []*kafkaSplit) {
	group := k.properties["group.id"]
	if group == "" {
		return
	}
	admin, err := s.admin(k)
	if err != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	g, ok := s.positions[group]
	if !ok {
		g = &groupPositions{group: group, admin: admin, next: map[topicPartition]int64{}}
		s.positions[group] = g
	}
	for _, split := range splits {
		g.next[split.topicPartition] = split.next
	}
}

func (s *Set) positionsOf(group string, visit func(topicPartition, int64)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if g, ok := s.positions[group]; ok {
		for p, next := range g.next {
			visit(p, next)
		}
	}
}

func (s *Set) groups() []*groupPositions {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []*groupPositions
	for _, g := range s.positions {
		all = append(all, g)
	}
	return all
}
