// Package rest serves the engine's jobs by the part of Flink's REST API that clients and dashboards use.
package rest

import (
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/weftmesh/weft/internal/engine/flink"
	"github.com/weftmesh/weft/internal/engine/flink/web"
)

// API answers for the jobs of an engine.
type API struct {
	engine  *flink.Engine
	started time.Time

	mu       sync.Mutex
	triggers []*trigger // the newest last
	running  sync.WaitGroup
}

// New makes the API of an engine.
func New(engine *flink.Engine) *API { return &API{engine: engine, started: time.Now()} }

// Close waits for the savepoints that are under way; the engine is to be closed before, which ends them.
func (a *API) Close() { a.running.Wait() }

// Handler is the API; every path is also there below /v1.
func (a *API) Handler() http.Handler {
	return web.Routes(a.endpoints(), func(string) []string { return []string{"", "/v1"} }, func(path string) string {
		return "Unable to load requested file " + path + "."
	})
}

func (a *API) endpoints() map[string]web.Endpoint {
	const job, vertex = "/jobs/{jobid}", "/jobs/{jobid}/vertices/{vertexid}"
	return map[string]web.Endpoint{
		"GET /overview":                                 a.overview,
		"GET /config":                                   a.dashboard,
		"GET /jobs":                                     a.jobs,
		"GET /jobs/overview":                            a.jobsOverview,
		"GET " + job:                                    a.ofJob(a.detail),
		"PATCH " + job:                                  a.cancel,
		"GET " + job + "/status":                        a.ofJob(jobStatus),
		"GET " + job + "/plan":                          a.ofJob(jobPlan),
		"GET " + job + "/config":                        a.ofJob(jobConfig),
		"GET " + job + "/exceptions":                    a.ofJob(exceptions),
		"GET " + job + "/checkpoints":                   a.ofJob(checkpointing),
		"GET " + job + "/checkpoints/config":            a.ofJob(checkpointConfig),
		"GET " + job + "/checkpoints/details/{number}":  a.checkpoint,
		"POST " + job + "/savepoints":                   a.savepoint,
		"POST " + job + "/stop":                         a.stop,
		"GET " + job + "/savepoints/{triggerid}":        a.triggered,
		"GET " + job + "/metrics":                       a.jobMetrics,
		"GET " + vertex:                                 a.ofVertex(a.vertex),
		"GET " + vertex + "/metrics":                    a.ofVertex(vertexMetrics),
		"GET " + vertex + "/subtasks/metrics":           a.ofVertex(subtasksMetrics),
		"GET " + vertex + "/subtasks/{subtask}":         a.ofVertex(a.subtask),
		"GET " + vertex + "/subtasks/{subtask}/metrics": a.ofVertex(subtaskMetrics),
		"GET " + vertex + "/watermarks":                 a.ofVertex(watermarks),
		"GET " + vertex + "/backpressure":               a.ofVertex(a.backpressure),
		"GET /taskmanagers":                             a.taskManagers,
		"GET /taskmanagers/{taskmanagerid}":             a.taskManager,
		"GET /taskmanagers/{taskmanagerid}/metrics":     a.taskManagerMetrics,
		"GET /jobmanager/config":                        a.jobManagerConfig,
		"GET /jobmanager/metrics":                       a.jobManagerMetrics,
	}
}

// ofJob finds the job of a path.
func (a *API) ofJob(answer func(*flink.Job) (any, error)) web.Endpoint {
	return func(r web.Request) (any, error) {
		j, err := a.job(r)
		if err != nil {
			return nil, err
		}
		return answer(j)
	}
}

func (a *API) job(r web.Request) (*flink.Job, error) {
	id, err := r.ID("jobid")
	if err != nil {
		return nil, err
	}
	j, ok := a.engine.Job(id)
	if !ok {
		return nil, web.Missing("Job " + id)
	}
	return j, nil
}

// javaReal is a number that is written with a point, and as "NaN" where it is none, as Java does.
type javaReal float64

// MarshalJSON writes the number.
func (f javaReal) MarshalJSON() ([]byte, error) {
	if v := float64(f); math.IsNaN(v) {
		return []byte(`"NaN"`), nil
	} else if v == math.Trunc(v) && math.Abs(v) < 1e15 {
		return strconv.AppendFloat(nil, v, 'f', 1, 64), nil
	}
	return json.Marshal(float64(f))
}

// millis is a time as Flink writes it; one that has not come is 0.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
