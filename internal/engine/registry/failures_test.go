package registry_test

import (
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/weftmesh/weft/internal/engine/registry"
)

// TestWhatTheLogRefusedIsNotShown: the commit of a registration fails; it is answered as an error, nobody sees it, and
// the next write finds out what became of it and goes on. (Invariants 1, 2.)
func TestWhatTheLogRefusedIsNotShown(t *testing.T) {
	cluster := cluster(t)
	r := open(t, clients(cluster))
	tell(t, r, []exchangeCase{
		{"POST", "/subjects/s/versions", schema(`"int"`), 200, `{"id":1}`},
		{"PUT", "/config/s", `{"compatibility":"NONE"}`, 200, `{"compatibility":"NONE"}`},
	})
	for _, write := range []exchangeCase{
		{method: "POST", path: "/subjects/s/versions", body: schema(`"string"`)},
		{method: "POST", path: "/subjects/t/versions", body: schema(`"long"`)},
		{method: "PUT", path: "/config/s", body: `{"compatibility":"FULL"}`},
		{method: "PUT", path: "/mode/s", body: `{"mode":"READONLY"}`},
		{method: "DELETE", path: "/subjects/s"},
	} {
		cluster.ControlKey(kmsg.EndTxn.Int16(), func(request kmsg.Request) (kmsg.Response, error, bool) {
			refused := request.ResponseKind().(*kmsg.EndTxnResponse)
			refused.ErrorCode = kerr.InvalidTxnState.Code
			return refused, nil, true
		})
		if status, body := send(t, r, write.method, write.path, write.body); status != 500 || !strings.Contains(body, "50001") {
			t.Errorf("%s %s on a log that fails: %d %s", write.method, write.path, status, body)
		}
		tell(t, r, []exchangeCase{
			{"GET", "/subjects", "", 200, `["s"]`},
			{"GET", "/subjects/s/versions", "", 200, `[1]`},
			{"GET", "/config/s", "", 200, `{"compatibilityLevel":"NONE"}`},
			{"GET", "/mode/s", "", 404, `{"error_code":40409,"message":"Subject 's' does not have subject-level mode configured"}`},
		})
	}
	tell(t, r, []exchangeCase{
		{"POST", "/subjects/s/versions", schema(`"string"`), 200, `{"id":2}`},
		{"GET", "/subjects/s/versions", "", 200, `[1,2]`},
	})
}

// TestALogThatWouldLoseSchemasIsNotLed: one partition, and compacted, as Confluent's registry asks as well.
func TestALogThatWouldLoseSchemasIsNotLed(t *testing.T) {
	for _, c := range []struct {
		partitions int32
		policy     string
		want       string
	}{
		{1, "delete", "topic _schemas has cleanup.policy=delete, which would delete schemas in time; set it to compact"},
		{3, "compact", "topic _schemas has 3 partitions; a registry's log has one, or its order is lost"},
	} {
		kafka := bus(t)
		client, err := kgo.NewClient(kafka...)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(client.Close)
		if _, err := kadm.NewClient(client).CreateTopic(t.Context(), c.partitions, 1, map[string]*string{"cleanup.policy": &c.policy}, "_schemas"); err != nil {
			t.Fatal(err)
		}
		if _, err := registry.Open(t.Context(), registry.Config{Listen: "127.0.0.1:0", Kafka: kafka}); err == nil || err.Error() != c.want {
			t.Errorf("got %v\nwant %s", err, c.want)
		}
	}
}
