package format_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/weftmesh/weft/internal/contracts/format"
)

const untidy = `# Shipments of the depot.

version: 2.1   # the topic's v2
# who answers
owner: shipping-team@example.com
schema:
  fields:
    - {name: shipment_id, type: string}   
    - {name: updated_at, type: timestamp}

domain: logistics
product: shipment-events
sla: {freshness: 30s, availability: 99.9%}
`

const tidy = `# Shipments of the depot.

domain: logistics
product: shipment-events
version: "2.1"   # the topic's v2
# who answers
owner: shipping-team@example.com
sla: {freshness: 30s, availability: 99.9%}
schema:
  fields:
    - {name: shipment_id, type: string}
    - {name: updated_at, type: timestamp}
`

func TestKeysComeInOrderAndCommentsStayWithThem(t *testing.T) {
	got, err := format.Contract("c.yaml", untidy, false)
	if err != nil {
		t.Fatal(err)
	}
	if got != tidy {
		t.Errorf("got\n%s\nwant\n%s", got, tidy)
	}
	again, err := format.Contract("c.yaml", got, false)
	if err != nil || again != got {
		t.Errorf("a second time changes it: %v\n%s", err, again)
	}
}

func TestDerivedValuesAreWrittenOut(t *testing.T) {
	got, err := format.Contract("c.yaml", tidy, true)
	if err != nil {
		t.Fatal(err)
	}
	want := `# Shipments of the depot.

domain: logistics
product: shipment-events
version: "2.1"   # the topic's v2
# who answers
owner: shipping-team@example.com
entity: shipment
events: [changed]
key: shipment_id
event_time: updated_at
sla: {freshness: 30s, availability: 99.9%}
schema:
  fields:
    - {name: shipment_id, type: string}
    - {name: updated_at, type: timestamp}
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestWhatIsDerivedOfAContractWithErrorsIsNotWritten(t *testing.T) {
	for what, text := range map[string]string{
		"no key can be found": strings.Replace(untidy, "shipment_id", "number", 1),
		"a schema's file":     "domain: logistics\nproduct: parcel\nversion: \"1.0\"\nowner: a@example.com\nsla: {freshness: 1m}\nschema: {file: parcel.avsc}\n",
	} {
		if got, err := format.Contract("c.yaml", text, true); !errors.Is(err, format.ErrUnderived) || got != text {
			t.Errorf("%s: %v\n%s", what, err, got)
		}
	}
}

func FuzzContract(f *testing.F) {
	f.Add(untidy)
	f.Fuzz(func(t *testing.T, text string) {
		formatted, err := format.Contract("c.yaml", text, false)
		if err != nil {
			return
		}
		if again, err := format.Contract("c.yaml", formatted, false); err == nil && again != formatted {
			t.Errorf("a second time changes %q to %q", formatted, again)
		}
	})
}
