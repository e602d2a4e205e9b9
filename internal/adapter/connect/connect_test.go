package connect_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/weftmesh/weft/internal/adapter/connect"
	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/plans"
	"github.com/weftmesh/weft/internal/resources"
)

// worker answers as Kafka Connect 4.3.1 with Debezium 3.7.0 did when it was asked the same; what it is asked to do is
// noted. The whole of the API is the matter of the suite that runs against the real one.
type worker struct {
	mu      sync.Mutex
	answers map[string][]answer // by method and path; the last one stays
	asked   []string
	bodies  map[string]string
}

type answer struct {
	code int
	body string
}

func (w *worker) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	call := r.Method + " " + r.URL.RequestURI()
	body, _ := io.ReadAll(r.Body)
	w.asked, w.bodies[call] = append(w.asked, call), string(body)
	list := w.answers[call]
	if len(list) == 0 {
		out.WriteHeader(http.StatusNotFound)
		fmt.Fprintf(out, `{"error_code":404,"message":"HTTP 404 Not Found: %s"}`, call)
		return
	}
	if len(list) > 1 {
		w.answers[call] = list[1:]
	}
	out.WriteHeader(list[0].code)
	fmt.Fprint(out, list[0].body)
}

func started(t *testing.T, answers map[string][]answer, config connect.Config) (*worker, *connect.Connectors) {
	t.Helper()
	w := &worker{answers: answers, bodies: map[string]string{}}
	server := httptest.NewServer(w)
	t.Cleanup(server.Close)
	config.URL = server.URL + "/"
	return w, connect.New(config)
}

func ok(body string) []answer { return []answer{{200, body}} }

const expanded = "GET /connectors?expand=status&expand=info"

// state is how Connect tells of a connector with one task.
func state(connector, task, trace string) string {
	tasks := ""
	if task != "" {
		text, _ := json.Marshal(trace)
		tasks = fmt.Sprintf(`{"id":0,"state":%q,"worker_id":"127.0.0.1:8083","version":"3.7.0.Final","trace":%s}`, task, text)
	}
	return fmt.Sprintf(`{"name":"shop","connector":{"state":%q,"worker_id":"127.0.0.1:8083","version":"3.7.0.Final"},"tasks":[%s],"type":"source"}`, connector, tasks)
}

const trace = "org.apache.kafka.connect.errors.ConnectException: An exception occurred in the change event producer. This connector will be stopped.\n" +
	"\tat io.debezium.pipeline.ErrorHandler.setProducerThrowable(ErrorHandler.java:67)\n" +
	"Caused by: org.postgresql.util.PSQLException: ERROR: replication slot \"other\" does not exist\n" +
	"\tat org.postgresql.core.v3.QueryExecutorImpl.receiveErrorResponse(QueryExecutorImpl.java:2736)\n\t... 9 more\n"

func TestConnectorsAreReadWithTheirPasswordsHidden(t *testing.T) {
	_, c := started(t, map[string][]answer{expanded: ok(`{"shop":{"status":` + state("RUNNING", "RUNNING", "") + `,"info":{"name":"shop","config":{
		"name":"shop","slot.name":"weft_shop","database.password":"in-clear","key.converter.basic.auth.user.info":"weft:${env:REGISTRY}","heartbeat.interval.ms":"10000"}}},
		"other":{"status":` + state("RUNNING", "RUNNING", "") + `,"info":{"config":{}}}}`)}, connect.Config{})
	found, err := c.Read(t.Context(), []string{"shop", "absent"})
	if err != nil || len(found) != 1 {
		t.Fatalf("%d connectors, %v", len(found), err)
	}
	for name, want := range map[string]string{
		"state": "RUNNING", "config.slot.name": "weft_shop", "config.database.password": "(hidden)",
		"config.key.converter.basic.auth.user.info": "weft:${env:REGISTRY}", "config.name": "",
	} {
		if got := found[0].Attributes[name]; got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func TestTheStateOfAConnectorIsTheWorstOfItsParts(t *testing.T) {
	for _, s := range []struct{ connector, task, trace, state, cause string }{
		{"RUNNING", "RUNNING", "", "RUNNING", ""},
		{"RUNNING", "", "", "RUNNING", ""},
		{"PAUSED", "PAUSED", "", "PAUSED", ""},
		{"STOPPED", "", "", "STOPPED", ""},
		{"UNASSIGNED", "UNASSIGNED", "", "RUNNING", ""},
		{"RUNNING", "FAILED", trace, "FAILED", `PSQLException: ERROR: replication slot "other" does not exist`},
	} {
		_, c := started(t, map[string][]answer{expanded: ok(`{"shop":{"status":` + state(s.connector, s.task, s.trace) + `}}`)}, connect.Config{})
		all, err := c.Status(t.Context())
		if got := all["shop"]; err != nil || got.State != s.state || got.Cause != s.cause {
			t.Errorf("%s with a task that is %s is %+v, %v", s.connector, s.task, got, err)
		}
	}
}

// change is one that makes or changes connector shop.
func change(action plans.Action, attributes ...plans.AttributeChange) plans.Change {
	return plans.Change{
		Addr: addrs.Resource{Kind: addrs.KindConnector, Name: "shop"}, Action: action, Attributes: attributes, Seen: "0011",
		Desired: resources.Resource{Connector: &resources.Connector{Signals: "shop.signals", Config: map[string]string{"connector.class": "io.debezium.connector.postgresql.PostgresConnector", "topic.prefix": "shop"}}},
	}
}

func applied(t *testing.T, c *connect.Connectors, change plans.Change) error {
	t.Helper()
	var failed error
	c.Apply(t.Context(), []plans.Change{change}, func(_ plans.Change, err error) { failed = err })
	return failed
}

// A worker whose group rebalances answers 409 for a while, and a task is there some time after its connector.
func TestAConnectorIsMadeAndWaitedFor(t *testing.T) {
	w, c := started(t, map[string][]answer{
		"PUT /connectors/shop/config": {{409, `{"error_code":409,"message":"Cannot complete request momentarily due to stale configuration (typically caused by a concurrent config change)"}`}, {201, "{}"}},
		"GET /connectors/shop/status": {{404, `{"error_code":404,"message":"No status found for connector shop"}`}, {200, state("RUNNING", "", "")}, {200, state("RUNNING", "RUNNING", "")}},
	}, connect.Config{Signal: func(context.Context, string, string, []byte) error {
		return errors.New("a new connector needs no signal")
	}})
	if err := applied(t, c, change(plans.Create, plans.AttributeChange{Name: resources.Snapshot, New: "public.a(id) public.b(id)"})); err != nil {
		t.Fatal(err)
	}
	if body := w.bodies["PUT /connectors/shop/config"]; !strings.Contains(body, `"topic.prefix":"shop"`) {
		t.Errorf("the configuration is %s", body)
	}
}

func TestAConnectorWhoseTaskFailsIsNone(t *testing.T) {
	_, c := started(t, map[string][]answer{"PUT /connectors/shop/config": ok("{}"), "GET /connectors/shop/status": {{404, "{}"}, {200, state("RUNNING", "FAILED", trace)}}}, connect.Config{})
	err := applied(t, c, change(plans.Create))
	if err == nil || !strings.HasSuffix(err.Error(), `FAILED: PSQLException: ERROR: replication slot "other" does not exist`) {
		t.Errorf("apply says %v", err)
	}
}

func TestWhatIsPausedGoesOnAndWhatFailedStartsAgain(t *testing.T) {
	for before, want := range map[string]string{
		state("PAUSED", "PAUSED", ""): "PUT /connectors/shop/resume", state("RUNNING", "FAILED", trace): "POST /connectors/shop/restart?includeTasks=true&onlyFailed=true",
	} {
		w, c := started(t, map[string][]answer{
			"PUT /connectors/shop/config": ok("{}"), want: {{202, ""}},
			"GET /connectors/shop/status": {{200, before}, {200, before}, {200, state("RUNNING", "RUNNING", "")}},
		}, connect.Config{})
		if err := applied(t, c, change(plans.Update, plans.AttributeChange{Name: resources.State, New: "RUNNING"})); err != nil {
			t.Error(err)
		}
		if _, asked := w.bodies[want]; !asked {
			t.Errorf("it was not asked to %s, but %v", want, w.asked)
		}
	}
}

func TestTablesThatAreAddedAreAskedForByASignal(t *testing.T) {
	var signals []string
	_, c := started(t, map[string][]answer{"PUT /connectors/shop/config": ok("{}"), "GET /connectors/shop/status": ok(state("RUNNING", "RUNNING", ""))},
		connect.Config{Signal: func(_ context.Context, topic, key string, value []byte) error {
			signals = append(signals, topic+" "+key+" "+string(value))
			return nil
		}})
	if err := applied(t, c, change(plans.Update, plans.AttributeChange{Name: resources.Snapshot, Old: "public.a(id)", New: "public.a(id) public.b(id) public.c"})); err != nil {
		t.Fatal(err)
	}
	if err := applied(t, c, change(plans.Update, plans.AttributeChange{Name: resources.Snapshot, Old: "public.a(id) public.b(id)", New: "public.b(id)"})); err != nil {
		t.Fatal(err)
	}
	want := `shop.signals shop {"id":"weft-0011","type":"execute-snapshot","data":{"type":"INCREMENTAL","data-collections":["public.b","public.c"]}}`
	if len(signals) != 1 || signals[0] != want {
		t.Errorf("the signals are %q", signals)
	}
}

func TestAConnectorGoesWithItsPositionAndItsSlot(t *testing.T) {
	released := ""
	w, c := started(t, map[string][]answer{
		"GET /connectors/shop/config": ok(`{"slot.name":"weft_shop"}`), "PUT /connectors/shop/stop": {{204, ""}}, "DELETE /connectors/shop": {{204, ""}},
		"GET /connectors/shop/status":     {{200, state("STOPPED", "RUNNING", "")}, {200, state("STOPPED", "", "")}},
		"DELETE /connectors/shop/offsets": append([]answer{{500, `{"error_code":500,"message":"The start() method must be invoked before adding callbacks for this zombie fencing"}`}}, ok(`{"message":"The offsets for this connector have been reset successfully"}`)...),
	}, connect.Config{Release: func(_ context.Context, config map[string]string) error {
		released = config["slot.name"]
		return errors.New("PostgreSQL cannot be reached")
	}})
	err := applied(t, c, change(plans.Delete))
	if err == nil || !strings.Contains(err.Error(), "the connector is deleted, and what it used in the database is not: PostgreSQL cannot be reached") {
		t.Errorf("a slot that stays is told as %v", err)
	}
	if order := strings.Join(w.asked, ", "); released != "weft_shop" || !strings.HasSuffix(order, "DELETE /connectors/shop/offsets, DELETE /connectors/shop") {
		t.Errorf("released %q after %s", released, order)
	}
}

const plugins = `[{"class":"io.debezium.connector.postgresql.PostgresConnector","type":"source","version":"3.7.0.Final"}]`

const validates = "PUT /connector-plugins/io.debezium.connector.postgresql.PostgresConnector/config/validate"

func TestWhatConnectHasAgainstAConfigurationIsTold(t *testing.T) {
	_, c := started(t, map[string][]answer{"GET /connector-plugins": ok(plugins), validates: ok(`{"name":"x","error_count":2,"configs":[
		{"value":{"name":"database.hostname","errors":["Unable to connect: Connection to db:5432 refused."]}},
		{"value":{"name":"slot.name","errors":["Must contain only digits, lowercase characters and underscores."]}},{"value":{"name":"tasks.max","errors":[]}}]}`)}, connect.Config{})
	problems, err := c.Validate(t.Context(), change(plans.Create))
	if err != nil || len(problems) != 2 || problems[0].Severity != "warning" || problems[1].Severity != "error" || !strings.Contains(problems[1].Summary, "refuses slot.name of connector shop: Must contain") {
		t.Errorf("%+v, %v", problems, err)
	}
	mysql := change(plans.Create)
	mysql.Desired.Connector.Config["connector.class"] = "io.debezium.connector.mysql.MySqlConnector"
	problems, err = c.Validate(t.Context(), mysql)
	if err != nil || len(problems) != 1 || !strings.Contains(problems[0].Summary, "has no io.debezium.connector.mysql.MySqlConnector") || !strings.Contains(problems[0].Fix, "captures PostgreSQL") {
		t.Errorf("of a plugin that is not there: %+v, %v", problems, err)
	}
}

func TestWorkersSayWhetherTheyWriteExactlyOnce(t *testing.T) {
	for errors, want := range map[string]bool{"": true, `"This worker does not have exactly-once source support enabled."`: false} {
		_, c := started(t, map[string][]answer{"GET /connector-plugins": ok(plugins), validates: ok(`{"configs":[{"value":{"name":"exactly.once.support","errors":[` + errors + `]}}]}`)}, connect.Config{})
		if got, err := c.ExactlyOnce(t.Context()); err != nil || got != want {
			t.Errorf("%t, %v", got, err)
		}
	}
}

func TestAConnectThatIsNotThereIsNamed(t *testing.T) {
	c := connect.New(connect.Config{URL: "http://127.0.0.1:1"})
	if _, err := c.Read(t.Context(), []string{"shop"}); err == nil || !strings.Contains(err.Error(), "Kafka Connect at http://127.0.0.1:1 cannot be reached") || !strings.Contains(err.Error(), "connect.url") {
		t.Errorf("it says %v", err)
	}
	_, c = started(t, map[string][]answer{expanded: ok("<html>")}, connect.Config{})
	if _, err := c.Read(t.Context(), []string{"shop"}); err == nil || !strings.Contains(err.Error(), "no JSON of Kafka Connect's API") {
		t.Errorf("of what is no Connect it says %v", err)
	}
}
