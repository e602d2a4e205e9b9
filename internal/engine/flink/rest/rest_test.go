package rest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/weftmesh/weft/internal/engine/flink"
	"github.com/weftmesh/weft/internal/engine/flink/rest"
	"github.com/weftmesh/weft/internal/eventually"
)

// client asks the API of an engine of its own.
type client struct {
	t       *testing.T
	handler http.Handler
	engine  *flink.Engine
}

func newClient(t *testing.T, settings map[string]string) client {
	t.Helper()
	engine, err := flink.New(flink.Config{Dir: t.TempDir(), Settings: settings})
	if err != nil {
		t.Fatal(err)
	}
	api := rest.New(engine)
	t.Cleanup(func() {
		engine.Close()
		api.Close()
	})
	return client{t, api.Handler(), engine}
}

func (c client) ask(method, path string, body any) (status int, answer map[string]any) {
	c.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		c.t.Fatal(err)
	}
	recorder := httptest.NewRecorder()
	c.handler.ServeHTTP(recorder, httptest.NewRequest(method, path, bytes.NewReader(text)))
	if err := json.Unmarshal(recorder.Body.Bytes(), &answer); err != nil {
		c.t.Fatalf("%s %s answers %q: %v", method, path, recorder.Body, err)
	}
	return recorder.Code, answer
}

// start runs a job that goes on, and waits for a checkpoint.
func (c client) start() string {
	c.t.Helper()
	s := c.engine.OpenSession(map[string]string{"execution.checkpointing.interval": "20 ms"})
	var job string
	for _, statement := range []string{
		"CREATE TABLE g (n INT) WITH ('connector' = 'datagen', 'rows-per-second' = '100')",
		"CREATE TABLE hole (n INT) WITH ('connector' = 'blackhole')",
		"INSERT INTO hole SELECT n FROM g",
	} {
		r, err := s.Execute(c.t.Context(), statement)
		if err != nil {
			c.t.Fatal(err)
		}
		job = r.JobID
	}
	eventually.Eventually(c.t, 10*time.Second, "a checkpoint", func() error {
		_, a := c.ask("GET", "/jobs/"+job+"/checkpoints", nil)
		if a["latest"].(map[string]any)["completed"] == (*struct{})(nil) || a["counts"].(map[string]any)["completed"].(float64) < 1 {
			return fmt.Errorf("%v", a["counts"])
		}
		return nil
	})
	return job
}

func (c client) state(job string) any {
	_, a := c.ask("GET", "/jobs/"+job, nil)
	return a["state"]
}

// await gives how a savepoint has gone.
func (c client) await(job string, trigger any) (operation map[string]any) {
	c.t.Helper()
	eventually.Eventually(c.t, 10*time.Second, "a savepoint", func() error {
		_, a := c.ask("GET", fmt.Sprintf("/jobs/%s/savepoints/%v", job, trigger), nil)
		operation, _ = a["operation"].(map[string]any)
		if operation == nil {
			return fmt.Errorf("%v", a)
		}
		return nil
	})
	return operation
}

func TestAJobIsSavedStoppedAndStartedFromThere(t *testing.T) {
	c := newClient(t, nil)
	job, dir := c.start(), t.TempDir()
	status, a := c.ask("POST", "/jobs/"+job+"/savepoints", map[string]any{"target-directory": dir})
	if place := c.await(job, a["request-id"])["location"]; status != 202 || !strings.HasPrefix(fmt.Sprint(place), "file:"+dir) {
		t.Errorf("the savepoint: %d, it lies at %v", status, place)
	}
	if c.state(job) != "RUNNING" {
		t.Errorf("after a savepoint the job is %v", c.state(job))
	}
	_, a = c.ask("POST", "/jobs/"+job+"/stop", map[string]any{"targetDirectory": "file://" + dir, "drain": false})
	place := fmt.Sprint(c.await(job, a["request-id"])["location"])
	if c.state(job) != "FINISHED" {
		t.Errorf("after it was stopped the job is %v", c.state(job))
	}
	if _, err := os.Stat(strings.TrimPrefix(place, "file:")); err != nil {
		t.Errorf("the savepoint is not there: %v", err)
	}
	if status, a := c.ask("PATCH", "/jobs/"+job+"?mode=cancel", nil); status != http.StatusConflict {
		t.Errorf("it is cancelled after that: %d %v", status, a)
	}
}

func TestASavepointWithoutADirectoryIsRefused(t *testing.T) {
	c := newClient(t, nil)
	if status, a := c.ask("POST", "/jobs/"+c.start()+"/savepoints", map[string]any{}); status != 400 || !strings.Contains(fmt.Sprint(a), "targetDirectory") {
		t.Errorf("it is answered with %d %v", status, a)
	}
}

func TestASavepointThatFailsSaysWhy(t *testing.T) {
	file := t.TempDir() + "/a-file"
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	c := newClient(t, nil)
	job := c.start()
	_, a := c.ask("POST", "/jobs/"+job+"/savepoints", map[string]any{"target-directory": file})
	cause, _ := c.await(job, a["request-id"])["failure-cause"].(map[string]any)
	if !strings.Contains(fmt.Sprint(cause["stack-trace"]), "a-file") {
		t.Errorf("the cause is %v", cause)
	}
	if c.state(job) != "RUNNING" {
		t.Errorf("the job is %v", c.state(job))
	}
}

func TestSecretsOfTheConfigurationAreHidden(t *testing.T) {
	c := newClient(t, map[string]string{"security.password": "hunter2", "parallelism.default": "1"})
	recorder := httptest.NewRecorder()
	c.handler.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/jobmanager/config", nil))
	if text := recorder.Body.String(); strings.Contains(text, "hunter2") || !strings.Contains(text, "security.password") {
		t.Errorf("it is %s", text)
	}
}
