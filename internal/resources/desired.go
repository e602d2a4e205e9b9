package resources

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/contracts"
)

// Desired derives what a set of contracts needs in an environment, the control domain's own topics included.
func Desired(set contracts.Set, env Environment) Graph {
	graph := Graph{Resources: Control(env)}
	for _, p := range set.Products {
		for _, t := range p.Topics {
			graph.Resources = append(graph.Resources, productTopic(set, p, t, env))
			graph.Resources = append(graph.Resources, subjects(p, t, env)...)
			graph.Resources = append(graph.Resources, gateResources(set, p, t, env)...)
		}
		if p.Transform != nil && env.Jobs != nil {
			if r, ok := job(set, p, env); ok {
				graph.Resources = append(graph.Resources, r)
			}
		}
		graph.NotYet = append(graph.NotYet, notYet(set, p, env)...)
	}
	graph.captured(set, env)
	slices.SortStableFunc(graph.Resources, func(a, b Resource) int { return cmp.Or(a.Addr.Compare(b.Addr), later(a)-later(b)) })
	graph.Resources = slices.CompactFunc(graph.Resources, func(a, b Resource) bool { return a.Addr == b.Addr }) // what several topics of a product share, or read
	return graph
}

// later puts what a product only reads behind what another declares.
func later(r Resource) int {
	if r.Awaited {
		return 1
	}
	return 0
}

func productTopic(set contracts.Set, p contracts.Product, t contracts.ProductTopic, env Environment) Resource {
	r := Resource{
		Addr: addrs.Resource{Kind: addrs.KindTopic, Name: string(t.Name)}, Domain: p.Domain, Product: p.Addr,
		Attributes: map[string]Value{}, Bound: !t.Managed, Keyed: len(p.Key) > 0, At: p.At("topic"),
	}
	if r.Bound {
		return r
	}
	r.Attributes[Partitions] = written(p, "topic.partitions", strconv.Itoa(t.Partitions), "the mesh's default")
	r.Attributes[Replication] = replication(p, t, env)
	configs(set, p, t, r.Attributes)
	return r
}

// written is a value as the file has it, or as it is derived where the file says nothing.
func written(p contracts.Product, path, text, from string) Value {
	if p.Has(path) {
		return Value{Text: text}
	}
	return Value{Text: text, From: from}
}

func replication(p contracts.Product, t contracts.ProductTopic, env Environment) Value {
	if env.Brokers > 0 && t.Replication > env.Brokers {
		return Value{Text: strconv.Itoa(env.Brokers), From: fmt.Sprintf("%d clamped to the brokers there are", t.Replication)}
	}
	return written(p, "topic.replication", strconv.Itoa(t.Replication), "the mesh's default")
}

func configs(set contracts.Set, p contracts.Product, t contracts.ProductTopic, into map[string]Value) {
	switch {
	case p.Kind == contracts.KindState:
		into[ConfigPrefix+"cleanup.policy"] = Value{Text: "compact", From: "kind: state"}
	case p.SLA.Retention > 0:
		into[ConfigPrefix+"cleanup.policy"] = Value{Text: "delete", From: "kind: events"}
		into[ConfigPrefix+"retention.ms"] = Value{Text: milliseconds(p.SLA.Retention), From: "sla.retention: " + p.SLA.Retention.String()}
	default:
		into[ConfigPrefix+"cleanup.policy"] = Value{Text: "delete", From: "kind: events"}
		retention := set.Mesh.Defaults.Retention
		into[ConfigPrefix+"retention.ms"] = Value{Text: milliseconds(retention), From: "the mesh's default: " + retention.String()}
	}
	for key, value := range t.Config {
		into[ConfigPrefix+key] = Value{Text: value}
	}
	clampInSync(into)
}

// clampInSync keeps min.insync.replicas within the replication, or nothing could be written.
func clampInSync(into map[string]Value) {
	inSync, set := into[ConfigPrefix+"min.insync.replicas"]
	n, err := strconv.Atoi(inSync.Text)
	replicas, _ := strconv.Atoi(into[Replication].Text)
	if set && err == nil && n > replicas {
		into[ConfigPrefix+"min.insync.replicas"] = Value{Text: into[Replication].Text, From: inSync.Text + " clamped to the replication"}
	}
}

func milliseconds(d contracts.Duration) string { return strconv.FormatInt(d.Std().Milliseconds(), 10) }

// subjects are those of a topic's values and, where they are Avro, its keys.
func subjects(p contracts.Product, t contracts.ProductTopic, env Environment) []Resource {
	var found []Resource
	if t.ValueText != "" {
		found = append(found, subject(p, t.Name.ValueSubject(), strings.ToUpper(p.Schema.Type), t.ValueText, env))
	}
	if t.Key != nil {
		found = append(found, subject(p, t.Name.KeySubject(), "AVRO", t.Key.Avro(), env))
	}
	return found
}

func subject(p contracts.Product, name addrs.Subject, schemaType, text string, env Environment) Resource {
	r := Resource{
		Addr: addrs.Resource{Kind: addrs.KindSubject, Name: string(name)}, Domain: p.Domain, Product: p.Addr, At: p.At("schema"),
		Attributes: map[string]Value{
			SchemaType:    {Text: schemaType, From: "schema.type"},
			SchemaText:    {Text: text, From: "the contract's fields"},
			Compatibility: written(p, "schema.compatibility", strings.ToUpper(p.Schema.Compatibility), "Weft's default"),
		},
	}
	if env.ReadOnly {
		r.Attributes[Mode] = Value{Text: "READONLY", From: "only Weft registers, by the contract"}
	}
	return r
}

// notYet names the parts of a contract that are read and not run.
func notYet(set contracts.Set, p contracts.Product, env Environment) []NotYet {
	var found []NotYet
	add := func(there bool, what string) {
		if there {
			found = append(found, NotYet{Product: p.Addr, What: what})
		}
	}
	add(p.Transform != nil && env.Jobs == nil, "transform: the job that derives the product, as the environment names no flink")
	if why := notCaptured(set, p, env); why != "" {
		add(true, why)
	}
	add(p.Schema.Type == contracts.Protobuf, "schema.type: protobuf: the subject's schema")
	add(slices.ContainsFunc(p.Quality, func(c contracts.Check) bool { return c.Check == "" }), "quality: checks with memory (unique, references, rows)")
	add(p.HasPII(), "ACLs")
	add(len(p.Tests) > 0, "tests of the contract")
	return found
}
