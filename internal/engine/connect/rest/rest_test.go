package rest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weftmesh/weft/internal/engine/connect/rest"
	"github.com/weftmesh/weft/internal/engine/connect/source"
	"github.com/weftmesh/weft/internal/engine/connect/source/sourcetest"
	"github.com/weftmesh/weft/internal/engine/connect/worker"
	"github.com/weftmesh/weft/internal/engine/kafka"
	"github.com/weftmesh/weft/internal/eventually"
)

const bound = 30 * time.Second

// heard is what was logged.
type heard struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (h *heard) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text.Write(p)
}

func (h *heard) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text.String()
}

type server struct {
	*httptest.Server
	bus string
	log *heard
}

func start(t testing.TB) *server {
	t.Helper()
	bus, err := kafka.Open(t.Context(), kafka.Config{Dir: t.TempDir(), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { bus.Close() })
	s := &server{bus: bus.Addr(), log: &heard{}}
	log := slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	json := "org.apache.kafka.connect.json.JsonConverter"
	w, err := worker.Open(t.Context(), worker.Config{
		Kafka: []kgo.Opt{kgo.SeedBrokers(bus.Addr()), kgo.MetadataMinAge(20 * time.Millisecond)}, ID: "here:8083", Logger: log,
		Connectors: []source.Connector{&sourcetest.Counting{}},
		Standard: map[string]string{
			"key.converter": json, "key.converter.schemas.enable": "false", "value.converter": json, "value.converter.schemas.enable": "false",
			"header.converter": "org.apache.kafka.connect.storage.SimpleHeaderConverter",
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	s.Server = httptest.NewServer(rest.Handler(rest.Config{Worker: w, Commit: "abc", Logger: log}))
	t.Cleanup(s.Close)
	return s
}

// ask makes a request, and gives the status and the body.
func (s *server) ask(t testing.TB, method, path, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

func (s *server) want(t testing.TB, method, path, body string, status int, parts ...string) string {
	t.Helper()
	got, text := s.ask(t, method, path, body)
	if got != status {
		t.Fatalf("%s %s: %d %s, want %d", method, path, got, text, status)
	}
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%s %s: %s\nhas no %s", method, path, text, part)
		}
	}
	return text
}

func (s *server) await(t testing.TB, path string, parts ...string) {
	t.Helper()
	eventually.Eventually(t, bound, path, func() error {
		_, text := s.ask(t, "GET", path, "")
		for _, part := range parts {
			if !strings.Contains(text, part) {
				return errors.New(text)
			}
		}
		return nil
	})
}

const (
	bare     = `"connector.class":"test.CountingConnector","topic":"counted"`
	counting = bare + `,"topic.creation.default.partitions":"1","topic.creation.default.replication.factor":"1"`
)

func TestAConnectorIsMadeChangedAndTakenAway(t *testing.T) {
	s := start(t)
	s.want(t, "GET", "/", "", 200, `"version":"4.3.1"`, `"commit":"abc"`, `"kafka_cluster_id":"`)
	s.want(t, "POST", "/connectors", `{"name":" c ","config":{`+counting+`,"to":7}}`, 201, `"name":"c"`, `"tasks":[]`, `"to":"7"`, `"type":"source"`)
	s.await(t, "/connectors/c/offsets", `{"offsets":[{"partition":{"counter":"c"},"offset":{"n":7}}]}`)
	s.await(t, "/connectors/c/status", `"connector":{"state":"RUNNING","worker_id":"here:8083","version":"1.0"},"tasks":[{"id":0,"state":"RUNNING"`)
	s.want(t, "GET", "/connectors/c/topics", "", 200, `{"c":{"topics":["counted"]}}`)
	s.want(t, "PUT", "/connectors/c/topics/reset", "", 202)
	s.want(t, "GET", "/connectors/c/topics", "", 200, `{"c":{"topics":[]}}`)
	s.want(t, "PATCH", "/connectors/c/config", `{"to":"9","pause":null}`, 200, `"to":"9"`)
	s.await(t, "/connectors/c/offsets", `{"n":9}`)
	s.want(t, "PUT", "/connectors/c/config", `{`+counting+`,"to":"10","fail":"the counter is broken"}`, 200)
	s.await(t, "/connectors/c/status", `"state":"FAILED"`, "the counter is broken")
	s.want(t, "POST", "/connectors/c/restart?includeTasks=true&onlyFailed=true", "", 202, `"connector":{"state":"RUNNING"`, `"tasks":[{"id":0,"state":"RESTARTING"`)
	s.await(t, "/connectors/c/status", `"state":"FAILED"`)
	s.want(t, "DELETE", "/connectors/c", "", 204)
	s.want(t, "GET", "/connectors/c/status", "", 404, `{"error_code":404,"message":"No status found for connector c"}`)
}

func TestOffsetsAreWrittenOfStoppedConnectorsAlone(t *testing.T) {
	s := start(t)
	s.want(t, "PUT", "/connectors/c/config", `{`+counting+`,"to":"5"}`, 201)
	s.await(t, "/connectors/c/offsets", `{"n":5}`)
	for _, r := range [][2]string{{"PATCH", `{"offsets":[{"partition":{"counter":"c"},"offset":{"n":2}}]}`}, {"DELETE", ""}} {
		s.want(t, r[0], "/connectors/c/offsets", r[1], 400, "STOPPED")
	}
	s.want(t, "PUT", "/connectors/c/stop", "", 204)
	s.want(t, "PATCH", "/connectors/c/offsets", `{"offsets":[{"partition":{"counter":"c"},"offset":{"n":3}}]}`, 200, "altered successfully")
	s.want(t, "PATCH", "/connectors/c/config", `{"to":"6"}`, 200)
	s.want(t, "GET", "/connectors/c/offsets", "", 200, `{"n":3}`)
	s.want(t, "PUT", "/connectors/c/resume", "", 202)
	s.await(t, "/connectors/c/offsets", `{"n":6}`)
	s.want(t, "PUT", "/connectors/c/stop", "", 204)
	s.want(t, "DELETE", "/connectors/c/offsets", "", 200, "reset successfully")
	s.want(t, "GET", "/connectors/c/offsets", "", 200, `{"offsets":[]}`)
}

func TestAConfigurationIsJudgedKeyByKey(t *testing.T) {
	s := start(t)
	for _, c := range []struct{ config, key, why string }{
		{`"to":"many"`, "to", "no number"},
		{`"tasks.max":"0"`, "tasks.max", "at least 1"},
		{`"task.max":"1"`, "task.max", "Kafka Connect has a key tasks.max"},
		{`"errors.tolerance":"all"`, "errors.tolerance", "nobody would find them"},
		{`"value.converter":"no.such.Converter"`, "value.converter", "no.such.Converter"},
		{`"value.converter.schemas.enable":"true"`, "value.converter.schemas.enable", "no effect without value.converter"},
		{`"transforms":"t"`, "transforms.t.type", "missing"},
		{`"transforms":"t","transforms.t.type":"no.such.Transform"`, "transforms.t.type", "no.such.Transform"},
		{`"transforms":"a,a"`, "transforms", "Duplicate"},
		{`"producer.override.acks":"1"`, "producer.override.acks", "acks=all"},
		{`"producer.override.interceptor.classes":"x"`, "producer.override.interceptor.classes", "may not be overridden"},
		{`"consumer.override.x":"y"`, "consumer.override.x", "not supported"},
		{`"topic.creation.default.partitions":"1"`, "topic.creation.default.replication.factor", "Missing required"},
		{`"topic.creation.other.partitions":"1"`, "topic.creation.other.partitions", "does not name"},
		{`"offsets.storage.topic":"a b"`, "offsets.storage.topic", "letters, digits"},
		{`"transaction.boundary":"connector"`, "transaction.boundary", "must be one of"},
		{`"secret":"${env:WEFT_TEST_ABSENT}"`, "secret", "is not set"},
		{`"secret":"${vault:a:b}"`, "secret", "no config provider vault"},
	} {
		config := `{"name":"c",` + bare + `,` + c.config + `}`
		text := s.want(t, "PUT", "/connector-plugins/CountingConnector/config/validate", config, 200)
		var answer struct {
			Configs []struct {
				Value struct {
					Name   string
					Errors []string
				}
			}
		}
		if err := json.Unmarshal([]byte(text), &answer); err != nil {
			t.Fatal(err)
		}
		found := []string{}
		for _, one := range answer.Configs {
			if len(one.Value.Errors) > 0 {
				found = append(found, one.Value.Name+": "+strings.Join(one.Value.Errors, "; "))
			}
		}
		all := strings.Join(found, "\n")
		if !strings.HasPrefix(all, c.key+": ") && !strings.Contains(all, "\n"+c.key+": ") || !strings.Contains(all, c.why) {
			t.Errorf("%s: %q, want %s: %s", c.config, all, c.key, c.why)
		}
		s.want(t, "PUT", "/connectors/c/config", config, 400, "Connector configuration is invalid and contains the following", "error(s)")
	}
	s.want(t, "GET", "/connectors", "", 200, "[]")
}

func TestWhatProvidersGiveIsNeverShown(t *testing.T) {
	s := start(t)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "db.properties"), []byte("password = s3cr3t-in-file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("WEFT_TEST_SECRET", "s3cr3t-in-env")
	for name, variable := range map[string]string{"f": "${file:" + dir + "/db.properties:password}", "e": "${env:WEFT_TEST_SECRET}", "d": "${directory:" + dir + ":db.properties}"} {
		config := fmt.Sprintf(`{%s,"to":"3","fail":"the password was ","secret":"%s"}`, counting, variable)
		s.want(t, "PUT", "/connectors/"+name+"/config", config, 201)
		s.await(t, "/connectors/"+name+"/status", `"state":"FAILED"`, "the password was "+variable)
		s.want(t, "PUT", "/connector-plugins/CountingConnector/config/validate", fmt.Sprintf(`{"name":"x",%s,"to":"%s"}`, counting, variable), 200, "no number: "+variable)
		s.want(t, "PUT", "/connectors/"+name+"/config", fmt.Sprintf(`{%s,"to":"%s"}`, counting, variable), 400, "no number: "+variable)
	}
	shown := s.log.String()
	for _, path := range []string{"/connectors?expand=info&expand=status", "/connectors/f/config", "/connectors/e/tasks", "/connectors/d/status"} {
		_, text := s.ask(t, "GET", path, "")
		shown += text
	}
	shown += topic(t, s.bus, "connect-configs") + topic(t, s.bus, "connect-status") + topic(t, s.bus, "connect-offsets")
	if strings.Contains(shown, "s3cr3t") {
		t.Errorf("a secret is shown: %s", shown)
	}
	if !strings.Contains(shown, "the task failed") {
		t.Errorf("the log does not tell of the failure: %s", shown)
	}
}

// topic is all that a topic has, once it has something.
func topic(t *testing.T, bus, name string) string {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(bus), kgo.ConsumeTopics(name), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.FetchMaxWait(50*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	text := ""
	for text == "" {
		client.PollFetches(t.Context()).EachRecord(func(r *kgo.Record) { text += string(r.Key) + string(r.Value) + "\n" })
	}
	return text
}

func TestATopicThatIsNotThereIsNamed(t *testing.T) {
	s := start(t)
	s.want(t, "PUT", "/connectors/c/config", `{`+bare+`}`, 201)
	s.await(t, "/connectors/c/status", `"state":"FAILED"`, "topic counted", "topic.creation.default.partitions")
}

func TestBadRequestsAreAnsweredAndNothingElseStops(t *testing.T) {
	s := start(t)
	for _, r := range []struct {
		method, path, body string
		status             int
	}{
		{"POST", "/connectors", `{"name":"c","config":{` + counting + `,"pad":"` + strings.Repeat("x", rest.MaxBody) + `"}}`, 413},
		{"POST", "/connectors", `{"name":"c","config":null}`, 500},
		{"POST", "/connectors", `{"name":"c","config":{"a":{}}}`, 500},
		{"POST", "/connectors", `{"name":"c","config":{}} {}`, 500},
		{"PUT", "/connectors/" + strings.Repeat("n", 300) + "/config", `{` + counting + `}`, 400},
		{"PUT", "/connectors/a%0ab/config", `{` + counting + `}`, 400},
		{"PUT", "/connectors/c/config", `null`, 400},
		{"GET", "/connector-plugins/absent/config", "", 404},
		{"GET", "/admin/loggers/absent", "", 404},
		{"PATCH", "/connectors", "", 405},
	} {
		s.want(t, r.method, r.path, r.body, r.status, `{"error_code":`+fmt.Sprint(r.status))
	}
	s.want(t, "GET", "/connector-plugins", "", 200, `[{"class":"test.CountingConnector","type":"source","version":"1.0"}]`)
	s.want(t, "GET", "/connector-plugins?connectorsOnly=false", "", 200, "RegexRouter", "RecordIsTombstone", "JsonConverter")
	s.want(t, "GET", "/connector-plugins/CountingConnector/config", "", 200, `"name":"topic"`, `"name":"tasks.max"`)
	s.want(t, "GET", "/admin/loggers", "", 200, `{"root":{"last_modified":null,"level":"DEBUG"}}`)
}

func FuzzBodiesOfConfigurations(f *testing.F) {
	s := start(f)
	f.Add(`{"connector.class":"test.CountingConnector","topic":"t","transforms":"a","transforms.a.type":"x"}`)
	f.Add(`{"name":"x","connector.class":"CountingConnector","topic.creation.groups":"a,b","topic.creation.a.include":"("}`)
	f.Add(`{"connector.class":"Counting","producer.override.linger.ms":1e9,"key.converter":"JsonConverter"}`)
	f.Add(`{"a":"${file:/dev/zero:x}","b":null,"c":[1]}`)
	f.Add(`null`)
	f.Fuzz(func(t *testing.T, body string) {
		status, text := s.ask(t, "PUT", "/connector-plugins/CountingConnector/config/validate", body)
		if status != 200 && !strings.Contains(text, `"error_code"`) {
			t.Errorf("%d %s", status, text)
		}
	})
}
