// Package captures says how the tables of a mesh are captured: which connectors there are, one for each domain and
// connection, and the configuration of each, by the names of Kafka Connect and Debezium; and what of a live database is
// against them.
package captures

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/contracts"
)

// Capture is one connector: the tables of a domain that one connection reaches, in the order of their names.
type Capture struct {
	Name       addrs.Connector
	Domain     string
	Connection string
	Database   contracts.Connection
	Tables     []Table
}

// Table is a captured table, and the product that is made from its changes.
type Table struct {
	Name     string // schema.table, or database.table of MySQL
	Product  contracts.Product
	Topic    addrs.Topic // of the envelopes
	Key      []string    // columns of the contract's key, in its order
	Snapshot bool        // the rows that are there are read first
}

// Twice is a table that a second product wants, which one connector cannot give.
type Twice struct {
	Table         string
	First, Second contracts.Product
}

// Of finds the captures of a set of contracts over the connections that an environment and its domains name. A product
// whose connection is not among them is captured nowhere here.
func Of(set contracts.Set, mesh string, connections map[string]contracts.Connection) ([]Capture, []Twice) {
	found := map[[2]string]*Capture{}
	var twice []Twice
	for _, p := range set.Products {
		source, _ := Source(p)
		if source == nil {
			continue
		}
		database, known := Connection(set, p, connections)
		if !known {
			continue
		}
		at := [2]string{p.Domain, source.Connection}
		c := found[at]
		if c == nil {
			c = &Capture{Name: name(mesh, p.Domain, source.Connection, database), Domain: p.Domain, Connection: source.Connection, Database: database}
			found[at] = c
		}
		if first, again := c.table(source.Table); again {
			twice = append(twice, Twice{source.Table, first.Product, p})
			continue
		}
		c.Tables = append(c.Tables, table(p, *source))
	}
	all := make([]Capture, 0, len(found))
	for _, at := range slices.SortedFunc(maps.Keys(found), func(a, b [2]string) int { return slices.Compare(a[:], b[:]) }) {
		c := found[at]
		slices.SortFunc(c.Tables, func(a, b Table) int { return strings.Compare(a.Name, b.Name) })
		all = append(all, *c)
	}
	return all, twice
}

// NameOf names the connector of a captured product; false where its connection is not among those that are known.
func NameOf(set contracts.Set, p contracts.Product, mesh string, connections map[string]contracts.Connection) (addrs.Connector, bool) {
	source, _ := Source(p)
	if source == nil {
		return "", false
	}
	database, known := Connection(set, p, connections)
	return name(mesh, p.Domain, source.Connection, database), known
}

func name(mesh, domain, connection string, database contracts.Connection) addrs.Connector {
	if database.Connector != "" {
		return addrs.Connector(database.Connector)
	}
	return addrs.ConnectorOf(mesh, domain, connection)
}

// Source is the table that a product is captured from, and the key of its contract that says so; nil for none.
func Source(p contracts.Product) (*contracts.DatabaseSource, string) {
	switch s := p.Source; {
	case s == nil:
		return nil, ""
	case s.Postgres != nil:
		return s.Postgres, "source.postgres"
	case s.MySQL != nil:
		return s.MySQL, "source.mysql"
	}
	return nil, ""
}

// Connection finds the database that a captured product is read from: the domain's own, else the environment's. One of
// another kind than the source counts as none.
func Connection(set contracts.Set, p contracts.Product, connections map[string]contracts.Connection) (contracts.Connection, bool) {
	source, _ := Source(p)
	domain, _ := set.Domain(p.Domain)
	found, ok := connections[source.Connection]
	if !ok {
		found, ok = domain.Connections[source.Connection]
	}
	return found, ok && (found.Postgres != nil) == (p.Source.Postgres != nil)
}

func (c *Capture) table(name string) (Table, bool) {
	i := slices.IndexFunc(c.Tables, func(t Table) bool { return t.Name == name })
	if i < 0 {
		return Table{}, false
	}
	return c.Tables[i], true
}

func table(p contracts.Product, source contracts.DatabaseSource) Table {
	t := Table{
		Name: source.Table, Product: p, Snapshot: source.Snapshot != "never",
		Topic: addrs.EventTopic(p.Domain, p.Entity, p.Addr.Major, addrs.ReservedEvent),
	}
	for _, key := range p.Key {
		if f, ok := p.Field(key); ok {
			t.Key = append(t.Key, Column(f))
		}
	}
	return t
}

// Column is the column that a field is made from: that of its name, or the first part of from.path; what follows is
// inside of the column's value.
func Column(f contracts.Field) string {
	if f.From == nil || f.From.Path == "" {
		return f.Name
	}
	column, _, _ := strings.Cut(f.From.Path, ".")
	return column
}

// Where says of which database a capture reads: host:port/database.
func (c Capture) Where() string {
	d := c.database()
	return fmt.Sprintf("%s:%d/%s", d.Host, d.Port, d.Database)
}
