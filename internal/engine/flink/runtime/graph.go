package runtime

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/engine/flink/stream"
	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/flinksql/plan"
)

// graph is a job cut into vertices: chains of nodes that one task runs without handing anything to another.
type graph struct {
	vertices []*vertex
	edges    []*edge
	placed   map[plan.Node]*stage
	options  Options
	parts    func(*plan.Scan) (int, error)
}

// vertex is a chain, or a tree, of nodes that Parallelism tasks run.
type vertex struct {
	id          int
	head        *stage
	parallelism int
	inputs      []*edge
	nodes       []plan.Node
}

// stage is a node within a vertex, and who gets what it emits.
type stage struct {
	node    plan.Node
	vertex  *vertex
	number  int // among the stages of the vertex
	chained []*stage
	edges   []*edge

	keyed   *division // how rows come to the node's tasks; nil if it does not matter
	divided []int     // the columns of the node's output by which its rows are divided among tasks
}

// division says which tasks have which keys of a node.
type division struct {
	keys int   // how many columns the node's keys have
	by   []int // those whose hash decides
}

// edge hands the output of a stage to the head of another vertex.
type edge struct {
	from  *stage
	to    *vertex
	input int
	keys  []int // the columns whose hash decides; nil: task i goes to task i modulo the number of tasks
}

// newGraph cuts a plan. Sinks may share parts of it.
func newGraph(ctx context.Context, sinks []*plan.Sink, options Options, connectors stream.Connectors) (*graph, error) {
	g := &graph{placed: map[plan.Node]*stage{}, options: options}
	g.parts = func(s *plan.Scan) (int, error) { return connectors.Parts(ctx, s) }
	for _, s := range sinks {
		if _, err := g.place(s); err != nil {
			return nil, err
		}
	}
	return g, nil
}

// place finds the stage of a node, and makes it at the first time of asking.
func (g *graph) place(n plan.Node) (*stage, error) {
	if s, ok := g.placed[n]; ok {
		return s, nil
	}
	s, err := g.cut(n)
	if err != nil {
		return nil, err
	}
	g.placed[n] = s
	return s, nil
}

func (g *graph) cut(n plan.Node) (*stage, error) {
	switch n := n.(type) {
	case *plan.Scan:
		parts, err := g.parts(n)
		return g.vertexOf(n, max(1, min(g.options.Parallelism, parts))), err
	case *plan.Values:
		return g.vertexOf(n, 1), nil
	}
	var producers [][]*stage
	for _, input := range n.Inputs() {
		p, err := g.producers(input)
		if err != nil {
			return nil, err
		}
		producers = append(producers, p)
	}
	need := needs(n)
	width := g.width(need, producers)
	if len(producers) == 1 && len(producers[0]) == 1 && g.chains(producers[0][0], n, need, width) {
		s := chain(producers[0][0], n)
		s.inherit(producers[0][0].divided, need)
		return s, nil
	}
	s := g.vertexOf(n, width)
	if need.keys != nil && width > 1 {
		s.keyed, s.divided = &division{len(need.keys[0]), firsts(len(need.keys[0]))}, distribution(n)
	}
	for input, ps := range producers {
		for _, p := range ps {
			g.connect(p, s.vertex, input, need)
		}
	}
	return s, nil
}

// inherit finds the division of a stage whose rows come from another stage of the same task, divided by some columns.
func (s *stage) inherit(divided []int, need need) {
	switch n := s.node.(type) {
	case *plan.Project:
		s.divided = projected(divided, n.Exprs)
		return
	case *plan.Filter, *plan.DropBefore, *plan.Unnest:
		s.divided = divided
		return
	}
	if need.keys == nil {
		if _, ok := s.node.(*plan.WindowAssign); ok {
			s.divided = divided
		}
		return
	}
	s.keyed = &division{keys: len(need.keys[0])}
	out := distribution(s.node)
	for _, d := range divided {
		at := slices.Index(need.keys[0], d)
		s.keyed.by = append(s.keyed.by, at)
		if at < len(out) {
			s.divided = append(s.divided, out[at])
		}
	}
}

// producers are the stages whose output makes up a node's: of a union, those of all its members.
func (g *graph) producers(n plan.Node) ([]*stage, error) {
	union, ok := n.(*plan.Union)
	if !ok {
		s, err := g.place(n)
		return []*stage{s}, err
	}
	var all []*stage
	for _, m := range union.Members {
		p, err := g.producers(m)
		if err != nil {
			return nil, err
		}
		all = append(all, p...)
	}
	return all, nil
}

func (g *graph) width(need need, producers [][]*stage) int {
	switch {
	case need.global:
		return 1
	case need.keys != nil:
		return g.options.Parallelism
	}
	width := 1
	for _, ps := range producers {
		for _, p := range ps {
			width = max(width, p.vertex.parallelism)
		}
	}
	return width
}

// chains reports whether a node can run in its producer's task.
func (g *graph) chains(p *stage, n plan.Node, need need, width int) bool {
	if p.vertex.parallelism != width {
		return false
	}
	return width == 1 || need.keys == nil || within(distribution(p.node), need.keys[0]) && len(n.Inputs()) == 1
}

// within reports whether rows that are divided by some columns are together wherever they are equal in keys.
func within(divided, keys []int) bool {
	for _, d := range divided {
		found := false
		for _, k := range keys {
			found = found || k == d
		}
		if !found {
			return false
		}
	}
	return len(divided) > 0
}

func (g *graph) vertexOf(n plan.Node, parallelism int) *stage {
	v := &vertex{id: len(g.vertices), parallelism: parallelism}
	v.head = &stage{node: n, vertex: v}
	v.nodes = []plan.Node{n}
	g.vertices = append(g.vertices, v)
	return v.head
}

func chain(p *stage, n plan.Node) *stage {
	s := &stage{node: n, vertex: p.vertex, number: len(p.vertex.nodes)}
	p.chained = append(p.chained, s)
	p.vertex.nodes = append(p.vertex.nodes, n)
	return s
}

func (g *graph) connect(from *stage, to *vertex, input int, need need) {
	e := &edge{from: from, to: to, input: input}
	if need.keys != nil && to.parallelism > 1 {
		e.keys = need.keys[input]
	}
	from.edges = append(from.edges, e)
	to.inputs = append(to.inputs, e)
	g.edges = append(g.edges, e)
}

// need is how the rows of a node's inputs must be divided among its tasks.
type need struct {
	global bool    // all rows to one task
	keys   [][]int // by input: rows with equal keys to one task; nil if it does not matter
}

func byKeys(keys ...[]int) need {
	if len(keys[0]) == 0 {
		return need{global: true}
	}
	return need{keys: keys}
}

func needs(n plan.Node) need {
	switch n := n.(type) {
	case *plan.GroupAggregate:
		return byKeys(n.Keys)
	case *plan.WindowAggregate:
		return byKeys(n.Keys)
	case *plan.Rank:
		return byKeys(n.Partition)
	case *plan.Deduplicate:
		return byKeys(n.Partition)
	case *plan.Join:
		return byKeys(n.LeftKeys, n.RightKeys)
	case *plan.IntervalJoin:
		return byKeys(n.LeftKeys, n.RightKeys)
	case *plan.TemporalJoin:
		return byKeys(n.LeftKeys, n.RightKeys)
	case *plan.Normalize:
		return byKeys(n.Keys)
	case *plan.WindowAssign:
		if n.Window.Kind == plan.Session {
			return byKeys(n.Window.Partition)
		}
	case *plan.Limit, *plan.TimeSort:
		return need{global: true}
	case *plan.Sink:
		return sinkNeeds(n)
	}
	return need{}
}

// sinkNeeds brings the changes of one primary key to one task, so that they stay in order.
func sinkNeeds(n *plan.Sink) need {
	if n.Input.Properties().Mode == plan.InsertOnly && !n.Materialize || len(n.Table.PrimaryKey) == 0 {
		return need{}
	}
	var keys []int
	for _, k := range n.Table.PrimaryKey {
		for i, c := range n.Columns {
			if c == k {
				keys = append(keys, i)
			}
		}
	}
	if len(keys) != len(n.Table.PrimaryKey) {
		return need{}
	}
	return byKeys(keys)
}

// distribution gives the columns of a node's output by which its rows are divided among tasks; none if that is not
// known.
func distribution(n plan.Node) []int {
	switch n := n.(type) {
	case *plan.GroupAggregate:
		return firsts(len(n.Keys))
	case *plan.WindowAggregate:
		return firsts(len(n.Keys))
	case *plan.Rank:
		return n.Partition
	case *plan.Deduplicate:
		return n.Partition
	case *plan.Normalize:
		return n.Keys
	case *plan.Join:
		return ofJoin(n.Kind, n.LeftKeys)
	case *plan.IntervalJoin:
		return ofJoin(n.Kind, n.LeftKeys)
	case *plan.TemporalJoin:
		return ofJoin(n.Kind, n.LeftKeys)
	case *plan.Filter, *plan.DropBefore, *plan.Unnest, *plan.WindowAssign:
		return distribution(n.Inputs()[0])
	case *plan.Project:
		return projected(distribution(n.Input), n.Exprs)
	}
	return nil
}

// ofJoin: where the left side may be missing, its keys are NULL although the rows are divided by the right side's.
func ofJoin(kind plan.JoinKind, left []int) []int {
	if kind == plan.Right || kind == plan.Full {
		return nil
	}
	return left
}

func projected(divided []int, exprs []expr.Expr) []int {
	var out []int
	for _, d := range divided {
		at := -1
		for i, e := range exprs {
			if r, ok := e.(*expr.Ref); ok && r.Index == d && at < 0 {
				at = i
			}
		}
		if at < 0 {
			return nil
		}
		out = append(out, at)
	}
	return out
}

func firsts(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// name is the vertex's name in status and metrics: its nodes, in order.
func (v *vertex) name() string {
	names := make([]string, len(v.nodes))
	for i, n := range v.nodes {
		names[i] = nodeName(n)
	}
	return strings.Join(names, " -> ")
}

func nodeName(n plan.Node) string {
	switch n := n.(type) {
	case *plan.Scan:
		return fmt.Sprintf("Source: %s", n.Table.Name)
	case *plan.Sink:
		return fmt.Sprintf("Sink: %s", n.Table.Name)
	case *plan.Rank:
		if n.To == math.MaxInt64 {
			return "Sort"
		}
	}
	return strings.TrimPrefix(fmt.Sprintf("%T", n), "*plan.")
}
