package reconcile_test

import (
	"testing"

	"github.com/weftmesh/weft/internal/reconcile"
)

// Whatever the topic of the applied state holds, each record is taken or refused.
func FuzzState(f *testing.F) {
	f.Add("product/logistics/shipment-events/v2", []byte(`{}`))
	f.Add("resource/topic/a", []byte(`{"domain":"logistics"}`))
	f.Add("file/mesh.yaml", []byte(`{"text":"name: retail"}`))
	f.Add("file/mesh.yaml", []byte(nil))
	f.Add("", []byte(`[`))
	f.Fuzz(func(_ *testing.T, key string, value []byte) {
		state := reconcile.NewState()
		_ = state.Take(key, value)
		_ = state.Take(key, nil)
	})
}
