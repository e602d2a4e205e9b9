package addrs

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Kind is a kind of thing that Weft makes in an outside system.
type Kind string

// The kinds of resources, in the order in which they are made.
const (
	KindTopic     Kind = "topic"
	KindSubject   Kind = "subject"
	KindConnector Kind = "connector" // of Kafka Connect, by its name there
	KindJob       Kind = "job"       // of the product by whose address it is named
)

// rank is the place of a kind in the order of making: connectors write topics that are there, jobs read them.
func (k Kind) rank() int { return slices.Index([]Kind{KindConnector, KindJob}, k) }

// Resource is the address of one thing in an outside system: topic/logistics.shipment.v2.created.
type Resource struct {
	Kind Kind
	Name string
}

// String gives kind/name.
func (r Resource) String() string { return string(r.Kind) + "/" + r.Name }

// Compare orders resources by kind, then name; connectors and jobs come after what they read and write.
func (r Resource) Compare(other Resource) int {
	return cmp.Or(r.Kind.rank()-other.Kind.rank(), strings.Compare(string(r.Kind), string(other.Kind)), strings.Compare(r.Name, other.Name))
}

// MarshalText writes the form of String.
func (r Resource) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads the form of String.
func (r *Resource) UnmarshalText(text []byte) error {
	parsed, err := ParseResource(string(text))
	*r = parsed
	return err
}

// ParseResource reads kind/name.
func ParseResource(text string) (Resource, error) {
	kind, name, ok := strings.Cut(text, "/")
	if !ok || kind == "" || name == "" {
		return Resource{}, fmt.Errorf("%q is not a resource address; write kind/name, as in topic/logistics.shipment.v2.created", text)
	}
	return Resource{Kind: Kind(kind), Name: name}, nil
}

// App is an application of a domain, written domain.app: logistics.wms.
type App struct {
	Domain string
	Name   string
}

// String gives domain.app.
func (a App) String() string { return a.Domain + "." + a.Name }

// Principal is who a client is on the Kafka cluster: User:logistics-wms.
type Principal string

// DefaultPrincipal is the principal of an application that no environment names one for: User:<domain>-<app>.
func (a App) DefaultPrincipal() Principal { return Principal("User:" + a.Domain + "-" + a.Name) }

// Group is the name of a consumer group.
type Group string
