// Package resources says what a mesh needs in the outside systems: one Graph of topics and subjects from a Set of
// contracts and the environment that they run in.
package resources

import (
	"slices"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/diags"
)

// Value is an attribute of a resource: what it shall be, and where that comes from if no file says it.
type Value struct {
	Text string `json:"text"`
	From string `json:"from,omitempty"` // "" for what is written
}

// Names of attributes. A topic's configuration has one attribute a key: config.retention.ms.
const (
	Partitions    = "partitions"
	Replication   = "replication"
	ConfigPrefix  = "config."
	SchemaType    = "type"
	SchemaText    = "schema"
	Compatibility = "compatibility"
	Mode          = "mode"
	State         = "state"      // of a connector, by Connect's names
	Snapshot      = "snapshot"   // of a connector: the tables whose rows it has read, or shall read
	JobPlan       = "plan"       // of a job: the hash of what it does
	JobConnection = "connection" // of a job: the hash of the addresses and settings by which it reaches Kafka and the registry
	JobState      = "state"      // of a job, by Flink's names
	JobSQL        = "sql"        // of a job, in a change: what its contract said and says
	JobStart      = "start"      // of a job, in a change: where it begins to read
)

// Running is the state that a job or a connector shall be in (Flink's JobStatus; Connect's states of tasks).
const Running = "RUNNING"

// Resource is one thing that a mesh needs.
type Resource struct {
	Addr       addrs.Resource   `json:"address"`
	Domain     string           `json:"domain"`
	Product    addrs.Product    `json:"product"`
	Attributes map[string]Value `json:"attributes"`
	Bound      bool             `json:"bound,omitempty"`   // exists in another's care: it must be there, and is never changed
	Awaited    bool             `json:"awaited,omitempty"` // of a bound one: it need not be there yet
	Keyed      bool             `json:"keyed,omitempty"`   // a topic whose records have keys: its partitions cannot change
	Job        *Job             `json:"job,omitempty"`     // of a job: what it needs to be started
	Connector  *Connector       `json:"connector,omitempty"`
	At         diags.Range      `json:"-"`
}

// Needs are the topics and subjects that must be there before the resource is made.
func (r Resource) Needs() []addrs.Resource {
	switch {
	case r.Job != nil:
		return r.Job.Needs
	case r.Connector != nil:
		return r.Connector.Needs
	}
	return nil
}

// Observed is what an outside system says of a resource. A resource that is not there has no attributes.
type Observed struct {
	Addr       addrs.Resource
	Attributes map[string]string
}

// Exists reports whether the outside system has the resource.
func (o Observed) Exists() bool { return o.Attributes != nil }

// NotYet is a part of a contract that this version of Weft reads and does not run.
type NotYet struct {
	Product addrs.Product `json:"product"`
	What    string        `json:"what"`
}

// Environment is what is true of the place that a mesh runs in.
type Environment struct {
	Name     string
	Brokers  int      // how many there are; replication is clamped to it
	Control  string   // the control domain
	ReadOnly bool     // the registry has modes: subjects are READONLY between registrations
	Jobs     *Jobs    // how jobs run; nil: there is no Flink
	Connect  *Connect // how tables are captured; nil: there is no Kafka Connect
}

// Graph is everything that a mesh needs, in the order of addresses.
type Graph struct {
	Resources []Resource
	NotYet    []NotYet
	Problems  diags.List // of contracts that contradict each other here
}

// Lookup finds a resource by address.
func (g Graph) Lookup(addr addrs.Resource) (Resource, bool) {
	i, found := slices.BinarySearchFunc(g.Resources, addr, func(r Resource, a addrs.Resource) int { return r.Addr.Compare(a) })
	if !found {
		return Resource{}, false
	}
	return g.Resources[i], true
}
