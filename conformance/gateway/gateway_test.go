package gateway

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestBothGatewaysAnswerAlike(t *testing.T) {
	t.Parallel()
	ours, theirs := both(t)
	for name, compare := range map[string]func(*testing.T, target, target){
		"requests": compareRequests, "statements": compareStatements, "paging": comparePaging, "files": compareFiles, "jobs": compareJobs,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			compare(t, ours, theirs)
		})
	}
}

// request is one that is made of both; {s} stands for a session, {o} for an operation in it, {none} for a handle of none.
type request struct {
	method, path string
	body         any
}

const none = "00000000-0000-0000-0000-000000000000"

func requests() []request {
	all := []request{}
	for _, prefix := range []string{"", "/v1", "/v2", "/v3", "/v4", "/v5"} {
		all = append(all, request{"GET", prefix + "/info", nil}, request{"GET", prefix + "/api_versions", nil},
			request{"POST", prefix + "/sessions", map[string]any{"sessionName": "a", "properties": map[string]string{"k": "v"}}},
			request{"POST", prefix + "/sessions/{s}/heartbeat", nil},
			request{"POST", prefix + "/sessions/{s}/configure-session", map[string]string{"statement": "SET 'a.b' = 'c'"}})
	}
	return append(all, []request{
		{"GET", "/", nil},
		{"GET", "/nothing", nil},
		{"POST", "/info", nil},
		{"POST", "/v2/sessions", nil},
		{"POST", "/v2/sessions", "{"},
		{"POST", "/v2/sessions", map[string]int{"unknown": 1}},
		{"GET", "/v2/sessions/abc", nil},
		{"GET", "/v2/sessions/{none}", nil},
		{"POST", "/v2/sessions/{none}/heartbeat", nil},
		{"POST", "/v2/sessions/{none}/statements", map[string]string{"statement": "SELECT 1"}},
		{"POST", "/v2/sessions/{none}/configure-session", map[string]string{"statement": "SET 'a' = 'b'"}},
		{"GET", "/v2/sessions/{none}/operations/{none}/status", nil},
		{"DELETE", "/v2/sessions/{none}", nil},
		{"GET", "/v2/sessions/{s}/heartbeat", nil},
		{"POST", "/v2/sessions/{s}/configure-session", map[string]string{"statement": "CREATE TABLE made (a INT) WITH ('connector' = 'datagen')"}},
		{"POST", "/v2/sessions/{s}/configure-session", map[string]string{"statement": "SELECT 1"}},
		{"POST", "/v2/sessions/{s}/configure-session", map[string]string{"statement": "SETX"}},
		{"POST", "/v2/sessions/{s}/complete-statement", map[string]any{"statement": "SELECT * FROM ma", "position": 16}},
		{"GET", "/v2/sessions/{s}/complete-statement", map[string]any{"statement": "SELEC", "position": 5}},
		{"POST", "/v2/sessions/{s}/statements", map[string]any{}},
		{"POST", "/v2/sessions/{s}/statements", map[string]any{"statement": "SELECT 1", "executionTimeout": 5}},
		{"POST", "/v2/sessions/{s}/statements", map[string]any{"statement": "SHOW TABLES", "executionConfig": map[string]string{"parallelism.default": "2"}}},
		{"GET", "/v2/sessions/{s}/operations/{none}/status", nil},
		{"GET", "/v2/sessions/{s}/operations/zzz/status", nil},
		{"POST", "/v2/sessions/{s}/operations/{none}/cancel", nil},
		{"DELETE", "/v2/sessions/{s}/operations/{none}/close", nil},
		{"GET", "/v2/sessions/{s}/operations/{none}/result/0?rowFormat=JSON", nil},
		{"GET", "/v2/sessions/{s}/operations/{o}/status", nil},
		{"GET", "/v2/sessions/{s}/operations/{o}/result/x?rowFormat=JSON", nil},
		{"GET", "/v2/sessions/{s}/operations/{o}/result/0?rowFormat=XML", nil},
		{"GET", "/v2/sessions/{s}/operations/{o}/result/7?rowFormat=JSON", nil},
		{"GET", "/v2/sessions/{s}/operations/{o}/result/-1?rowFormat=JSON", nil},
		{"GET", "/v1/sessions/{s}/operations/{o}/result/0", nil},
		{"GET", "/v3/sessions/{s}/operations/{o}/result/0?rowFormat=PLAIN_TEXT", nil},
		{"GET", "/sessions/{s}/operations/{o}/result/0", nil},
		{"GET", "/v2/sessions/{s}/operations/{o}/result/1?rowFormat=JSON", nil},
		{"GET", "/v2/sessions/{s}/operations/{o}/result/2?rowFormat=JSON", nil},
		{"POST", "/v2/sessions/{s}/operations/{o}/cancel", nil},
		{"DELETE", "/v2/sessions/{s}/operations/{o}/close", nil},
		{"GET", "/v2/sessions/{s}/operations/{o}/status", nil},
		{"GET", "/v2/sessions/{s}/operations/{o}/result/0?rowFormat=JSON", nil},
		{"DELETE", "/v2/sessions/{s}/operations/{o}/close", nil},
		{"DELETE", "/v2/sessions/{s}", nil},
		{"DELETE", "/v2/sessions/{s}", nil},
		{"POST", "/v2/sessions/{s}/statements", map[string]string{"statement": "SELECT 1"}},
	}...)
}

func compareRequests(t *testing.T, ours, theirs target) {
	answers := func(to target) []string {
		s := to.open(t, nil)
		operation := ask(t, http.MethodPost, s.path("/statements"), map[string]string{"statement": "SHOW CATALOGS"}).text("operationHandle")
		// the operation is ready once a page of it can be had
		s.await(operation)
		names := strings.NewReplacer("{s}", s.handle, "{o}", operation, "{none}", none)
		var out []string
		for _, r := range requests() {
			got := ask(t, r.method, to.gateway+names.Replace(r.path), r.body)
			out = append(out, fmt.Sprintf("%s %s %v -> %s", r.method, r.path, r.body, written(got, s.handle, operation)))
		}
		return out
	}
	if diff := cmp.Diff(answers(theirs), answers(ours)); diff != "" {
		t.Errorf("the answers differ (- Flink, + Weft):\n%s", diff)
	}
}

// await returns when an operation's first page is there.
func (s session) await(operation string) {
	s.t.Helper()
	for {
		if r := ask(s.t, http.MethodGet, s.path("/operations/"+operation+"/status"), nil); r.text("status") != "RUNNING" && r.text("status") != "PENDING" && r.text("status") != "INITIALIZED" {
			return
		}
	}
}

var handles = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

// written is an answer as text, with names in place of handles and errors reduced.
func written(r reply, session, operation string) string {
	body := r.Body
	if errors := reduced(r); len(errors) > 0 {
		body = map[string]any{"errors": errors}
	}
	text, _ := json.Marshal(body)
	named := strings.NewReplacer(session, "{s}", operation, "{o}", none, "{none}").Replace(string(text))
	return fmt.Sprintf("%d %s", r.Status, handles.ReplaceAllString(named, "{new}"))
}
