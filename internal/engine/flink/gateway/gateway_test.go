package gateway_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/weftmesh/weft/internal/engine/flink"
	"github.com/weftmesh/weft/internal/engine/flink/gateway"
	"github.com/weftmesh/weft/internal/engine/flink/runtime"
	"github.com/weftmesh/weft/internal/eventually"
)

// client asks a gateway of its own.
type client struct {
	t       *testing.T
	handler http.Handler
	engine  *flink.Engine
}

func newClient(t *testing.T, config gateway.Config, settings map[string]string) client {
	t.Helper()
	engine, err := flink.New(flink.Config{Settings: settings})
	if err != nil {
		t.Fatal(err)
	}
	config.Engine = engine
	g := gateway.New(config)
	t.Cleanup(func() {
		g.Close()
		engine.Close()
	})
	return client{t, g.Handler(), engine}
}

// answer is what came back.
type answer struct {
	status int
	text   string
	body   map[string]any
}

func (c client) ask(method, path string, body any) answer {
	c.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		c.t.Fatal(err)
	}
	if body == nil {
		text = nil
	}
	recorder := httptest.NewRecorder()
	c.handler.ServeHTTP(recorder, httptest.NewRequest(method, path, bytes.NewReader(text)))
	a := answer{status: recorder.Code, text: recorder.Body.String()}
	if err := json.Unmarshal(recorder.Body.Bytes(), &a.body); err != nil {
		c.t.Fatalf("%s %s answers %q: %v", method, path, a.text, err)
	}
	return a
}

func (a answer) string(key string) string {
	text, _ := a.body[key].(string)
	return text
}

func (c client) session() string {
	c.t.Helper()
	a := c.ask("POST", "/v2/sessions", map[string]any{})
	if a.status != 200 {
		c.t.Fatalf("no session: %s", a.text)
	}
	return "/v2/sessions/" + a.string("sessionHandle")
}

// submit hands a statement in and gives the path of its operation.
func (c client) submit(session, statement string) string {
	c.t.Helper()
	a := c.ask("POST", session+"/statements", map[string]string{"statement": statement})
	if a.status != 200 {
		c.t.Fatalf("%s is not taken: %s", statement, a.text)
	}
	return session + "/operations/" + a.string("operationHandle")
}

// page gives a page once it is there.
func (c client) page(path string) (a answer) {
	c.t.Helper()
	eventually.Eventually(c.t, 10*time.Second, path, func() error {
		if a = c.ask("GET", path, nil); a.string("resultType") == "NOT_READY" {
			return fmt.Errorf("not ready")
		}
		return nil
	})
	return a
}

func data(a answer) []any {
	results, _ := a.body["results"].(map[string]any)
	rows, _ := results["data"].([]any)
	return rows
}

// run gives the rows of a statement.
func (c client) run(session, statement string) (pages [][]any, last answer) {
	c.t.Helper()
	path := c.submit(session, statement) + "/result/0?rowFormat=JSON"
	for path != "" {
		last = c.page(path)
		if last.status != 200 {
			return pages, last
		}
		if rows := data(last); len(rows) > 0 {
			pages = append(pages, rows)
		}
		path = last.string("nextResultUri")
	}
	return pages, last
}

func TestAQuerysRowsComePageByPage(t *testing.T) {
	c := newClient(t, gateway.Config{}, nil)
	s := c.session()
	c.run(s, "CREATE TABLE g (n INT) WITH ('connector' = 'datagen', 'number-of-rows' = '12000', 'rows-per-second' = '100000000', 'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '12000')")
	pages, last := c.run(s, "SELECT n FROM g")
	total := 0
	for _, page := range pages {
		if total += len(page); len(page) > 5000 {
			t.Errorf("a page has %d rows", len(page))
		}
	}
	if total != 12000 || last.string("resultType") != "EOS" {
		t.Errorf("%d rows and then %s", total, last.text)
	}
}

func TestTheLastPageCanBeFetchedAgain(t *testing.T) {
	c := newClient(t, gateway.Config{}, nil)
	o := c.submit(c.session(), "SHOW CATALOGS")
	first := c.page(o + "/result/0")
	if again := c.page(o + "/result/0"); len(data(first)) != 1 || again.text != first.text {
		t.Errorf("the first page is %s, and then %s", first.text, again.text)
	}
	if end := c.page(o + "/result/1"); end.string("resultType") != "EOS" {
		t.Errorf("after the last page comes %s", end.text)
	}
	if again := c.page(o + "/result/0"); again.text != first.text {
		t.Errorf("after the end the last page is %s", again.text)
	}
	if beyond := c.page(o + "/result/2"); beyond.status != 500 {
		t.Errorf("a page that cannot be is %s", beyond.text)
	}
}

func TestAMistakeIsToldWithItsPlaceAndAHint(t *testing.T) {
	c := newClient(t, gateway.Config{}, nil)
	_, a := c.run(c.session(), "SELECT * FORM g")
	if a.status != 500 || !strings.Contains(a.text, "line 1, column 10") || !strings.Contains(a.text, "FROM") {
		t.Errorf("the mistake is told as %d %s", a.status, a.text)
	}
}

func TestClosingAQuerysOperationEndsItsJob(t *testing.T) {
	c := newClient(t, gateway.Config{}, nil)
	s := c.session()
	c.run(s, "CREATE TABLE g (n INT) WITH ('connector' = 'datagen', 'rows-per-second' = '10')")
	o := c.submit(s, "SELECT n FROM g")
	job := c.page(o + "/result/0").string("jobID")
	j, ok := c.engine.Job(job)
	if !ok {
		t.Fatalf("there is no job %q", job)
	}
	if a := c.ask("DELETE", o+"/close", nil); a.status != 200 {
		t.Fatalf("it is not closed: %s", a.text)
	}
	<-j.Done()
	if state := j.Status().State; state != runtime.Canceled {
		t.Errorf("the job is %s", state)
	}
}

func TestSettingsOfAStatementAreForItAlone(t *testing.T) {
	c := newClient(t, gateway.Config{}, nil)
	s := c.session()
	a := c.ask("POST", s+"/statements", map[string]any{"statement": "SET", "executionConfig": map[string]string{"some.key": "once"}})
	c.page(s + "/operations/" + a.string("operationHandle") + "/result/0")
	a = c.ask("POST", s+"/statements", map[string]any{
		"statement": "SELECT CAST(TO_TIMESTAMP_LTZ(0, 3) AS STRING)", "executionConfig": map[string]string{"table.local-time-zone": "Asia/Tokyo"},
	})
	rows := data(c.page(s + "/operations/" + a.string("operationHandle") + "/result/0"))
	if text := fmt.Sprint(rows); !strings.Contains(text, "09:00:00") {
		t.Errorf("in Tokyo's time it is %s", text)
	}
	if after := c.ask("GET", s, nil); strings.Contains(after.text, "Tokyo") || strings.Contains(after.text, "once") {
		t.Errorf("the session has kept %s", after.text)
	}
}

func TestAnIdleSessionIsClosedAndOneInUseIsNot(t *testing.T) {
	clock := runtime.NewVirtual(time.Unix(0, 0))
	c := newClient(t, gateway.Config{Clock: clock, IdleTimeout: 10 * time.Minute}, nil)
	idle, used := c.session(), c.session()
	for range 11 {
		clock.Advance(clock.Now().Add(time.Minute))
		if a := c.ask("POST", used+"/heartbeat", nil); a.status != 200 {
			t.Fatalf("the session in use is gone: %s", a.text)
		}
	}
	eventually.Eventually(t, 10*time.Second, "the idle session to be closed", func() error {
		if _, there := c.engine.Session(idle[strings.LastIndexByte(idle, '/')+1:]); there {
			clock.Advance(clock.Now().Add(time.Second))
			return fmt.Errorf("it is there")
		}
		return nil
	})
	if a := c.ask("POST", idle+"/heartbeat", nil); a.status != 500 {
		t.Errorf("the idle session answers %s", a.text)
	}
}

func TestSessionsAndOperationsAreLimited(t *testing.T) {
	c := newClient(t, gateway.Config{MaxSessions: 2, MaxOperations: 2}, nil)
	s := c.session()
	c.session()
	if a := c.ask("POST", "/v2/sessions", nil); a.status != 500 || !strings.Contains(a.text, "max count: 2") {
		t.Errorf("a third session is %s", a.text)
	}
	c.run(s, "CREATE TABLE g (n INT) WITH ('connector' = 'datagen', 'rows-per-second' = '1')") // fetched to its end: it makes room
	for range 2 {
		c.page(c.submit(s, "SELECT n FROM g") + "/result/0")
	}
	if a := c.ask("POST", s+"/statements", map[string]string{"statement": "SELECT n FROM g"}); a.status != 500 || !strings.Contains(a.text, "close some") {
		t.Errorf("a third query is %s", a.text)
	}
}

func TestASecretIsShownNowhere(t *testing.T) {
	const secret = "hunter2"
	c := newClient(t, gateway.Config{}, nil)
	a := c.ask("POST", "/v2/sessions", map[string]any{"properties": map[string]string{"my.password": secret}})
	s := "/v2/sessions/" + a.string("sessionHandle")
	c.run(s, "CREATE TABLE k (n INT) WITH ('connector' = 'kafka', 'topic' = 'x', 'properties.bootstrap.servers' = '127.0.0.1:1', 'format' = 'json', "+
		"'properties.sasl.jaas.config' = 'user "+secret+"')")
	for _, statement := range []string{"SHOW CREATE TABLE k", "SET", "SELECT nothing FROM k", "CREATE VIEW v AS SELECT n FROM k /*+ OPTIONS('properties.sasl.jaas.config' = '" + secret + "') */", "SHOW CREATE VIEW v", "SHOW JOBS"} {
		pages, last := c.run(s, statement)
		if text := fmt.Sprint(pages, last.text); strings.Contains(text, secret) {
			t.Errorf("%s shows it: %s", statement, text)
		}
	}
	pages, _ := c.run(s, "SHOW CREATE TABLE k")
	if text := fmt.Sprint(pages); !strings.Contains(text, "'properties.sasl.jaas.config' = '"+flink.Hidden+"'") {
		t.Errorf("the option is not there, hidden: %s", text)
	}
	if a := c.ask("GET", s, nil); strings.Contains(a.text, secret) {
		t.Errorf("the session shows it: %s", a.text)
	}
}

func TestARequestThatIsTooLargeIsRefused(t *testing.T) {
	c := newClient(t, gateway.Config{}, nil)
	a := c.ask("POST", c.session()+"/statements", map[string]string{"statement": strings.Repeat(" ", 9<<20)})
	if a.status != http.StatusRequestEntityTooLarge {
		t.Errorf("it is answered with %d %s", a.status, a.text)
	}
}
