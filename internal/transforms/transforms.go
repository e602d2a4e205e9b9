// Package transforms turns the SELECT of a derived product into a job of Flink SQL: the tables that it reads and
// writes, declared from the contracts, and one INSERT.
package transforms

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/contracts"
)

// Job is a transform as statements of Flink SQL. They name no address and no secret: Statements puts a connection in.
type Job struct {
	Product addrs.Product
	Topic   addrs.Topic   // what it writes
	Inputs  []addrs.Topic // what it reads, each once
	Tables  []Table
	Insert  string
	Latency contracts.Duration // p99 that the contract promises; 0: none

	used map[string]map[string]bool // by table: the columns that the query reads
}

// Table is a table of a job, before it is connected.
type Table struct {
	Name    string
	Columns string // between the brackets of CREATE TABLE
	Options []Option
	View    string // the query of a view; Columns and Options are absent
}

// Option is one of a table's WITH clause.
type Option struct{ Key, Value string }

// Connection is how jobs reach the systems of an environment. Secrets have no place in it: a job takes them from Flink's
// own configuration.
type Connection struct {
	Bootstrap string
	Registry  string
	Kafka     map[string]string // further properties.* of Kafka's clients
	Start     string            // where inputs begin: FromEarliest or FromGroup
}

// Where a job begins to read, as Flink's scan.startup.mode says it. Where a savepoint is taken up, that counts instead.
const (
	FromEarliest = "earliest-offset"
	FromGroup    = "group-offsets" // those that the product's job committed last
)

// Statements gives the job's statements for an environment: its tables, then the INSERT.
func (j Job) Statements(c Connection) []string {
	var all []string
	for _, t := range j.Tables {
		all = append(all, t.statement(c, string(Group(j.Product))))
	}
	return append(all, j.Insert)
}

func (t Table) statement(c Connection, group string) string {
	if t.View != "" {
		return fmt.Sprintf("CREATE TEMPORARY VIEW %s AS %s", quoted(t.Name), t.View)
	}
	options := append([]Option{}, t.Options...)
	for i, o := range options {
		o.Value = strings.NewReplacer(bootstrapPlace, c.Bootstrap, registryPlace, c.Registry, groupPlace, group, startPlace, c.Start).Replace(o.Value)
		options[i] = o
	}
	for _, key := range sorted(c.Kafka) {
		options = append(options, Option{"properties." + key, c.Kafka[key]})
	}
	lines := make([]string, len(options))
	for i, o := range options {
		lines[i] = fmt.Sprintf("  %s = %s", text(o.Key), text(o.Value))
	}
	return fmt.Sprintf("CREATE TEMPORARY TABLE %s (\n%s\n) WITH (\n%s\n)", quoted(t.Name), t.Columns, strings.Join(lines, ",\n"))
}

// Where go what depends on the environment and on how a job is started.
const (
	groupPlace     = "${group}"
	startPlace     = "${start}"
	bootstrapPlace = "${bootstrap}"
	registryPlace  = "${registry}"
)

// Group is the consumer group whose offsets are those of a product's job, whatever its SQL.
func Group(p addrs.Product) addrs.Group {
	return addrs.Group("weft." + p.Domain + "." + p.Name + ".v" + strconv.Itoa(p.Major))
}

// Hash is over what the job does: its query, the columns that it reads and those that it writes. It is over none of the
// addresses where it does it, and not over schemas as they are written: a description, or a field that another domain
// adds to an input, makes no other job.
func (j Job) Hash() string {
	sum := sha256.New()
	for _, t := range j.Tables {
		fmt.Fprintf(sum, "%q", t.Name) // a view is its table, with zones taken off
		for _, o := range t.Options {
			if !strings.HasSuffix(o.Key, "avro-confluent.schema") {
				fmt.Fprintf(sum, "%q", o)
			}
		}
		for _, line := range strings.Split(t.Columns, ",\n") {
			if used := j.used[t.Name]; used == nil || used[columnOf(line)] {
				fmt.Fprintf(sum, "%q", line)
			}
		}
	}
	fmt.Fprintf(sum, "%q", j.Insert)
	return hex.EncodeToString(sum.Sum(nil))[:12]
}

// columnOf is the column that a line of a table declares; "" for a watermark or a key, which always count.
func columnOf(line string) string {
	name, ok := strings.CutPrefix(strings.TrimSpace(line), "`")
	if !ok {
		return ""
	}
	name, _, _ = strings.Cut(name, "`")
	return strings.TrimSuffix(name, instantSuffix)
}

// Name is the job's name in Flink: the product, and the hashes of what it does and of how it is connected, since Flink's
// API shows neither SQL nor addresses.
func (j Job) Name(c Connection) string { return j.Product.String() + "@" + j.Hash() + "." + c.Hash() }

// Hash is over the addresses and the settings of a connection.
func (c Connection) Hash() string {
	sum := sha256.New()
	fmt.Fprintf(sum, "%q %q", c.Bootstrap, c.Registry)
	for _, key := range sorted(c.Kafka) {
		fmt.Fprintf(sum, "%q %q", key, c.Kafka[key])
	}
	return hex.EncodeToString(sum.Sum(nil))[:8]
}

// Named is what the name of a job says.
type Named struct {
	Product    addrs.Product
	Plan       string // Job.Hash
	Connection string // Connection.Hash
}

// nameForm is the form of Name.
var nameForm = regexp.MustCompile(`^([^@]+)@([0-9a-f]{12})\.([0-9a-f]{8})$`)

// ParseName reads what Name wrote; false for the names of others' jobs.
func ParseName(name string) (Named, bool) {
	m := nameForm.FindStringSubmatch(name)
	if m == nil {
		return Named{}, false
	}
	addr, err := addrs.ParseProduct(m[1])
	return Named{addr, m[2], m[3]}, err == nil
}

func quoted(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

func text(value string) string { return "'" + strings.ReplaceAll(value, "'", "''") + "'" }
