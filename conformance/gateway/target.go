// Package gateway makes the same requests of the embedded stream processor and of real Flink, and compares the answers:
// the SQL gateway's and those about jobs.
package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/weftmesh/weft/internal/eventually"
)

// target is one of the two that are asked.
type target struct {
	name          string
	gateway, rest string // base URLs
	dir           string // where savepoints may go
}

// reply is an answer.
type reply struct {
	Status int
	Body   any
}

// ask makes a request; a body that is a string is sent as it is, nil as none, all else as JSON.
func ask(t testing.TB, method, url string, body any) reply {
	t.Helper()
	r, err := try(method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func try(method, url string, body any) (reply, error) {
	var content io.Reader = http.NoBody
	switch body := body.(type) {
	case nil:
	case string:
		content = strings.NewReader(body)
	default:
		text, err := json.Marshal(body)
		if err != nil {
			return reply{}, err
		}
		content = bytes.NewReader(text)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, url, content)
	if err != nil {
		return reply{}, err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return reply{}, err
	}
	defer response.Body.Close()
	if kind := response.Header.Get("Content-Type"); kind != "application/json; charset=UTF-8" {
		return reply{}, fmt.Errorf("%s %s answers with the type %q", method, url, kind)
	}
	r := reply{Status: response.StatusCode}
	if err := json.NewDecoder(response.Body).Decode(&r.Body); err != nil {
		return r, fmt.Errorf("%s %s: %w", method, url, err)
	}
	return r, nil
}

// field gives a part of a body by its keys.
func (r reply) field(keys ...string) any {
	value := r.Body
	for _, key := range keys {
		object, _ := value.(map[string]any)
		value = object[key]
	}
	return value
}

func (r reply) text(keys ...string) string {
	text, _ := r.field(keys...).(string)
	return text
}

// session is a session of a target.
type session struct {
	t testing.TB
	target
	handle string
}

func (to target) open(t testing.TB, properties map[string]string) session {
	t.Helper()
	r := ask(t, http.MethodPost, to.gateway+"/v2/sessions", map[string]any{"properties": properties})
	if r.Status != http.StatusOK {
		t.Fatalf("%s opens no session: %v", to.name, r)
	}
	return session{t, to, r.text("sessionHandle")}
}

func (s session) path(rest string) string { return s.gateway + "/v2/sessions/" + s.handle + rest }

// outcome is what a statement gave: all pages put together.
type outcome struct {
	Status int
	Errors []string // the first line of each, as reduced does
	Query  any
	HasJob bool
	Kind   string
	Form   string
	Column any
	Rows   []any
	Types  []string // of results, in order, without repetition
	job    string
}

// run executes a statement and fetches its result to the end.
func (s session) run(statement, format string) outcome {
	s.t.Helper()
	r := ask(s.t, http.MethodPost, s.path("/statements"), map[string]string{"statement": statement})
	if r.Status != http.StatusOK {
		return outcome{Status: r.Status, Errors: reduced(r)}
	}
	path := "/v2/sessions/" + s.handle + "/operations/" + r.text("operationHandle") + "/result/0?rowFormat=" + format
	out := outcome{Status: http.StatusOK, Rows: []any{}}
	eventually.Eventually(s.t, 30*time.Second, s.name+" to answer "+statement, func() error {
		for path != "" {
			r := ask(s.t, http.MethodGet, s.gateway+path, nil)
			if r.Status != http.StatusOK {
				out = outcome{Status: r.Status, Errors: reduced(r)}
				return nil
			}
			if r.text("resultType") == "NOT_READY" {
				return fmt.Errorf("it is not ready")
			}
			out.add(r)
			path = r.text("nextResultUri")
			if data, _ := r.field("results", "data").([]any); len(data) == 0 && path != "" {
				return fmt.Errorf("there are %d rows yet", len(out.Rows))
			}
		}
		return nil
	})
	return out
}

func (o *outcome) add(r reply) {
	o.Query, o.Kind, o.job = r.field("isQueryResult"), r.text("resultKind"), r.text("jobID")
	o.HasJob = o.job != ""
	o.Form, o.Column = r.text("results", "rowFormat"), r.field("results", "columns")
	data, _ := r.field("results", "data").([]any)
	o.Rows = append(o.Rows, data...)
	if kind := r.text("resultType"); len(o.Types) == 0 || o.Types[len(o.Types)-1] != kind {
		o.Types = append(o.Types, kind)
	}
}

// reduced are the errors of an answer without what is below their first line: Java's stack traces and our causes.
func reduced(r reply) []string {
	list, _ := r.field("errors").([]any)
	out := []string{}
	for _, e := range list {
		text, _ := e.(string)
		lines := strings.Split(text, "\n")
		first := lines[0]
		if strings.HasPrefix(first, "<Exception on server side:") && len(lines) > 1 {
			first += " " + lines[1]
		}
		out = append(out, first)
	}
	return out
}
