package postgres

import (
	"errors"
	"net"
	"strings"
	"testing"
)

// A password that is also the user's name stands in the driver's errors; an outage stays one without it.
func TestAnOutageWithoutThePasswordStaysAnOutage(t *testing.T) {
	outage := &net.OpError{Op: "dial", Err: errors.New("user=shop: connection refused")}
	got := redacted(outage, "shop")
	if strings.Contains(got.Error(), "shop") || !passes(got) {
		t.Errorf("%v passes: %t", got, passes(got))
	}
}
