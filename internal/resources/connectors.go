package resources

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/captures"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/diags"
)

// Connect is what is true of an environment's Kafka Connect, and of the databases that it reaches.
type Connect struct {
	Mesh        string // its name begins those of connectors
	Off         bool   // manage.connectors is off: connectors are in another's care
	Worker      captures.Worker
	Connections map[string]contracts.Connection // that the server knows of
	Moved       map[string]contracts.Connection // that are elsewhere than mesh.yaml says
}

// All are the connections of an environment: those of the files that are planned, where they declare the environment.
func (c Connect) All(set contracts.Set, environment string) map[string]contracts.Connection {
	all := map[string]contracts.Connection{}
	maps.Copy(all, c.Connections)
	maps.Copy(all, set.Mesh.Environments[environment].Connections)
	maps.Copy(all, c.Moved)
	return all
}

// Connector is what a connector is made from.
type Connector struct {
	Connection string            `json:"connection"`
	Config     map[string]string `json:"config"` // by Connect's names; passwords are references
	Products   []addrs.Product   `json:"products"`
	Needs      []addrs.Resource  `json:"needs"` // the topics that must be there
	Signals    addrs.Topic       `json:"signals"`

	Capture captures.Capture `json:"-"` // what it is derived from
}

// Rules of the problems of connectors.
const (
	RuleCapturedTwice = "captured-twice"
	RuleConnectorName = "connector-name"
)

// captured adds the connectors of the environment, the topics that they write and read, and what keeps a table from
// being captured.
func (g *Graph) captured(set contracts.Set, env Environment) {
	if env.Connect == nil || env.Connect.Off {
		return
	}
	found, twice := captures.Of(set, env.Connect.Mesh, env.Connect.All(set, env.Name))
	names := map[addrs.Connector]captures.Capture{}
	for _, c := range found {
		if other, again := names[c.Name]; again {
			g.sameName(c, other)
			continue
		}
		names[c.Name] = c
		topics := captureTopics(c, env)
		g.Resources = append(g.Resources, topics...)
		g.Resources = append(g.Resources, connector(c, *env.Connect, topics))
	}
	for _, t := range twice {
		_, path := captures.Source(t.Second)
		g.Problems.Add(diags.Diagnostic{
			Severity: diags.Error, Rule: RuleCapturedTwice, Range: t.Second.At(path),
			Summary: fmt.Sprintf("table %s is captured for %s already; a change of a row goes to one topic", t.Table, t.First.Addr),
			Fix:     fmt.Sprintf("Write source: {topic: {name: %s, format: %s}}: both are made from the same changes.", CapturedTopic(t.First), EnvelopeFormat(env.Connect.Worker.Converter)),
		})
	}
}

// sameName tells of two captures whose connectors have one name: a-b over c, and a over b-c.
func (g *Graph) sameName(c, other captures.Capture) {
	p := c.Tables[0].Product
	_, path := captures.Source(p)
	g.Problems.Add(diags.Diagnostic{
		Severity: diags.Error, Rule: RuleConnectorName, Range: p.At(path),
		Summary: fmt.Sprintf("the connector of domain %s over connection %s has the name of that of domain %s over %s: %s", c.Domain, c.Connection, other.Domain, other.Connection, c.Name),
		Fix:     fmt.Sprintf("Write connector: NAME below connection %s in mesh.yaml, or name the connection otherwise.", c.Connection),
	})
}

// EnvelopeFormat is how a converter writes Debezium's envelopes, as source.topic.format has it.
func EnvelopeFormat(converter string) string {
	if converter == "" || strings.Contains(converter, "Avro") {
		return "debezium-avro"
	}
	return "debezium-json"
}

func connector(c captures.Capture, env Connect, topics []Resource) Resource {
	first := c.Tables[0].Product
	_, path := captures.Source(first)
	r := Resource{
		Addr: addrs.Resource{Kind: addrs.KindConnector, Name: string(c.Name)}, Domain: c.Domain, Product: first.Addr, At: first.At(path),
		Attributes: map[string]Value{
			State:    {Text: Running, From: "source"},
			Snapshot: {Text: c.Snapshots(), From: "source.snapshot"},
		},
		Connector: &Connector{Connection: c.Connection, Config: c.Configuration(env.Worker), Signals: c.Name.Signals(), Capture: c},
	}
	for key, value := range r.Connector.Config {
		r.Attributes[ConfigPrefix+key] = Value{Text: captures.Shown(key, value), From: configFrom(key, value, env)}
	}
	for _, t := range c.Tables {
		r.Connector.Products = append(r.Connector.Products, t.Product.Addr)
	}
	slices.SortFunc(r.Connector.Products, addrs.Product.Compare)
	for _, t := range topics {
		r.Connector.Needs = append(r.Connector.Needs, t.Addr)
	}
	for _, t := range c.Tables {
		r.Connector.Needs = append(r.Connector.Needs, addrs.Resource{Kind: addrs.KindTopic, Name: string(t.Topic)})
	}
	return r
}

// configFrom says where a setting of a connector comes from.
func configFrom(key, value string, env Connect) string {
	switch {
	case env.Worker.Settings[key] == value && value != "":
		return "connect.config"
	case strings.HasPrefix(key, "database."):
		return "connections"
	case strings.HasPrefix(key, "transforms"), strings.HasSuffix(key, ".include.list"), key == "column.exclude.list", key == "message.key.columns", strings.HasPrefix(key, "snapshot."):
		return "the contracts"
	case strings.Contains(key, "converter"):
		return "connect.converter"
	}
	return "Weft's default"
}

// captureTopics are those that a connector needs beside those of the envelopes: signals to it, and its heartbeats.
func captureTopics(c captures.Capture, env Environment) []Resource {
	var all []Resource
	all = append(all, captureTopic(c, c.Name.Signals(), env, "asks the connector for snapshots", longestRaw), captureTopic(c, c.Name.Heartbeats(), env, "heartbeats of the connector", time.Hour))
	if c.Database.MySQL != nil {
		all = append(all, captureTopic(c, addrs.Topic(string(c.Name)+".history"), env, "the connector's history of the tables' columns, without which it cannot go on", -time.Millisecond))
	}
	return all
}

// captureTopic is a topic of one partition that a connector needs for itself.
func captureTopic(c captures.Capture, name addrs.Topic, env Environment, from string, kept time.Duration) Resource {
	p := c.Tables[0].Product
	return Resource{
		Addr: addrs.Resource{Kind: addrs.KindTopic, Name: string(name)}, Domain: c.Domain, Product: p.Addr, At: p.At("source"),
		Attributes: map[string]Value{
			Partitions: {Text: "1", From: from}, Replication: replication(p, p.Topics[0], env),
			ConfigPrefix + "cleanup.policy": {Text: "delete", From: from},
			ConfigPrefix + "retention.ms":   {Text: strconv.FormatInt(kept.Milliseconds(), 10), From: from},
		},
	}
}

// notCaptured says why the table of a product is not captured in an environment; "" where it is, or where there is none.
func notCaptured(set contracts.Set, p contracts.Product, env Environment) string {
	source, path := captures.Source(p)
	switch {
	case source == nil:
		return ""
	case env.Connect == nil:
		return path + ": the capture of the table, as the environment names no connect"
	case env.Connect.Off:
		return path + ": the capture of the table, as manage.connectors is off: its changes have to be written to " + string(CapturedTopic(p)) + " by a connector of yours"
	}
	if _, known := captures.Connection(set, p, env.Connect.All(set, env.Name)); !known {
		return fmt.Sprintf("%s: the capture of the table, as there is no connection %s here; name it below connections of the environment, or start `weft up` with --connection", path, source.Connection)
	}
	return ""
}
