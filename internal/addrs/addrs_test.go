package addrs_test

import (
	"testing"

	"github.com/weftmesh/weft/internal/addrs"
)

// What is read as an address is written as it was.
func FuzzAddresses(f *testing.F) {
	for _, text := range []string{"logistics/shipment-events/v2", "topic/logistics.shipment.v2.created", "logistics.shipment.v2.status-changed", "", "a/b/v01", "a.b.v0.c", "//", "a/b/v99999999999999999999"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if p, err := addrs.ParseProduct(text); err == nil && p.String() != text {
			t.Errorf("product %q is written %s", text, p)
		}
		if r, err := addrs.ParseResource(text); err == nil && r.String() != text {
			t.Errorf("resource %q is written %s", text, r)
		}
		if e, err := addrs.ParseEventTopic(text); err == nil && string(addrs.EventTopic(e.Domain, e.Entity, e.Major, e.Type)) != text {
			t.Errorf("topic %q is written %s", text, addrs.EventTopic(e.Domain, e.Entity, e.Major, e.Type))
		}
		_ = addrs.ValidTopic(text)
	})
}

func TestAnAddressIsReadInOneFormAlone(t *testing.T) {
	for _, text := range []string{"", "shipment-events", "logistics/shipment-events", "logistics/shipment-events/2", "logistics/shipment-events/v0", "logistics/shipment-events/v02", "Logistics/shipment-events/v2", "logistics/shipment_events/v2", "logistics/shipment-events/v2/"} {
		if p, err := addrs.ParseProduct(text); err == nil {
			t.Errorf("%q is read as %v", text, p)
		}
	}
}
