package policy

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/diags"
)

func fields() []Rule {
	return []Rule{
		{"description", should, "People find and understand a product by its description.", "(no description)", "description: Every change of a shipment's state.", descriptions},
		{"time-as-text", should, "Times are timestamps, which are always UTC; text has no zone and no order.", "{name: updated_at, type: string}", "{name: updated_at, type: timestamp}", timeAsText},
		{"money-as-float", should, "Amounts are decimals: 0.1 + 0.2 is not 0.3 in floating point.", "{name: amount, type: double}", "{name: amount, type: \"decimal(12,2)\"}", moneyAsFloat},
		{"enum-default", diags.Info, "An enum with a default can get new values in a minor version; one without can not.", "{name: status, type: enum, values: [created]}", "{name: status, type: enum, values: [created], default: created}", enumDefault},
		{"field-names", should, "The fields of a product are written in one way.", "orderId beside order_id", "order_id", fieldNames},
		{"compatibility", must, "A new schema is held against the old ones: without a level any change would go through.", "schema: {compatibility: none}", "schema: {compatibility: full_transitive}", compatibility},
		{"avro-names", must, "No two types of a schema have one name.", "record Changed with fields a_b (enum) and aB (enum)", "names that differ in more than underscores", avroNames},
	}
}

func descriptions(r *run) {
	r.eachPromising(func(p contracts.Product) {
		if p.Description == "" {
			r.report(p, p.At("product"), fmt.Sprintf("%s has no description", p.Addr), "Write description: and what one record says.")
		}
	})
}

var (
	timeName  = regexp.MustCompile(`(?i)(_at|_time|timestamp|_ts)$`)
	moneyName = regexp.MustCompile(`(?i)(^|_)(amount|price|total|net|gross|tax|fee|cost|balance)($|_)`)
	camelName = regexp.MustCompile(`[a-z][A-Z]`)
	snakeName = regexp.MustCompile(`[a-z0-9]_[a-z0-9]`)
)

func timeAsText(r *run) {
	r.eachField(func(p contracts.Product, f contracts.PathField) {
		if slices.Contains([]string{"string", "long", "int"}, f.Type) && timeName.MatchString(f.Field.Name) {
			r.report(p, p.At(f.Path+".type"), fmt.Sprintf("field %s is named as a time and typed as %s", f.Name, f.Type), "Write type: timestamp.")
		}
	})
}

func moneyAsFloat(r *run) {
	r.eachField(func(p contracts.Product, f contracts.PathField) {
		if slices.Contains([]string{"float", "double"}, f.Type) && moneyName.MatchString(f.Field.Name) {
			r.report(p, p.At(f.Path+".type"), fmt.Sprintf("field %s is named as an amount and typed as %s", f.Name, f.Type), `Write type: "decimal(12,2)".`)
		}
	})
}

func enumDefault(r *run) {
	r.eachField(func(p contracts.Product, f contracts.PathField) {
		if f.Type == "enum" && f.Default == nil && p.Schema.Type == contracts.Avro && p.Promises() {
			r.report(p, p.At(f.Path), fmt.Sprintf("enum %s has no default: a new value will need a new major version", f.Name), "Write default: and the value that readers take for one they do not know.")
		}
	})
}

func (r *run) eachField(visit func(contracts.Product, contracts.PathField)) {
	r.eachProduct(func(p contracts.Product) {
		for _, f := range p.AllFields() {
			visit(p, f)
		}
	})
}

func fieldNames(r *run) {
	r.eachProduct(func(p contracts.Product) {
		var camel, snake *contracts.PathField
		for _, f := range p.AllFields() {
			if camelName.MatchString(f.Field.Name) && camel == nil {
				camel = &f
			}
			if snakeName.MatchString(f.Field.Name) && snake == nil {
				snake = &f
			}
		}
		if camel != nil && snake != nil {
			r.report(p, p.At(camel.Path+".name"), fmt.Sprintf("fields are written in two ways: %s and %s", camel.Name, snake.Name), "Choose one; snake_case is what SQL reads best.")
		}
	})
}

func avroNames(r *run) {
	r.eachProduct(func(p contracts.Product) {
		if p.Schema.Type != contracts.Avro {
			return
		}
		for _, t := range p.Topics {
			seen := map[string]bool{}
			for _, name := range t.Value.AvroNames() {
				if seen[name] {
					r.report(p, p.At("schema"), fmt.Sprintf("two types of event %s would be called %s in Avro", t.Event, name), "Rename one of the fields.")
				}
				seen[name] = true
			}
		}
	})
}

func compatibility(r *run) {
	r.eachPromising(func(p contracts.Product) {
		if p.Schema.Compatibility == "none" {
			r.report(p, p.At("schema.compatibility"), "compatibility none lets any new schema through, whoever reads", "Leave it out (full_transitive), write a level, or have it waived in domain.yaml.")
		}
	})
}
