package runtime

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/weftmesh/weft/internal/engine/flink/stream"
	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
)

// builder makes the tasks of a run from a graph.
type builder struct {
	run   *run
	graph *graph
	keys  map[*stage]string
	tasks map[*vertex][]*task
	env   *expr.Env
}

// build makes all tasks and joins them by their gates. Sources are not opened yet.
func (r *run) build(g *graph) error {
	b := &builder{run: r, graph: g, keys: keysOf(g), tasks: map[*vertex][]*task{}}
	b.env = &expr.Env{Zone: r.job.config.Options.Zone, Now: r.job.config.Clock.Now}
	for _, v := range g.vertices {
		for part := range v.parallelism {
			t := b.task(v, part)
			b.tasks[v] = append(b.tasks[v], t)
			r.tasks = append(r.tasks, t)
		}
	}
	r.parts = map[string]int{}
	for _, v := range g.vertices {
		v.walk(func(s *stage) { r.parts[b.keys[s]] = v.parallelism })
		for _, t := range b.tasks[v] {
			b.env = t.env(b.env)
			if err := b.fill(t); err != nil {
				return fmt.Errorf("%s: %w", t.name(), err)
			}
		}
	}
	return nil
}

// env is what the expressions of a task depend on: what all do, and the task's own watermark.
func (t *task) env(shared *expr.Env) *expr.Env {
	own := *shared
	own.Watermark = func() (int64, bool) {
		mark := t.metrics.inMark.Load()
		if t.source != nil {
			mark = t.metrics.outMark.Load()
		}
		return mark * 1000, mark != stream.MinWatermark
	}
	return &own
}

func (b *builder) task(v *vertex, part int) *task {
	t := &task{
		vertex: v, part: part, ctx: b.run.ctx, clock: b.run.job.config.Clock, acks: b.run.acks, store: b.run.pending.Load,
		metrics: &Metrics{started: time.Now()},
	}
	t.metrics.inMark.Store(stream.MinWatermark)
	t.metrics.outMark.Store(stream.MinWatermark)
	for _, e := range v.inputs {
		for from := range e.from.vertex.parallelism {
			if e.keys != nil || from%v.parallelism == part {
				t.inputs = append(t.inputs, e.input)
			}
		}
	}
	n := len(t.inputs)
	if n > 0 {
		t.gate, t.valve, t.closed, t.aligned, t.open = newGate(n), newValve(n), make([]bool, n), make([]bool, n), n
	}
	return t
}

// channelOf gives the place among a task's channels of what a part of an edge's producer sends.
func channelOf(v *vertex, part int, of *edge, from int) int {
	at := 0
	for _, e := range v.inputs {
		for other := range e.from.vertex.parallelism {
			if e == of && other == from {
				return at
			}
			if e.keys != nil || other%v.parallelism == part {
				at++
			}
		}
	}
	return at
}

// fill gives a task its steps, from the head on.
func (b *builder) fill(t *task) error {
	head := t.vertex.head
	out, err := b.outlets(t, head)
	if err != nil {
		return err
	}
	switch n := head.node.(type) {
	case *plan.Scan:
		source, err := b.run.connectors.Source(n, t.part, t.vertex.parallelism)
		if err != nil {
			return err
		}
		return b.sourcing(t, head, source, n, out)
	case *plan.Values:
		source, err := newConstants(n, b.env)
		if err != nil {
			return err
		}
		return b.sourcing(t, head, source, nil, out)
	}
	t.head, err = b.step(t, head, out)
	return err
}

func (b *builder) sourcing(t *task, head *stage, source stream.Source, n *plan.Scan, out outlets) (err error) {
	options := b.run.job.config.Options
	s := &sourcing{source: source, key: b.keys[head], out: out, interval: options.WatermarkInterval}
	s.nap.parent = t.ctx
	t.source, t.head = s, &mapping{outlets: out}
	if s.state, err = b.run.sourceState(s.key, n, t.part, t.vertex.parallelism); err != nil || n == nil {
		return err
	}
	if n.Project != nil {
		if s.project, err = compileAll(n.Project, b.env); err != nil {
			return err
		}
	}
	if n.Filter != nil {
		if s.filter, err = expr.Compile(n.Filter, b.env); err != nil {
			return err
		}
	}
	if n.Watermark == nil {
		return nil
	}
	idle := n.Watermark.Idle
	if text, ok := n.Table.Options["scan.watermark.idle-timeout"]; ok && idle == 0 {
		if idle, err = plan.ParseDuration(text); err != nil {
			return fmt.Errorf("'scan.watermark.idle-timeout': %w", err)
		}
	}
	if idle == 0 {
		idle = options.SourceIdle
	}
	s.perRow = options.WatermarkInterval == 0 || n.Table.Options["scan.watermark.emit.strategy"] == "on-event"
	s.marks = newSplitMarks(idle, t.clock.Now())
	s.marks.ended, _ = source.(stream.Ending)
	if s.interval == 0 {
		s.interval = idlePause
	}
	s.watermark, err = expr.Compile(n.Watermark.Expr, b.env)
	return err
}

// idlePause is how often splits are looked at for idleness where watermarks come by row.
const idlePause = 200 * time.Millisecond

// outlets makes the steps after a stage, depth first, and its exchanges.
func (b *builder) outlets(t *task, s *stage) (outlets, error) {
	var out outlets
	for _, c := range s.chained {
		after, err := b.outlets(t, c)
		if err != nil {
			return nil, err
		}
		step, err := b.step(t, c, after)
		if err != nil {
			return nil, err
		}
		out = append(out, step)
	}
	for _, e := range s.edges {
		out = append(out, b.exchange(t, e))
	}
	return out, nil
}

func (b *builder) exchange(t *task, e *edge) *exchange {
	x := &exchange{ctx: t.ctx, input: e.input, keys: e.keys, metrics: t.metrics}
	if e.keys == nil {
		to := t.part % e.to.parallelism
		x.targets = []place{{gate: b.tasks[e.to][to].gate, channel: channelOf(e.to, to, e, t.part)}}
		return x
	}
	for to, other := range b.tasks[e.to] {
		x.targets = append(x.targets, place{gate: other.gate, channel: channelOf(e.to, to, e, t.part)})
	}
	return x
}

// step makes what a stage does with a batch.
func (b *builder) step(t *task, s *stage, out outlets) (receiver, error) {
	switch n := s.node.(type) {
	case *plan.Project:
		programs, err := compileAll(n.Exprs, b.env)
		return &mapping{outlets: out, of: func(in *rows.Batch) (*rows.Batch, error) { return computed(programs, in) }}, err
	case *plan.Filter:
		condition, err := expr.Compile(n.Condition, b.env)
		return &mapping{outlets: out, of: func(in *rows.Batch) (*rows.Batch, error) { return kept(condition, in) }}, err
	case *plan.DropBefore:
		return &mapping{outlets: out, of: withoutBefore}, nil
	case *plan.Sink:
		return b.sink(t, s, n)
	}
	return b.operating(t, s, out)
}

func (b *builder) operating(t *task, s *stage, out outlets) (*operating, error) {
	operator, err := b.operator(t, s)
	if err != nil {
		return nil, err
	}
	step := &operating{outlets: out, operator: operator, clock: t.clock, key: b.keys[s]}
	if step.ticking, _ = operator.(stream.Ticking); step.ticking != nil {
		t.ticking = true
	}
	t.steps = append(t.steps, step)
	step.resume, err = b.resumed(t, s, step.key)
	return step, err
}

func (b *builder) operator(t *task, s *stage) (stream.Operator, error) {
	return b.run.job.config.Operators(s.node, stream.Config{
		Env: b.env, StateTTL: b.run.job.config.Options.StateTTL, Subtask: t.part, Parallelism: t.vertex.parallelism, Late: t.metrics.dropped,
	})
}

func (b *builder) sink(t *task, s *stage, n *plan.Sink) (receiver, error) {
	sink, err := b.run.connectors.Sink(n, t.part, t.vertex.parallelism)
	if err != nil {
		return nil, err
	}
	w := &writing{sink: sink, node: n, notNull: newRequired(n, b.run.job.config.Options.DropNulls), metrics: t.metrics}
	t.sinks = append(t.sinks, w)
	if staged, ok := sink.(stream.Staged); ok {
		b.run.staged = append(b.run.staged, staged)
		if err := staged.Recover(b.run.restored.id()); err != nil {
			return nil, err
		}
	}
	if !n.Materialize {
		return w, nil
	}
	return b.operating(t, s, outlets{w})
}

// constants is the source of rows that stand in the query.
type constants struct {
	batch *rows.Batch
	done  bool
}

func newConstants(n *plan.Values, env *expr.Env) (*constants, error) {
	types := make([]rows.Type, len(n.Out))
	for i, f := range n.Out {
		types[i] = f.Type
	}
	to, one := rows.NewBuilder(types), &rows.Batch{Len: 1}
	for _, exprs := range n.Rows {
		programs, err := compileAll(exprs, env)
		if err != nil {
			return nil, err
		}
		row, err := computed(programs, one)
		if err != nil {
			return nil, err
		}
		to.Append(rows.Insert, row.Row(0))
	}
	return &constants{batch: to.Batch()}, nil
}

func (c *constants) Open(_ context.Context, state []byte) error {
	c.done = len(state) > 0 && state[0] == 1
	return nil
}

func (c *constants) Next(context.Context) (int, *rows.Batch, error) {
	if c.done || c.batch.Len == 0 {
		return 0, nil, io.EOF
	}
	c.done = true
	return 0, c.batch, nil
}

func (c *constants) Splits() int { return 1 }

func (c *constants) Save() ([]byte, error) {
	if c.done {
		return []byte{1}, nil
	}
	return []byte{0}, nil
}

func (c *constants) Close() error { return nil }
