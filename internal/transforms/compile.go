package transforms

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/diags"
	"github.com/weftmesh/weft/internal/flinksql/ast"
	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/flinksql/lex"
	"github.com/weftmesh/weft/internal/flinksql/parse"
	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/masks"
)

// Rule is the rule of what is wrong with a transform.
const Rule = "transform"

// Compiled is a transform that was planned: its job, and what its query gives.
type Compiled struct {
	Job    Job
	Plan   plan.Node         // of the query
	Source map[string]Source // by the name of a table of the plan
}

// Source is a product's topic that a query reads.
type Source struct {
	Product contracts.Product
	Topic   contracts.ProductTopic
}

// Compile plans the transform of a product over the contracts of a set. What is wrong with it, or with the fields that
// the contract says it gives, comes as problems at their places in the contract's file. Grants count as if none had ended.
func Compile(set contracts.Set, p contracts.Product) (Compiled, diags.List) {
	return CompileAt(set, p, time.Time{})
}

// CompileAt is Compile at a time, at which some grants may have ended.
func CompileAt(set contracts.Set, p contracts.Product, now time.Time) (Compiled, diags.List) {
	c := newCompiler(set, p)
	c.now = now
	compiled, err := c.compile()
	if err != nil {
		c.mistake(err)
	}
	return compiled, c.problems
}

type compiler struct {
	set      contracts.Set
	product  contracts.Product
	planner  *plan.Planner
	tables   map[string]*plan.Table
	sources  map[string]Source
	job      Job
	now      time.Time // which grants have ended
	rights   *Rights   // of whoever asks a query; nil: those of the product's domain
	problems diags.List
}

func newCompiler(set contracts.Set, p contracts.Product) *compiler {
	c := &compiler{set: set, product: p, tables: map[string]*plan.Table{}, sources: map[string]Source{}}
	c.planner = &plan.Planner{Catalog: c, Env: &expr.Env{Zone: time.UTC, Now: time.Now}}
	return c
}

// Table finds a table that was declared.
func (c *compiler) Table(name []string) (*plan.Table, bool) {
	t, ok := c.tables[name[len(name)-1]]
	return t, ok
}

func (c *compiler) compile() (Compiled, error) {
	p := c.product
	topic, ok := outputTopic(p)
	if !ok {
		c.report(p.At("transform"), fmt.Sprintf("%s has several events, and the transform does not say which of them it gives", p.Addr), "Write transform.event.")
		return Compiled{}, nil
	}
	c.job = Job{Product: p.Addr, Topic: topic.Name, Latency: p.SLA.Latency.P99}
	query, err := parse.Query(p.Transform.SQL)
	if err != nil {
		return Compiled{}, err
	}
	if !c.inputs(query) {
		return Compiled{}, nil
	}
	node, err := c.planner.Query(query)
	if err != nil {
		return Compiled{}, err
	}
	out := Compiled{Plan: node, Source: c.sources}
	if good := c.fields(node, topic); !c.updates(node) || !good {
		return out, nil
	}
	c.growth(node)
	if err := c.sink(query, topic); err != nil {
		return out, err
	}
	out.Job = c.job
	return out, nil
}

// outputTopic is the topic of the event that a transform gives.
func outputTopic(p contracts.Product) (contracts.ProductTopic, bool) {
	if len(p.Topics) == 1 {
		return p.Topics[0], true
	}
	i := slices.IndexFunc(p.Topics, func(t contracts.ProductTopic) bool { return t.Event == p.Transform.Event })
	if i < 0 {
		return contracts.ProductTopic{}, false
	}
	return p.Topics[i], true
}

// inputs declares the topics that a query reads, and puts their names where the query names products.
func (c *compiler) inputs(query *ast.Query) bool {
	defined := map[string]bool{}
	good := true
	ast.Walk(query, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Query:
			for _, with := range n.With {
				defined[with.Name] = true
			}
		case *ast.TableName:
			alias := n.Name.Parts[len(n.Name.Parts)-1]
			if !c.renamed(&n.Name, defined) {
				good = false
			} else if n.Alias.Name == "" && alias != n.Name.Parts[len(n.Name.Parts)-1] {
				n.Alias.Name = alias
			}
		case *ast.TableArg:
			good = (n.Name == nil || c.renamed(n.Name, defined)) && good
		}
		return true
	})
	return good
}

// renamed puts a topic's name in the place of a product's, unless WITH has defined it.
func (c *compiler) renamed(name *ast.Name, defined map[string]bool) bool {
	if len(name.Parts) == 1 && defined[name.Parts[0]] {
		return true
	}
	topic, ok := c.input(*name)
	if ok {
		name.Parts = []string{topic}
	}
	return ok
}

// input declares one topic, and gives its name.
func (c *compiler) input(name ast.Name) (string, bool) {
	written := strings.Join(name.Parts, ".")
	at := c.product.SQLAt(name.At())
	p, topics, ok := c.set.Named(written)
	switch {
	case !ok && c.rights != nil:
		c.report(at, written+" is not a topic or a product of this mesh", c.set.NearestTopic(written))
		return "", false
	case !ok:
		return "", false // contracts.Set.Inputs has said so
	case contracts.IsMasked(written) && !c.set.HasMaskedCopy(p):
		c.report(at, p.Addr.String()+" has no masked copy: it needs personal data, and a subscription that reads masked", "Read "+string(p.Topics[0].Name)+".")
		return "", false
	case len(topics) > 1:
		c.report(at, fmt.Sprintf("%s has several topics", p.Addr), "Name one of them in backticks: `"+string(topics[0].Name)+"`.")
		return "", false
	}
	topic := topics[0]
	if contracts.IsMasked(written) {
		p, topic = p.AsMasked(), masks.Topic(p, topic)
	}
	if !c.readable(at, p) || !c.known(at, p, topic) {
		return "", false
	}
	if _, declared := c.tables[string(topic.Name)]; !declared {
		if !c.declare(p, topic) {
			return "", false
		}
		c.job.Inputs = append(c.job.Inputs, topic.Name)
	}
	return string(topic.Name), true
}

// known refuses inputs that Flink's formats cannot read.
func (c *compiler) known(at diags.Range, p contracts.Product, topic contracts.ProductTopic) bool {
	if p.Schema.Type == contracts.Protobuf {
		c.report(at, fmt.Sprintf("%s is Protobuf, which jobs do not read", p.Addr), "Read a product in Avro or JSON.")
		return false
	}
	for _, f := range topic.Value.Fields {
		if why := unreadable(f.Type); why != "" {
			c.report(at, fmt.Sprintf("field %s of %s is %s", f.Name, topic.Name, why), "Read a product without such a field.")
			return false
		}
	}
	return true
}

// declare makes the tables of an input for the planner.
func (c *compiler) declare(p contracts.Product, topic contracts.ProductTopic) bool {
	mode := plan.InsertOnly
	if p.Kind == contracts.KindState {
		mode = plan.Upsert
	}
	for _, t := range sourceTables(p, topic) {
		if err := c.define(t, mode); err != nil {
			c.report(p.At("schema"), fmt.Sprintf("%s cannot be read by a job: %v", topic.Name, err), "")
			return false
		}
		c.sources[t.Name] = Source{p, topic}
		c.job.Tables = append(c.job.Tables, t)
	}
	return true
}

func (c *compiler) define(t Table, mode plan.Mode) error {
	statement, err := parse.Statement(t.statement(Connection{}, ""))
	if err != nil {
		return err
	}
	var table *plan.Table
	switch s := statement.(type) {
	case *ast.CreateTable:
		table, err = c.planner.Define(s)
	case *ast.CreateView:
		table, err = c.planner.DefineView(s)
	}
	if err != nil {
		return err
	}
	table.Mode, table.Accepts = mode, mode
	c.tables[t.Name] = table
	return nil
}

// sink declares the product's topic and makes the INSERT: the query's columns by name, in the table's order.
func (c *compiler) sink(query *ast.Query, topic contracts.ProductTopic) error {
	table := sinkTable(c.product, topic)
	mode := plan.InsertOnly
	if c.product.Kind == contracts.KindState {
		mode = plan.Upsert
	}
	if err := c.define(table, mode); err != nil {
		return err
	}
	c.job.Tables = append(c.job.Tables, table)
	zoned := c.product.Schema.Type == contracts.JSON
	list := make([]string, len(topic.Value.Fields))
	for i, f := range topic.Value.Fields {
		list[i] = quoted(f.Name)
		if zoned {
			list[i] = fmt.Sprintf("CAST(%s AS %s)", quoted(f.Name), plainType(f.Type, true))
		}
	}
	insert := fmt.Sprintf("INSERT INTO %s SELECT %s FROM (%s)", quoted(table.Name), strings.Join(list, ", "), ast.Format(query))
	err := c.planned(insert)
	var conflict *plan.ConflictError
	if errors.As(err, &conflict) {
		// The newest row of a key is what a product of kind state promises.
		insert += " ON CONFLICT DO DEDUPLICATE"
		err = c.planned(insert)
	}
	if err != nil {
		c.report(c.product.At("transform"), err.Error(), hint(err))
		return nil
	}
	c.job.Insert = insert
	return nil
}

func (c *compiler) planned(insert string) error {
	statement, err := parse.Statement(insert)
	if err != nil {
		return err
	}
	sink, err := c.planner.Insert(statement.(*ast.Insert)) //nolint:errcheck // an INSERT was parsed
	if err == nil {
		c.job.used = map[string]map[string]bool{}
		c.used(sink)
	}
	return err
}

// used notes which columns a plan reads.
func (c *compiler) used(n plan.Node) {
	if scan, ok := n.(*plan.Scan); ok {
		names := c.job.used[scan.Table.Name]
		if names == nil {
			names = map[string]bool{"": true}
			c.job.used[scan.Table.Name] = names
		}
		for _, i := range scan.Read {
			names[scan.Table.Columns[i].Name] = true
		}
	}
	for _, input := range n.Inputs() {
		c.used(input)
	}
}

func hint(err error) string {
	var mistake *lex.Error
	if errors.As(err, &mistake) {
		return mistake.Hint
	}
	return ""
}

// mistake reports what is wrong with the SQL, at its place in the contract's file.
func (c *compiler) mistake(err error) {
	var mistake *lex.Error
	if errors.As(err, &mistake) {
		c.report(c.product.SQLAt(mistake.Position), "transform: "+mistake.Message, mistake.Hint)
		return
	}
	c.report(c.product.At("transform"), "transform: "+err.Error(), "")
}

func (c *compiler) report(at diags.Range, summary, fix string) {
	c.problems.Add(diags.Diagnostic{Severity: diags.Error, Rule: Rule, Range: at, Summary: summary, Fix: fix})
}

func sorted(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
