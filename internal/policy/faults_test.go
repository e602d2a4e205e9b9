package policy_test

import (
	"strings"
	"testing"

	"github.com/weftmesh/weft/internal/contracts/contractstest"
)

// The faults of a contract that linters of data contracts let through (seen with datacontract lint over 19 mutants of
// one contract, of which it took 15, and refused two with a trace about something else), each put into the sound mesh.
func TestFaultsThatOtherLintersLetThroughAreCaught(t *testing.T) {
	const (
		logistics = "domains/logistics/"
		carrier   = logistics + "carrier/data-contract.yaml"
		shipments = logistics + "shipment-events/v3/data-contract.yaml"
		stats     = logistics + "delivery-stats/data-contract.yaml"
	)
	for _, fault := range []struct {
		what, file, old, text, rule string
	}{
		{"a field twice", carrier, "{name: changed_at", "{name: carrier_id, type: string}, {name: changed_at", "field"},
		{"a product twice", logistics + "again/data-contract.yaml", "", "domain: logistics\nproduct: carrier\nversion: \"1.1\"\n", "repeated-product"},
		{"two products with one topic", carrier, "kind: state", "kind: state\nentity: delivery-stats", "repeated-topic"},
		{"a topic called Some Bad Topic!!", shipments, "created: {}", "Some Bad Topic!!: {}", "name-form"},
		{"a bound topic called Some Bad Topic!!", logistics + "bound/data-contract.yaml", "depot.parcel.v1.seen", "Some Bad Topic!!", "name-form"},
		{"no owner", carrier, "owner: shipping-team@example.com\n", "", "owner"},
		{"no SLA", carrier, "sla: {freshness: 7d, cadence: on-change, availability: 99%}\n", "", "sla-present"},
		{"a promise about a field that is missing", shipments, "field: updated_at", "field: changed_at", "event-time"},
		{"a check of a field that is missing", shipments, "unique: [shipment_id, updated_at]", "unique: [parcel_id]", "quality-fields"},
		{"a unit called parsecs", carrier, "freshness: 7d", "freshness: 7parsecs", "bad-value"},
		{"an e-mail address that is not marked", shipments, "pii: true, mask: hash, format: email", "format: email", "pii-marked"},
		{"a version called banana", carrier, `version: "1.0"`, `version: "banana"`, "bad-value"},
		{"a status called actve", shipments, "lifecycle: active", "lifecycle: actve", "unknown-choice"},
		{"a promise called freshnezz", shipments, "freshness: 30s", "freshnezz: 30s", "unknown-key"},
		{"a host called not a host", "mesh.yaml", `"kafka-1:9093"`, `"not a host"`, "address"},
		{"a format called xml", carrier, "type: json", "type: xml", "unknown-choice"},
		{"a server twice", "mesh.yaml", "  local: {}\n", "  local: {}\n  local: {}\n", "repeated-key"},
		{"a least value above the greatest", shipments, "min: 0, max: 1000", "min: 9, max: 2", "field"},
		{"a key that is not known", carrier, "kind: state", "kind: state\nservers: {}", "unknown-key"},
		{"a type that is not known", carrier, "{name: carrier_id, type: string}", "{name: carrier_id, type: strnig}", "field"},
		{"a kind that is not known", carrier, "kind: state", "kind: DataContract", "unknown-choice"},
		{"no version", carrier, "version: \"1.0\"\n", "", "missing-value"},
		{"a promise fresher than that of its input", stats, "freshness: 2m", "freshness: 1s", "promise-of-inputs"},
	} {
		t.Run(fault.what, func(t *testing.T) {
			files := sound(t)
			if fault.old != "" && !strings.Contains(files[fault.file], fault.old) {
				t.Fatalf("%s has no %q", fault.file, fault.old)
			}
			if fault.old == "" {
				files[fault.file] = fault.text
			} else {
				files[fault.file] = strings.Replace(files[fault.file], fault.old, fault.text, 1)
			}
			problems := check(t, files)
			for _, d := range problems {
				if d.Rule == fault.rule && d.Line > 0 && d.Column > 0 && d.Fix != "" {
					return
				}
			}
			t.Errorf("rule %s is silent, or says no place or no way out: %s", fault.rule, contractstest.Listed(problems))
		})
	}
}
