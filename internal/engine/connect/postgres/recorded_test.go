package postgres_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weftmesh/weft/conformance/engines"
	"github.com/weftmesh/weft/internal/engine/connect/converters"
)

// recorded is a record as the recordings of the real connector have it, a line of a file.
type recorded struct {
	Topic   string         `json:"topic"`
	Key     any            `json:"key"`
	Value   any            `json:"value"`
	Headers map[string]any `json:"headers"`
	// Bytes in base64, where the converter is Avro's.
	KeyBytes   string `json:"key_base64"`
	ValueBytes string `json:"value_base64"`
}

// TestRecordsEqualTheRealConnectors runs our connector with the configurations with which Debezium 3.7.0.Final was
// recorded, over the same SQL, and holds each record of each topic against its counterpart, in order.
func TestRecordsEqualTheRealConnectors(t *testing.T) {
	server := engines.StartPostgres(t, engines.PostgresOptions{Fast: true})
	server.Exec(t, "postgres", "CREATE ROLE dbz SUPERUSER LOGIN")
	server.Exec(t, "postgres", "CREATE DATABASE fix")
	server.Exec(t, "fix", file(t, "sql/1-schema-and-snapshot.sql"))
	runs := map[string]*captured{}
	for _, name := range []string{"j_plain", "j_schemas", "j_connect", "j_double"} {
		runs[name] = start(t, server, configOf(t, name, server))
	}
	schemas := schemaRegistry(t)
	avroConfig := withRegistry(configOf(t, "avro", server), schemas)
	inAvro := start(t, server, avroConfig)
	runs["avro"] = inAvro
	// The recording's changes came faster than the connector asked for the catalog, which so was ahead of them: the column
	// that is dropped at the end is missing from the start. So the tasks stand still meanwhile.
	for _, c := range runs {
		c.awaitStreaming(t)
		c.end(t)
	}
	for _, statement := range transactions(file(t, "sql/2-changes.sql")) {
		server.Exec(t, "fix", statement)
	}
	for name, c := range runs {
		t.Run(name, func(t *testing.T) {
			if name == "avro" {
				startAfter(t, avroConfig, c).compareAvro(t, schemas)
				return
			}
			c := startAfter(t, configOf(t, name, server), c)
			if name == "j_plain" {
				c.awaitStreaming(t)
				c.awaitTopic(t, "j_plain.public.orders", 13) // the last of the changes
				server.Exec(t, "fix", file(t, "sql/3-signal.sql"))
			}
			c.compare(t, name)
		})
	}
}

// transactions are the lines of a script, and what lies between BEGIN and COMMIT as one.
func transactions(script string) []string {
	var list []string
	open := false
	for line := range strings.Lines(script) {
		if open {
			list[len(list)-1] += line
		} else {
			list = append(list, line)
		}
		if line == "BEGIN;\n" || line == "COMMIT;\n" {
			open = !open
		}
	}
	return list
}

func file(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata/debezium", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func configOf(t *testing.T, name string, server *engines.Postgres) map[string]string {
	t.Helper()
	var connector struct{ Config map[string]string }
	if err := json.Unmarshal([]byte(file(t, name+"/connector.json")), &connector); err != nil {
		t.Fatal(err)
	}
	connector.Config["database.port"] = fmt.Sprint(server.Port)
	return connector.Config
}

// lines reads the recorded topics of a connector.
func lines(t *testing.T, name string) map[string][]recorded {
	t.Helper()
	topics := map[string][]recorded{}
	files, _ := filepath.Glob(filepath.Join("testdata/debezium", name, "*.jsonl"))
	for _, path := range files {
		if strings.HasSuffix(path, "registry-schemas.jsonl") {
			continue
		}
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		scanner := bufio.NewScanner(f)
		scanner.Buffer(nil, 1<<24)
		for scanner.Scan() {
			r := parseRecorded(t, scanner.Bytes())
			topics[r.Topic] = append(topics[r.Topic], r)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return topics
}

func parseRecorded(t *testing.T, line []byte) (r recorded) {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.UseNumber()
	if err := decoder.Decode(&r); err != nil {
		t.Fatal(err)
	}
	return r
}

// compare holds what came against the recording. Times, positions and the run's id differ with each run.
func (c *captured) compare(t *testing.T, name string) {
	want := lines(t, name)
	total := 0
	for _, records := range want {
		total += len(records)
	}
	got := c.await(t, total)
	for topic, records := range want {
		for i, r := range records {
			if i >= len(got[topic]) {
				t.Errorf("%s: record %d of %d is missing: %v", topic, i, len(records), r)
				break
			}
			if diff := cmp.Diff(normal(r), normal(got[topic][i]), cmp.Comparer(sameNumber)); diff != "" {
				t.Errorf("%s: record %d (-recorded +ours):\n%s", topic, i, shorten(diff))
			}
		}
		if n := len(got[topic]); n > len(records) {
			t.Errorf("%s: %d records more than the recording's %d: %v", topic, n-len(records), len(records), got[topic][len(records):])
		}
	}
}

func shorten(text string) string {
	if len(text) > 4000 {
		return text[:4000] + "..."
	}
	return text
}

func sameNumber(a, b json.Number) bool {
	if a == b {
		return true
	}
	x, _, err1 := big.ParseFloat(string(a), 10, 64, big.ToNearestEven)
	y, _, err2 := big.ParseFloat(string(b), 10, 64, big.ToNearestEven)
	return err1 == nil && err2 == nil && x.Cmp(y) == 0 && strings.ContainsAny(string(a)+string(b), ".eE")
}

// differs are the fields whose values differ with each run.
var differs = map[string]bool{
	"ts_ms": true, "ts_us": true, "ts_ns": true, "lsn": true, "txId": true, "sequence": true, "__debezium.context.runId": true, "__source_ts_ms": true, "__lsn": true,
}

// What watermarks hold.
var (
	uuids    = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(-open|-close)`)
	instants = regexp.MustCompile(`"20\d\d-\d\d-\d\dT[0-9:.]+Z"`)
)

func normal(r recorded) recorded {
	r.Key, r.Value = blank(r.Key), blank(r.Value)
	headers := map[string]any{}
	for name, value := range r.Headers {
		if !differs[name] {
			headers[name] = value
		}
	}
	r.Headers = headers
	return r
}

// blank replaces what differs by whether it is there, and JSON within text stays text.
func blank(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, value := range v {
			if differs[name] {
				out[name] = value != nil
				continue
			}
			out[name] = blank(value)
		}
		return out
	case string:
		return uuids.ReplaceAllString(instants.ReplaceAllString(v, "TIME"), "UUID$2")
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = blank(v[i])
		}
		return out
	}
	return v
}

func converterOf(t *testing.T, config map[string]string, side string) converters.Converter {
	t.Helper()
	class := config[side+".converter"]
	own := map[string]string{}
	for name, value := range config {
		if rest, ok := strings.CutPrefix(name, side+".converter."); ok {
			own[rest] = value
		}
	}
	if class == "" {
		class, own["schemas.enable"] = converters.JSON, "false"
	}
	c, err := converters.New(class, own)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func encoded(b []byte) string { return base64.StdEncoding.EncodeToString(b) }
