package contracts

import (
	"slices"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/schemas"
)

// Set is everything that a mesh repository, or a part of one, declares.
type Set struct {
	Mesh          Mesh
	Remote        *Remote
	Domains       []Domain
	Products      []Product
	Subscriptions []Subscription
	Policies      []Policy
}

// Product is a contract with everything filled in that its file leaves out. Contract.Has tells what was written.
type Product struct {
	Contract
	Addr    addrs.Product
	Topics  []ProductTopic
	Derived []Derivation
	Text    string // the file as it is

	fileText string      // of schema.file
	all      []PathField // AllFields, once known
}

// Derivation is one attribute that the file leaves out: what it became, and why.
type Derivation struct {
	Attribute string `json:"attribute"`
	Value     string `json:"value"`
	From      string `json:"from"`
}

// ProductTopic is the topic of one of a product's events.
type ProductTopic struct {
	Event       string
	Name        addrs.Topic
	Managed     bool // false: bound to a topic that exists; read and measured, never changed
	Partitions  int
	Replication int
	Config      map[string]string
	Fields      []Field         // the event's, the common ones first
	Value       schemas.Record  // what the values look like
	ValueText   string          // the schema that is registered for the values; "" while Weft cannot write it
	Key         *schemas.Record // nil: keys are UTF-8 text, or there is none
}

// Product finds a product by address.
func (s Set) Product(addr addrs.Product) (Product, bool) {
	i, found := slices.BinarySearchFunc(s.Products, addr, func(p Product, a addrs.Product) int { return p.Addr.Compare(a) })
	if !found {
		return Product{}, false
	}
	return s.Products[i], true
}

// Domain finds a domain by name.
func (s Set) Domain(name string) (Domain, bool) {
	for _, d := range s.Domains {
		if d.Name == name {
			return d, true
		}
	}
	return Domain{}, false
}

// SubscriptionsTo lists who reads a product.
func (s Set) SubscriptionsTo(addr addrs.Product) []Subscription {
	var readers []Subscription
	for _, sub := range s.Subscriptions {
		if sub.Product == addr.String() {
			readers = append(readers, sub)
		}
	}
	return readers
}

// ProductOf finds the product whose topic has this name.
func (s Set) ProductOf(topic addrs.Topic) (Product, ProductTopic, bool) {
	for _, p := range s.Products {
		for _, t := range p.Topics {
			if t.Name == topic {
				return p, t, true
			}
		}
	}
	return Product{}, ProductTopic{}, false
}

// AllFields lists the fields of every event, nested ones too, each once by its path. The list is the product's own.
func (p Product) AllFields() []PathField {
	if p.all != nil {
		return p.all
	}
	var all []PathField
	seen := map[string]bool{}
	add := func(base string, fields []Field) {
		for _, f := range flatten(base, "", fields) {
			if !seen[f.Name] {
				seen[f.Name] = true
				all = append(all, f)
			}
		}
	}
	add(p.FieldsPath(), p.CommonFields())
	for i, event := range p.Events {
		add(p.EventPath(i)+".fields", event.Fields)
	}
	return all
}

// PathField is a field at any depth: Name is its dotted name in the data, Path its place in the file.
type PathField struct {
	Field
	Name string
	Path string
}

// CommonFields are the fields of all events.
func (c *Contract) CommonFields() []Field {
	if len(c.Fields) > 0 {
		return c.Fields
	}
	return c.Schema.Fields
}

// FieldsPath is where the file has the common fields: fields or schema.fields.
func (c *Contract) FieldsPath() string {
	if c.Has("fields") {
		return "fields"
	}
	return "schema.fields"
}

// HasPII reports whether a field at any depth is personal data.
func (p Product) HasPII() bool {
	return slices.ContainsFunc(p.AllFields(), func(f PathField) bool { return f.PII })
}

// Promises reports whether the product's promises hold: a draft makes none.
func (p Product) Promises() bool { return p.Lifecycle != Draft }

// Field finds a top-level field of any of the product's events.
func (p Product) Field(name string) (Field, bool) {
	for _, t := range p.Topics {
		for _, f := range t.Fields {
			if f.Name == name {
				return f, true
			}
		}
	}
	return Field{}, false
}
