package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/diags"

	"github.com/weftmesh/weft/internal/contracts"
)

func jobs() []Rule {
	return []Rule{
		{"microseconds", must, "Flink's Avro format reads milliseconds alone: jobs take and give no timestamp(6).", "{name: at, type: timestamp(6)} of a transform's product", "{name: at, type: timestamp}", microseconds},
		{"job-format", must, "Jobs read and write Avro and JSON: Flink has no Protobuf in the registry's frame.", "schema: {type: protobuf} of a transform's product", "schema: {type: avro}", jobFormat},
		{"source-connection", must, "A captured table is reached by a connection that an environment or the domain declares.", "source: {postgres: {connection: shiping-db, ...}}", "source: {postgres: {connection: shipping-db, ...}}", sourceConnections},
		{"test-rows", must, "A test gives rows to topics that the product reads, with fields that these have.", "given: {\"logistics.shipment.v2.creatd\": [...]}", "given: {\"logistics.shipment.v2.created\": [...]}", testRows},
	}
}

func microseconds(r *run) {
	r.eachJob(func(p contracts.Product, inputs []contracts.Input) {
		for _, f := range p.AllFields() {
			if f.Type == "timestamp(6)" {
				r.report(p, p.At(f.Path+".type"), fmt.Sprintf("field %s has microseconds, which a job cannot write as Avro", f.Name), "Write type: timestamp.")
			}
		}
		for _, input := range inputs {
			for _, f := range input.Product.AllFields() {
				if f.Type == "timestamp(6)" {
					r.report(p, input.At, fmt.Sprintf("field %s of the input %s has microseconds, which a job cannot read as Avro", f.Name, input.Product.Addr), fmt.Sprintf("Ask %s for milliseconds in a new major version.", input.Product.Owner))
				}
			}
		}
	})
}

func jobFormat(r *run) {
	r.eachJob(func(p contracts.Product, inputs []contracts.Input) {
		if p.Schema.Type == contracts.Protobuf {
			r.report(p, p.At("schema.type"), "a job cannot write Protobuf in the registry's frame", "Write type: avro or json.")
		}
		for _, input := range inputs {
			if input.Product.Schema.Type == contracts.Protobuf {
				r.report(p, input.At, fmt.Sprintf("the input %s is Protobuf, which a job cannot read", input.Product.Addr), "Read a product in Avro or JSON.")
			}
		}
	})
}

// eachJob calls visit for every product that a job makes, with the products that the job reads.
func (r *run) eachJob(visit func(contracts.Product, []contracts.Input)) {
	r.eachProduct(func(p contracts.Product) {
		if p.Transform != nil {
			inputs, _ := r.set.Inputs(p) // its problems are those of transform-inputs
			visit(p, inputs)
		}
	})
}

// sourceConnections blocks a name that is not declared where others are; where none is declared yet it asks for one.
func sourceConnections(r *run) {
	r.eachProduct(func(p contracts.Product) {
		path, name := connectionOf(p)
		if name == "" || !complete(r.set) {
			return
		}
		known := connections(r.set, p.Domain)
		switch {
		case slices.Contains(known, name):
		case len(known) == 0:
			r.warn(p, p.At(path), fmt.Sprintf("no connection %s is declared", name), "Declare it below connections of an environment in mesh.yaml, or in domain.yaml.")
		default:
			r.report(p, p.At(path), fmt.Sprintf("no connection %s is declared", name), r.nameFix(name, known, "Declare it below connections of an environment in mesh.yaml, or in domain.yaml."))
		}
	})
}

func connectionOf(p contracts.Product) (path, name string) {
	switch s := p.Source; {
	case s == nil:
	case s.Postgres != nil:
		return "source.postgres.connection", s.Postgres.Connection
	case s.MySQL != nil:
		return "source.mysql.connection", s.MySQL.Connection
	}
	return "", ""
}

// connections are the names that products of a domain can use.
func connections(set contracts.Set, domain string) []string {
	names := map[string]bool{}
	for _, env := range set.Mesh.Environments {
		for name := range env.Connections {
			names[name] = true
		}
	}
	d, _ := set.Domain(domain)
	for name := range d.Connections {
		names[name] = true
	}
	return slices.Sorted(maps.Keys(names))
}

func testRows(r *run) {
	r.eachProduct(func(p contracts.Product) {
		if len(p.Tests) == 0 {
			return
		}
		readable := r.readable(p)
		for _, test := range p.Tests {
			for _, input := range keys(test.Given) {
				r.given(p, test, input, readable)
			}
			if p.Transform != nil {
				r.rowFields(p, p, test.Expect, test.ExpectAt)
			}
		}
	})
}

// given checks one input of a test: what the transform's SQL names, or a topic of the product's own.
func (r *run) given(p contracts.Product, test contracts.Test, name string, readable []string) {
	at := test.KeyAt("given." + name)
	from, _, ok := r.set.Named(name)
	switch {
	case !ok && complete(r.set):
		r.report(p, at, fmt.Sprintf("%s is not a topic or a product of this mesh", name), r.nameFix(name, readable, "Name a topic that the transform reads."))
	case ok && len(readable) > 0 && !slices.Contains(readable, name):
		r.report(p, at, fmt.Sprintf("%s does not read %s", p.Addr, name), "Give rows to one of: "+strings.Join(readable, ", ")+".")
	case ok:
		r.rowFields(p, from, test.Given[name], func(row int, field string) diags.Range { return test.GivenAt(name, row, field) })
	}
}

// readable are the names to which a test of a product can give rows. Where SQL names a product, each of its topics is.
func (r *run) readable(p contracts.Product) []string {
	if p.Transform == nil {
		return topicNames(p)
	}
	var names []string
	inputs, _ := r.set.Inputs(p)
	for _, input := range inputs {
		names = append(names, input.Name)
		if !slices.Contains(topicNames(input.Product), input.Name) {
			names = append(names, topicNames(input.Product)...)
		}
	}
	return names
}

func topicNames(p contracts.Product) []string {
	names := make([]string, len(p.Topics))
	for i, t := range p.Topics {
		names[i] = string(t.Name)
	}
	return names
}

// rowFields checks that rows have no fields but those of a product.
func (r *run) rowFields(p, of contracts.Product, rows []contracts.Example, at func(row int, field string) diags.Range) {
	var known []string
	for _, f := range of.AllFields() {
		known = append(known, f.Name)
	}
	for i, row := range rows {
		for _, name := range keys(row.Fields) {
			if !slices.Contains(known, name) && len(known) > 0 {
				r.report(p, at(i, name), fmt.Sprintf("%s is not a field of %s", name, of.Addr), r.nameFix(name, known, "Name a field that it has."))
			}
		}
	}
}
