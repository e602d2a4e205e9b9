package gateway

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weftmesh/weft/internal/eventually"
)

const missing = "00000000000000000000000000000000"

// compareJobs lets a job run, be saved, stopped, cancelled and fail on both, and compares what each says of it.
func compareJobs(t *testing.T, ours, theirs target) {
	var said [2][]string
	t.Run("both", func(t *testing.T) {
		for i, to := range []target{theirs, ours} {
			t.Run(to.name, func(t *testing.T) {
				t.Parallel()
				said[i] = life(t, to)
			})
		}
	})
	for _, line := range said[0] {
		if !slices.Contains(said[1], line) {
			t.Errorf("only Flink says %s", line)
		}
	}
	for _, line := range said[1] {
		if !slices.Contains(said[0], line) {
			t.Errorf("only Weft says %s", line)
		}
	}
}

// life is what a target says of jobs from their start to their end.
func life(t *testing.T, to target) []string {
	s := to.open(t, map[string]string{"execution.checkpointing.interval": "200 ms", "parallelism.default": "2", "restart-strategy.type": "none"})
	s.run("CREATE TABLE g (a INT, b STRING) WITH ('connector' = 'datagen', 'rows-per-second' = '50', 'fields.a.min' = '1', 'fields.a.max' = '9')", "JSON")
	s.run("CREATE TABLE hole (a INT) WITH ('connector' = 'blackhole')", "JSON")
	c := &chronicle{t: t, target: to}
	job := s.run("INSERT INTO hole SELECT DISTINCT a FROM g", "JSON").job
	c.await(job, "RUNNING")
	c.awaitCheckpoints(job, 2)
	c.running(job)
	c.saved(job)

	job = s.run("INSERT INTO hole SELECT DISTINCT a FROM g", "JSON").job
	c.await(job, "RUNNING")
	c.note("cancel", http.MethodPatch, "/jobs/"+job+"?mode=cancel", nil)
	c.await(job, "CANCELED")
	c.note("job", http.MethodGet, "/jobs/"+job, nil)

	job = s.run("INSERT INTO hole SELECT DISTINCT 1 / (a - a) FROM g", "JSON").job
	c.await(job, "FAILED")
	c.note("exceptions", http.MethodGet, "/jobs/"+job+"/exceptions", nil)
	c.note("cancel a failed job", http.MethodPatch, "/jobs/"+job+"?mode=cancel", nil)
	c.ends(s)
	return c.said
}

// chronicle is what a target has said.
type chronicle struct {
	target
	t    testing.TB
	said []string
}

// note asks and keeps the form of the answer.
func (c *chronicle) note(what, method, path string, body any) reply {
	c.t.Helper()
	r := ask(c.t, method, c.rest+path, body)
	if errors := reduced(r); len(errors) > 0 {
		c.said = append(c.said, fmt.Sprintf("%s: %d %q", what, r.Status, named(errors)))
		return r
	}
	for _, line := range form("", r.Body) {
		if !chance(line) {
			c.said = append(c.said, fmt.Sprintf("%s: %d %s", what, r.Status, line))
		}
	}
	return r
}

func named(errors []string) []string {
	out := make([]string, len(errors))
	for i, e := range errors {
		words := strings.Fields(e)
		for j, w := range words {
			bare := strings.Trim(w, "().")
			if len(bare) == 32 && bare != missing || strings.HasPrefix(bare, "triggerId=") {
				words[j] = "{id}"
			}
		}
		out[i] = strings.Join(words, " ")
	}
	return out
}

// form lists the parts of a value with their kinds; the members of a list are taken together.
func form(at string, value any) []string {
	switch value := value.(type) {
	case map[string]any:
		var all []string
		for key, v := range value {
			if len(key) == 32 {
				key = "{id}"
			}
			all = append(all, form(at+"."+key, v)...)
		}
		return unique(all)
	case []any:
		var all []string
		for _, v := range value {
			all = append(all, form(at+"[]", v)...)
		}
		return unique(all)
	case nil:
		return []string{at + " null"}
	case string:
		if value == "NaN" {
			return []string{at + " number"}
		}
		return []string{at + " string"}
	case float64:
		return []string{at + " number"}
	}
	return []string{fmt.Sprintf("%s %T", at, value)}
}

func unique(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

// chance are the parts that come and go: whether a checkpoint failed while the tasks were starting, which of several
// failures is told first, what a TaskManager's memory is divided into, and the states that tasks went through.
func chance(line string) bool {
	for _, part := range []string{".latest.failed", ".failure_", ".latest.restored", ".extendedResources", ".status-duration.", ".memoryConfiguration", ".garbageCollectors", ".metrics.", ".allocatedSlots", ".changelog_", "[].alignment", ".concurrentExceptions[]", "entries[].endpoint", "entries[].taskManagerId", "entries[].taskName", "schedulerType null"} {
		if strings.Contains(line, part) {
			return true
		}
	}
	return false
}

func (c *chronicle) await(job, state string) {
	c.t.Helper()
	eventually.Eventually(c.t, 30*time.Second, "job "+job+" of "+c.name+" to be "+state, func() error {
		r := ask(c.t, http.MethodGet, c.rest+"/jobs/"+job, nil)
		tasks, _ := r.field("status-counts", "RUNNING").(float64)
		if r.text("state") != state || state == "RUNNING" && tasks == 0 {
			return fmt.Errorf("it is %s", r.text("state"))
		}
		return nil
	})
}

func (c *chronicle) awaitCheckpoints(job string, n float64) {
	c.t.Helper()
	eventually.Eventually(c.t, 30*time.Second, "checkpoints of "+c.name, func() error {
		if got := ask(c.t, http.MethodGet, c.rest+"/jobs/"+job+"/checkpoints", nil).field("counts", "completed"); got == nil || got.(float64) < n {
			return fmt.Errorf("there are %v", got)
		}
		return nil
	})
}

// running asks about a job that runs.
func (c *chronicle) running(job string) {
	detail := ask(c.t, http.MethodGet, c.rest+"/jobs/"+job, nil)
	vertices, _ := detail.field("vertices").([]any)
	vertex, _ := vertices[0].(map[string]any)["id"].(string)
	number := ask(c.t, http.MethodGet, c.rest+"/jobs/"+job+"/checkpoints", nil).field("latest", "completed", "id")
	eventually.Eventually(c.t, 40*time.Second, c.name+" to have fetched the metrics of its tasks", func() error {
		if metrics, _ := ask(c.t, http.MethodGet, c.rest+"/jobs/"+job+"/vertices/"+vertex+"/metrics?get=0.numRecordsOut", nil).Body.([]any); len(metrics) == 0 {
			return errors.New("there are none yet")
		}
		return nil
	})
	for _, path := range []string{
		"/overview", "/v1/overview", "/config", "/jobs", "/jobs/overview", "/jobs/{job}", "/jobs/{job}/status", "/jobs/{job}/plan", "/jobs/{job}/config",
		"/jobs/{job}/exceptions", "/jobs/{job}/checkpoints", "/jobs/{job}/checkpoints/config", "/jobs/{job}/checkpoints/details/{n}", "/jobs/{job}/checkpoints/details/999999",
		"/jobs/{job}/metrics?get=numRestarts,lastCheckpointSize,lastCheckpointDuration,lastCheckpointExternalPath,numberOfCompletedCheckpoints,numberOfFailedCheckpoints,uptime,none",
		"/jobs/{job}/vertices/{v}", "/jobs/{job}/vertices/{v}/metrics?get=0.numRecordsOut,0.numRecordsIn", "/jobs/{job}/vertices/{v}/subtasks/metrics?get=numRecordsOut",
		"/jobs/{job}/vertices/{v}/subtasks/metrics?get=numRecordsOut&agg=min,max", "/jobs/{job}/vertices/{v}/subtasks/0", "/jobs/{job}/vertices/{v}/subtasks/0/metrics?get=numRecordsIn",
		"/jobs/{job}/vertices/{v}/watermarks", "/jobs/{job}/vertices/{none}", "/jobs/{none}", "/jobs/xyz", "/jobs/{none}/exceptions", "/jobs/{none}/metrics", "/jobs/{none}/checkpoints",
		"/jobs/{job}/savepoints/{none}", "/jobs/{job}/savepoints/xyz", "/taskmanagers", "/taskmanagers/none", "/jobmanager/config", "/nothing",
	} {
		address := strings.NewReplacer("{job}", job, "{v}", vertex, "{n}", fmt.Sprint(number), "{none}", missing).Replace(path)
		c.note("GET "+path, http.MethodGet, address, nil)
	}
	c.note("cancel no job", http.MethodPatch, "/jobs/"+missing+"?mode=cancel", nil)
	c.note("cancel in no way", http.MethodPatch, "/jobs/"+job+"?mode=none", nil)
}

// saved takes a savepoint, then stops the job with another.
func (c *chronicle) saved(job string) {
	r := c.note("savepoint", http.MethodPost, "/jobs/"+job+"/savepoints", map[string]any{"target-directory": "file://" + c.dir, "cancel-job": false})
	c.completed(job, r.text("request-id"), "savepoint taken")
	r = c.note("stop", http.MethodPost, "/jobs/"+job+"/stop", map[string]any{"targetDirectory": "file://" + c.dir, "drain": false})
	c.completed(job, r.text("request-id"), "stopped")
	c.await(job, "FINISHED")
	c.note("job that was stopped", http.MethodGet, "/jobs/"+job, nil)
	c.note("checkpoints of a job that was stopped", http.MethodGet, "/jobs/"+job+"/checkpoints", nil)
	c.note("cancel a job that was stopped", http.MethodPatch, "/jobs/"+job+"?mode=cancel", nil)
	r = c.note("savepoint of no job", http.MethodPost, "/jobs/"+missing+"/savepoints", map[string]any{"target-directory": "file://" + c.dir})
	eventually.Eventually(c.t, 20*time.Second, "a savepoint of no job to fail", func() error {
		got := ask(c.t, http.MethodGet, c.rest+"/jobs/"+missing+"/savepoints/"+r.text("request-id"), nil)
		if got.field("operation", "failure-cause") == nil {
			return fmt.Errorf("it says %v", got)
		}
		return nil
	})
}

func (c *chronicle) completed(job, trigger, what string) {
	c.t.Helper()
	path := "/jobs/" + job + "/savepoints/" + trigger
	eventually.Eventually(c.t, 30*time.Second, "a savepoint of "+c.name, func() error {
		if r := ask(c.t, http.MethodGet, c.rest+path, nil); r.text("status", "id") != "COMPLETED" {
			return fmt.Errorf("it says %v", r)
		}
		return nil
	})
	r := c.note(what, http.MethodGet, path, nil)
	if place := r.text("operation", "location"); !strings.HasPrefix(place, "file:"+c.dir) {
		c.t.Errorf("%s: the savepoint of %s lies at %q: %v", what, c.name, place, r)
	}
}

// ends counts the jobs that have ended and stops one by SQL.
func (c *chronicle) ends(s session) {
	job := s.run("INSERT INTO hole SELECT DISTINCT a FROM g", "JSON").job
	c.await(job, "RUNNING")
	stopped := s.run("STOP JOB '"+job+"' WITH SAVEPOINT", "JSON")
	c.said = append(c.said, fmt.Sprintf("stop by SQL: %d %s %v %d rows", stopped.Status, stopped.Kind, stopped.Errors, len(stopped.Rows)))
	c.await(job, "FINISHED")
}
