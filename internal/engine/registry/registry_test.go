package registry_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weftmesh/weft/internal/engine/registry"
)

// bus starts a broker for a test.
func bus(t *testing.T) []kgo.Opt {
	t.Helper()
	return clients(cluster(t))
}

func cluster(t *testing.T) *kfake.Cluster {
	t.Helper()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	return cluster
}

func clients(cluster *kfake.Cluster) []kgo.Opt {
	return []kgo.Opt{kgo.SeedBrokers(cluster.ListenAddrs()...)}
}

func open(t *testing.T, kafka []kgo.Opt) *registry.Registry {
	t.Helper()
	r, err := registry.Open(context.Background(), registry.Config{Listen: "127.0.0.1:0", Kafka: kafka})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

// send sends a request and gives the status and the body.
func send(t *testing.T, r *registry.Registry, method, path, body string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, r.URL()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, strings.TrimSpace(string(text))
}

// schema is the body that registers a schema.
func schema(text string) string {
	quoted, _ := json.Marshal(text)
	return fmt.Sprintf(`{"schema":%s}`, quoted)
}

const (
	v1 = `{"type":"record","name":"Shipment","fields":[{"name":"id","type":"string"}]}`
	v2 = `{"type":"record","name":"Shipment","fields":[{"name":"id","type":"string"},{"name":"carrier","type":["null","string"],"default":null}]}`
	v3 = `{"type":"record","name":"Shipment","fields":[{"name":"id","type":"long"}]}`
)

// exchangeCase is one request of a story and its whole answer.
type exchangeCase struct {
	method, path, body string
	status             int
	want               string
}

func tell(t *testing.T, r *registry.Registry, story []exchangeCase) {
	t.Helper()
	for i, c := range story {
		status, got := send(t, r, c.method, c.path, c.body)
		if status != c.status || got != c.want {
			t.Errorf("step %d: %s %s\n got %d %s\nwant %d %s", i, c.method, c.path, status, got, c.status, c.want)
		}
	}
}

func TestASubjectsLife(t *testing.T) {
	kafka := bus(t)
	r := open(t, kafka)
	tell(t, r, []exchangeCase{
		{"GET", "/", "", 200, `{}`},
		{"GET", "/subjects", "", 200, `[]`},
		{"GET", "/nowhere", "", 404, `{"error_code":404,"message":"HTTP 404 Not Found"}`},
		{"GET", "/config", "", 200, `{"compatibilityLevel":"BACKWARD"}`},
		{"GET", "/mode", "", 200, `{"mode":"READWRITE"}`},
		{"GET", "/config/s", "", 404, `{"error_code":40408,"message":"Subject 's' does not have subject-level compatibility configured"}`},
		{"GET", "/config/s?defaultToGlobal=true", "", 200, `{"compatibilityLevel":"BACKWARD"}`},
		{"PUT", "/config/s", `{"compatibility":"full_transitive"}`, 200, `{"compatibility":"FULL_TRANSITIVE"}`},
		{"GET", "/config/s", "", 200, `{"compatibilityLevel":"FULL_TRANSITIVE"}`},
		{"PUT", "/config/s", `{"compatibility":"sideways"}`, 422, `{"error_code":42203,"message":"Invalid compatibility level. Valid values are none, backward, forward, full, backward_transitive, forward_transitive, and full_transitive"}`},
		{"POST", "/subjects/s/versions", schema(v1), 200, `{"id":1}`},
		{"POST", "/subjects/s/versions", schema(v1), 200, `{"id":1}`},
		{"POST", "/subjects/t/versions", schema(v1), 200, `{"id":1}`},
		{"POST", "/subjects/s/versions", schema(v2), 200, `{"id":2}`},
		{"GET", "/subjects/s/versions", "", 200, `[1,2]`},
		{"GET", "/subjects/s/versions/latest/schema", "", 200, v2},
		{"GET", "/schemas/ids/1/versions", "", 200, `[{"subject":"s","version":1},{"subject":"t","version":1}]`},
		{"GET", "/subjects/s/versions/0", "", 422, `{"error_code":42202,"message":"The specified version '0' is not a valid version id. Allowed values are between [1, 2^31-1] and the string \"latest\""}`},
		{"GET", "/subjects/s/versions/7", "", 404, `{"error_code":40402,"message":"Version 7 not found."}`},
		{"GET", "/subjects/u/versions/latest", "", 404, `{"error_code":40401,"message":"Subject 'u' not found."}`},
		{"POST", "/subjects/u", schema(v1), 404, `{"error_code":40401,"message":"Subject 'u' not found."}`},
		{"POST", "/subjects/t", schema(v2), 404, `{"error_code":40403,"message":"Schema not found"}`},
		{"POST", "/compatibility/subjects/s/versions/latest", schema(v3), 200, `{"is_compatible":false}`},
		{"POST", "/compatibility/subjects/u/versions/latest", schema(v3), 200, `{"is_compatible":true}`},
		{"PUT", "/mode/s", `{"mode":"READONLY"}`, 200, `{"mode":"READONLY"}`},
		{"POST", "/subjects/s/versions", schema(v2), 200, `{"id":2}`},
		{"POST", "/subjects/s/versions", schema(v3), 422, `{"error_code":42205,"message":"Subject s in context . is in read-only mode"}`},
		{"DELETE", "/mode/s", "", 200, `{"mode":"READONLY"}`},
		{"DELETE", "/subjects/s/versions/1?permanent=true", "", 404, `{"error_code":40407,"message":"Subject 's' Version 1 was not deleted first before being permanently deleted"}`},
		{"DELETE", "/subjects/s/versions/1", "", 200, `1`},
		{"DELETE", "/subjects/s/versions/1", "", 404, `{"error_code":40406,"message":"Subject 's' Version 1 was soft deleted.Set permanent=true to delete permanently"}`},
		{"GET", "/schemas/ids/1", "", 200, `{"schema":"{\"type\":\"record\",\"name\":\"Shipment\",\"fields\":[{\"name\":\"id\",\"type\":\"string\"}]}"}`},
		{"DELETE", "/subjects/s?permanent=true", "", 404, `{"error_code":40405,"message":"Subject 's' was not deleted first before being permanently deleted"}`},
		{"DELETE", "/subjects/s", "", 200, `[2]`},
		{"DELETE", "/subjects/s", "", 404, `{"error_code":40404,"message":"Subject 's' was soft deleted.Set permanent=true to delete permanently"}`},
		{"GET", "/subjects?deleted=true", "", 200, `["s","t"]`},
		{"DELETE", "/subjects/s?permanent=true", "", 200, `[1,2]`},
		{"POST", "/subjects/s/versions", schema(v3), 200, `{"id":3}`},
	})
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	tell(t, open(t, kafka), []exchangeCase{
		{"GET", "/subjects", "", 200, `["s","t"]`},
		{"GET", "/schemas/ids/2", "", 404, `{"error_code":40403,"message":"Schema 2 not found"}`},
		{"GET", "/subjects/s/versions", "", 200, `[1]`},
	})
}
