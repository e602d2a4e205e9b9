package contracts

import (
	"github.com/weftmesh/weft/internal/contracts/strict"
)

// Mesh is mesh.yaml: the name, the environments, the defaults.
type Mesh struct {
	Name         string                 `yaml:"name"`
	Control      string                 `yaml:"control"` // the control domain; platform unless named
	Defaults     Defaults               `yaml:"defaults"`
	Environments map[string]Environment `yaml:"environments"`

	strict.Positions `yaml:"-"`
}

// Defaults apply where a contract says nothing.
type Defaults struct {
	Partitions  int      `yaml:"partitions"`
	Replication int      `yaml:"replication"`
	Retention   Duration `yaml:"retention"`
	Notice      Duration `yaml:"notice"` // how far ahead a looser promise is announced
}

// Environment is one place where the mesh runs. An empty one is embedded in the binary.
type Environment struct {
	Server      string                `yaml:"server"`
	Kafka       *Kafka                `yaml:"kafka"`
	Registry    *Registry             `yaml:"registry"`
	Connect     *Connect              `yaml:"connect"`
	Flink       *Flink                `yaml:"flink"`
	DataHub     *DataHub              `yaml:"datahub"`
	Principals  map[string]string     `yaml:"principals"`
	Manage      Manage                `yaml:"manage"`
	Connections map[string]Connection `yaml:"connections"`
}

// Kafka is how the cluster is reached.
type Kafka struct {
	Bootstrap []string `yaml:"bootstrap"`
	TLS       *TLS     `yaml:"tls"`
	SASL      *SASL    `yaml:"sasl"`
}

// TLS names PEM files; Cert and Key are the client's own, for mutual TLS.
type TLS struct {
	CA         string `yaml:"ca"`
	Cert       string `yaml:"cert"`
	Key        string `yaml:"key"`
	ServerName string `yaml:"server_name"`
}

// SASL is who Weft is on the cluster.
type SASL struct {
	Mechanism string `yaml:"mechanism"` // PLAIN, SCRAM-SHA-256, SCRAM-SHA-512
	User      string `yaml:"user"`
	Password  Secret `yaml:"password"`
}

// Registry is how the schema registry is reached.
type Registry struct {
	URL      string `yaml:"url"`
	User     string `yaml:"user"`
	Password Secret `yaml:"password"`
	Token    Secret `yaml:"token"`
	TLS      *TLS   `yaml:"tls"`
}

// Connect is how Kafka Connect is reached.
type Connect struct {
	URL       string `yaml:"url"`
	Principal string `yaml:"principal"`
	Converter string `yaml:"converter"`
	// Settings of every connector, by Connect's names: what its converters and its clients of Kafka need.
	Config map[string]string `yaml:"config"`
}

// Flink is how Flink's SQL Gateway and its REST API are reached.
type Flink struct {
	Gateway   string            `yaml:"gateway"`
	REST      string            `yaml:"rest"`
	Principal string            `yaml:"principal"`
	Config    map[string]string `yaml:"config"`
}

// DataHub is how DataHub is reached.
type DataHub struct {
	URL   string `yaml:"url"`
	Token Secret `yaml:"token"`
}

// Manage bounds what Weft changes, per kind: owned, add or off.
type Manage struct {
	Topics     string `yaml:"topics"`
	Subjects   string `yaml:"subjects"`
	ACLs       string `yaml:"acls"`
	Quotas     string `yaml:"quotas"`
	Connectors string `yaml:"connectors"`
}

// Levels of Manage.
const (
	ManageOwned = "owned" // what Weft created or adopted
	ManageAdd   = "add"   // add, never remove or restrict
	ManageOff   = "off"   // leave alone
)

// Connection is a database that sources name.
type Connection struct {
	Postgres  *Database `yaml:"postgres"`
	MySQL     *Database `yaml:"mysql"`
	Connector string    `yaml:"connector"` // name in Kafka Connect of one that exists and is adopted; "" for the derived one
}

// Database is how one database is reached.
type Database struct {
	Host     string `yaml:"host"`
	Port     int    `yaml:"port"`
	Database string `yaml:"database"`
	User     string `yaml:"user"`
	Password Secret `yaml:"password"`
}

// Secret says where a secret is, never what it is: an environment variable, a file, or a reference that Kafka Connect
// resolves by itself.
type Secret struct {
	Env     string `yaml:"env"`
	File    string `yaml:"file"`
	Connect string `yaml:"connect"`
}

// IsZero reports whether no secret is named.
func (s Secret) IsZero() bool { return s == Secret{} }

// UnmarshalNode refuses a secret that stands in the file itself, without repeating it.
func (s *Secret) UnmarshalNode(d *strict.Decoder, node *strict.Node, path string) {
	if strict.IsScalar(node) {
		d.Problem(node, "secret-in-file", path+" stands in the file in clear",
			"Write {env: NAME} or {file: PATH}, and change the secret: this one is known to all who can read the repository.")
		return
	}
	type plain Secret
	d.Into(node, (*plain)(s), path)
}

// Domain is domain.yaml: who owns the domain, its people, applications and waivers.
type Domain struct {
	Name     string         `yaml:"domain"`
	Owner    string         `yaml:"owner"`
	Members  []string       `yaml:"members"`
	Contacts Contacts       `yaml:"contacts"`
	Apps     map[string]App `yaml:"apps"`
	Quota    Quota          `yaml:"quota"`
	Waivers  []Waiver       `yaml:"waivers"`
	// Connections that only this domain uses, by environment-independent name.
	Connections map[string]Connection `yaml:"connections"`
	Description string                `yaml:"description"`

	strict.Positions `yaml:"-"`
}

// Contacts says where to turn.
type Contacts struct {
	Page    string `yaml:"page"`
	Chat    string `yaml:"chat"`
	Runbook string `yaml:"runbook"`
}

// App is an application of a domain.
type App struct {
	Writes []string `yaml:"writes"`
}

// Quota bounds a domain's traffic.
type Quota struct {
	Produce Rate `yaml:"produce"`
	Consume Rate `yaml:"consume"`
}

// Waiver lets one product break one rule until a day.
type Waiver struct {
	Rule    string `yaml:"rule"`
	Product string `yaml:"product"` // within the domain: shipment-events/v2
	Reason  string `yaml:"reason"`
	Until   Date   `yaml:"until"`
	By      string `yaml:"by"`
}

// Subscription is what a domain reads of another's product, and what it needs of it.
type Subscription struct {
	Product string   `yaml:"product"`
	Purpose string   `yaml:"purpose"`
	App     string   `yaml:"app"`
	Group   string   `yaml:"group"`
	PII     string   `yaml:"pii"`
	Fields  []string `yaml:"fields"`
	Needs   Needs    `yaml:"needs"`

	Domain           string `yaml:"-"` // whose subscription it is, by its folder
	strict.Positions `yaml:"-"`
}

// Needs are the promises that a reader relies on.
type Needs struct {
	Freshness    Duration `yaml:"freshness"`
	Availability Percent  `yaml:"availability"`
	Quality      Percent  `yaml:"quality"`
	Retention    Duration `yaml:"retention"`
	Latency      Latency  `yaml:"latency"`
}

// Policy is one rule that the governance group or a domain wrote, in CEL.
type Policy struct {
	Rule     string       `yaml:"rule"`
	Enforce  string       `yaml:"enforce"` // must, should
	From     Date         `yaml:"from"`
	Waivable Waivable     `yaml:"waivable"`
	Where    string       `yaml:"where"`
	Check    string       `yaml:"check"`
	Message  string       `yaml:"message"`
	Tests    []PolicyTest `yaml:"tests"`

	Domain           string `yaml:"-"` // "" for a global rule
	strict.Positions `yaml:"-"`
}

// Waivable says who may waive a rule, and for how long.
type Waivable struct {
	By  string   `yaml:"by"` // domain, governance
	Max Duration `yaml:"max"`
}

// PolicyTest is a contract that a rule must pass or refuse.
type PolicyTest struct {
	Name     string         `yaml:"name"`
	Contract map[string]any `yaml:"contract"`
	Pass     bool           `yaml:"pass"`
}

// Remote is weft.yaml: a domain's folder in a repository of its own.
type Remote struct {
	Mesh   string   `yaml:"mesh"`
	Server string   `yaml:"server"`
	Owns   []string `yaml:"owns"`

	strict.Positions `yaml:"-"`
}
