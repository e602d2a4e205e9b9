package addrs_test

import (
	"regexp"
	"testing"

	"pgregory.net/rapid"

	"github.com/weftmesh/weft/internal/addrs"
)

// PostgreSQL cuts longer names silently, and two that are cut alike would be one.
func TestSlotsHaveNamesOfTheirOwnThatPostgreSQLTakes(t *testing.T) {
	form := regexp.MustCompile(`^[a-z0-9_]{1,63}$`)
	name := rapid.StringMatching(`[a-z][a-z0-9-]{0,70}`)
	rapid.Check(t, func(t *rapid.T) {
		a := addrs.ConnectorOf(name.Draw(t, "mesh"), name.Draw(t, "domain"), name.Draw(t, "connection"))
		b := addrs.ConnectorOf(name.Draw(t, "mesh2"), name.Draw(t, "domain2"), name.Draw(t, "connection2"))
		if !form.MatchString(a.Slot()) {
			t.Fatalf("slot %s", a.Slot())
		}
		if a != b && a.Slot() == b.Slot() {
			t.Fatalf("%s and %s share slot %s", a, b, a.Slot())
		}
	})
	if got := addrs.ConnectorOf("retail", "logistics", "shipping-db").Slot(); got != "weft_retail_logistics_shipping_db" {
		t.Errorf("slot %s", got)
	}
}
