package resources

import (
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/masks"
	"github.com/weftmesh/weft/internal/transforms"
)

// Jobs is what is true of an environment's Flink: how its jobs reach Kafka and the registry, and what is set for all of
// them, by Flink's names.
type Jobs struct {
	Bootstrap string
	Registry  string
	Config    map[string]string // keys that begin with KafkaPrefix are for Kafka's clients
}

// KafkaPrefix begins the settings of an environment's Flink that are for the Kafka clients of its jobs.
const KafkaPrefix = "kafka."

// Job is what starts a job: statements without secrets, in order, and the settings of their session.
type Job struct {
	Name       string            `json:"name"` // in Flink
	Plan       string            `json:"plan"` // the hash of what it does
	Statements []string          `json:"statements"`
	Settings   map[string]string `json:"settings"`
	From       From              `json:"from"`
	OnChange   string            `json:"on_change,omitempty"`
	Events     bool              `json:"events,omitempty"` // it appends: what is given twice is there twice
	Needs      []addrs.Resource  `json:"needs"`            // the topics and subjects that must be there
}

// From says what a job takes up when it starts.
type From string

// Beginnings of a job. Where there is a savepoint of the same plan, it is taken up.
const (
	FromStart   From = "start"   // the inputs from their beginning
	FromNow     From = "now"     // the offsets up to which the job before it came
	FromOffsets From = "offsets" // the last checkpoint that is there, else those offsets
	FromState   From = "state"   // a savepoint of the job that runs
)

// checkpoints are taken this often at most, and at least this often where no latency is promised.
const (
	shortestInterval = 10 * time.Millisecond
	longestInterval  = 10 * time.Second
)

// CheckpointInterval is Flink's setting of how often a job commits what it wrote.
const CheckpointInterval = "execution.checkpointing.interval"

// job is the job of a derived product; false where its transform has problems, which the rules tell.
func job(set contracts.Set, p contracts.Product, env Environment) (Resource, bool) {
	compiled, problems := transforms.Compile(set, p)
	if problems.HasErrors() {
		return Resource{}, false
	}
	interval, from := interval(set, p)
	connection, config := env.Jobs.connection()
	settings := map[string]string{
		CheckpointInterval:                                          milli(interval),
		"execution.checkpointing.mode":                              "EXACTLY_ONCE",
		"execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
	}
	maps.Copy(settings, config)
	settings["pipeline.name"] = compiled.Job.Name(connection)
	r := Resource{
		Addr: addrs.Resource{Kind: addrs.KindJob, Name: p.Addr.String()}, Domain: p.Domain, Product: p.Addr, At: p.At("transform"),
		Attributes: map[string]Value{
			JobPlan:            {Text: compiled.Job.Hash(), From: "the SQL, and the schemas of what it reads and gives"},
			JobConnection:      {Text: connection.Hash(), From: "the addresses of Kafka and the registry, and flink.config"},
			JobState:           {Text: Running, From: "transform"},
			CheckpointInterval: {Text: settings[CheckpointInterval], From: from},
		},
		Job: &Job{
			Name: settings["pipeline.name"], Plan: compiled.Job.Hash(), Statements: compiled.Job.Statements(connection), Settings: settings, From: FromStart,
			OnChange: p.Transform.OnChange, Events: p.Kind == contracts.KindEvents, Needs: needs(set, compiled.Job),
		},
	}
	return r, true
}

// connection takes what is for Kafka's clients out of the settings.
func (e Jobs) connection() (transforms.Connection, map[string]string) {
	connection := transforms.Connection{Bootstrap: e.Bootstrap, Registry: e.Registry, Kafka: map[string]string{}, Start: StartPlace}
	settings := map[string]string{}
	for key, value := range e.Config {
		if name, ok := strings.CutPrefix(key, KafkaPrefix); ok {
			connection.Kafka[name] = value
		} else {
			settings[key] = value
		}
	}
	return connection, settings
}

// StartPlace stands in a job's statements for where its inputs begin.
const StartPlace = "${start}"

// Script gives the statements for a beginning.
func (j Job) Script() []string {
	start := transforms.FromGroup
	if j.From == FromStart {
		start = transforms.FromEarliest
	}
	script := make([]string, len(j.Statements))
	for i, s := range j.Statements {
		script[i] = strings.ReplaceAll(s, StartPlace, start)
	}
	return script
}

func needs(set contracts.Set, j transforms.Job) []addrs.Resource {
	var all []addrs.Resource
	for _, name := range append([]addrs.Topic{j.Topic}, j.Inputs...) {
		all = append(all, addrs.Resource{Kind: addrs.KindTopic, Name: string(name)})
		t := topicNamed(set, name)
		if t.ValueText != "" {
			all = append(all, addrs.Resource{Kind: addrs.KindSubject, Name: string(name.ValueSubject())})
		}
		if t.Key != nil {
			all = append(all, addrs.Resource{Kind: addrs.KindSubject, Name: string(name.KeySubject())})
		}
	}
	return all
}

// topicNamed finds a topic that a job reads or writes, which may be a masked copy.
func topicNamed(set contracts.Set, name addrs.Topic) contracts.ProductTopic {
	if _, t, ok := set.ProductOf(name); ok {
		return t
	}
	if of, masked := strings.CutSuffix(string(name), string(addrs.Topic("").Masked())); masked {
		if p, t, ok := set.ProductOf(addrs.Topic(of)); ok {
			return masks.Topic(p, t)
		}
	}
	return contracts.ProductTopic{}
}

// interval is how often a job commits: a row waits for a commit at each hop, half of the latency is for that.
func interval(set contracts.Set, p contracts.Product) (time.Duration, string) {
	hops := hops(set, p, map[addrs.Product]bool{})
	latency, freshness := p.SLA.Latency.P99.Std(), p.SLA.Freshness.Std()
	switch {
	case latency > 0:
		return clamp(latency / time.Duration(2*hops)), fmt.Sprintf("sla.latency: half of %s over %d hops", p.SLA.Latency.P99, hops)
	case freshness > 0:
		return clamp(freshness / time.Duration(10*hops)), fmt.Sprintf("sla.freshness: a tenth of %s over %d hops, at most %s", p.SLA.Freshness, hops, longestInterval)
	}
	return longestInterval, "Weft's default"
}

func clamp(d time.Duration) time.Duration {
	return max(shortestInterval, min(longestInterval, d)).Truncate(time.Millisecond)
}

func milli(d time.Duration) string { return fmt.Sprintf("%d ms", d.Milliseconds()) }

// hops counts the jobs that a row passes on its longest way to a product.
func hops(set contracts.Set, p contracts.Product, seen map[addrs.Product]bool) int {
	if p.Transform == nil || seen[p.Addr] {
		return 0
	}
	seen[p.Addr] = true
	longest := 0
	inputs, _ := set.Inputs(p)
	for _, in := range inputs {
		longest = max(longest, hops(set, in.Product, seen))
	}
	delete(seen, p.Addr)
	return longest + 1
}
