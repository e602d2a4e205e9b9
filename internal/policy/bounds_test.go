package policy_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/weftmesh/weft/internal/contracts"
)

// Whoever writes tens of thousands of wrong names is told of the first hundred, and waits for no search after each.
func TestThousandsOfWrongNamesAreToldAsAHundred(t *testing.T) {
	var fields, wrong strings.Builder
	for i := range 4000 {
		fmt.Fprintf(&fields, "    - {name: field_number_%d, type: string}\n", i)
	}
	for i := range 20000 {
		fmt.Fprintf(&wrong, "feild_nmber_%d, ", i)
	}
	contract := "domain: logistics\nproduct: parcel\nversion: \"1.0\"\nowner: a@example.com\ndescription: Parcels.\nkey: field_number_0\n" +
		"sla: {freshness: 1m, availability: 99%}\nschema:\n  fields:\n    - {name: at, type: timestamp}\n" + fields.String()
	for what, rest := range map[string]string{
		"a unique check": "quality:\n  - {name: a, unique: [" + strings.TrimSuffix(wrong.String(), ", ") + "]}\n",
		"a condition":    "quality:\n  - {name: a, check: \"" + strings.ReplaceAll(strings.TrimSuffix(wrong.String(), ", "), ",", " +") + " > 1\"}\n",
	} {
		problems := check(t, contracts.Bundle{"data-contract.yaml": contract + rest})
		if n := len(problems); n != 100 || !strings.Contains(problems[n-1].Detail, "the rest is left out") {
			t.Errorf("%s: %d problems, the last %+v", what, n, problems[n-1])
		}
	}
}
