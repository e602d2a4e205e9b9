package postgres_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"maps"
	"math/big"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/twmb/avro"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sr"

	"github.com/weftmesh/weft/internal/engine/registry"
)

// version is a version of a subject, a line of registry-schemas.jsonl.
type version struct {
	Subject string
	Version int
	ID      int
	Schema  string
}

// schemaRegistry starts the embedded registry, and lets the configuration name it.
func schemaRegistry(t *testing.T) *sr.Client {
	t.Helper()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	r, err := registry.Open(context.Background(), registry.Config{Listen: "127.0.0.1:0", Kafka: []kgo.Opt{kgo.SeedBrokers(cluster.ListenAddrs()...)}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	client, err := sr.NewClient(sr.URLs(r.URL()))
	if err != nil {
		t.Fatal(err)
	}
	registryURL[client] = r.URL()
	return client
}

// registryURL is where the registry of a client is.
var registryURL = map[*sr.Client]string{}

func withRegistry(config map[string]string, client *sr.Client) map[string]string {
	config = maps.Clone(config)
	for _, side := range []string{"key", "value"} {
		config[side+".converter.apicurio.registry.url"] = registryURL[client]
	}
	return config
}

func recordedVersions(t *testing.T) []version {
	t.Helper()
	var list []version
	scanner := bufio.NewScanner(strings.NewReader(file(t, "avro/registry-schemas.jsonl")))
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		if len(strings.TrimSpace(scanner.Text())) == 0 {
			continue
		}
		var v version
		if err := json.Unmarshal(scanner.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		list = append(list, v)
	}
	return list
}

// compareAvro holds the schemas against those of the recording, and the records by what they decode to.
func (c *captured) compareAvro(t *testing.T, client *sr.Client) {
	recordedSchemas, ours := map[int]string{}, map[int]string{}
	for _, v := range recordedVersions(t) {
		recordedSchemas[v.ID] = v.Schema
	}
	want := lines(t, "avro")
	total := 0
	for _, records := range want {
		total += len(records)
	}
	got := c.await(t, total)
	for topic, records := range want {
		for i := range records {
			if i >= len(got[topic]) {
				t.Errorf("%s: record %d of %d is missing", topic, i, len(records))
				break
			}
			for _, side := range [][2]string{{records[i].KeyBytes, got[topic][i].KeyBytes}, {records[i].ValueBytes, got[topic][i].ValueBytes}} {
				if (side[0] == "") != (side[1] == "") {
					t.Errorf("%s: record %d: %d bytes recorded, %d ours", topic, i, len(side[0]), len(side[1]))
					continue
				}
				if side[0] == "" {
					continue
				}
				gotSchema, gotValue := decodeAvro(t, side[1], func(id int) string { return registered(t, client, ours, id) })
				wantSchema, wantValue := decodeAvro(t, side[0], func(id int) string {
					if recordedSchemas[id] == "" {
						return gotSchema // of the messages' topic no schema was recorded: the bytes must be ours all the same
					}
					return recordedSchemas[id]
				})
				if diff := cmp.Diff(parsed(t, wantSchema), parsed(t, gotSchema)); diff != "" {
					t.Errorf("%s: schema of record %d (-recorded +ours):\n%s", topic, i, shorten(diff))
				}
				if diff := cmp.Diff(blank(wantValue), blank(gotValue), cmp.Comparer(sameRational), cmpopts.EquateNaNs()); diff != "" {
					t.Errorf("%s: record %d (-recorded +ours):\n%s", topic, i, shorten(diff))
				}
			}
		}
	}
}

func sameRational(a, b *big.Rat) bool { return a.Cmp(b) == 0 }

func registered(t *testing.T, client *sr.Client, known map[int]string, id int) string {
	t.Helper()
	if known[id] == "" {
		s, err := client.SchemaByID(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		known[id] = s.Schema
	}
	return known[id]
}

func decodeAvro(t *testing.T, text string, schemaOf func(id int) string) (string, any) {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(b) < 5 || b[0] != 0 {
		t.Fatalf("%q is not in Confluent's frame: %v", text, err)
	}
	schema := schemaOf(int(binary.BigEndian.Uint32(b[1:])))
	var value any
	rest, err := avro.MustParse(schema).Decode(b[5:], &value)
	if err != nil || len(rest) > 0 {
		t.Fatalf("decode with %s: %v, %d bytes left", schema, err, len(rest))
	}
	return schema, value
}

// parsed is a schema as JSON, without the order of attributes; the allowed values of an enum parameter keep theirs.
func parsed(t *testing.T, schema string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(schema), &v); err != nil {
		t.Fatal(err)
	}
	return v
}
