package rest

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/weftmesh/weft/internal/engine/flink"
	"github.com/weftmesh/weft/internal/engine/flink/runtime"
	"github.com/weftmesh/weft/internal/engine/flink/web"
)

// ofVertex finds the vertex of a path.
func (a *API) ofVertex(answer func(web.Request, *flink.Job, runtime.Status, runtime.VertexStatus) (any, error)) web.Endpoint {
	return func(r web.Request) (any, error) {
		id, err := r.ID("vertexid")
		if err != nil {
			return nil, err
		}
		j, err := a.job(r)
		if err != nil {
			return nil, err
		}
		s := j.Status()
		for _, v := range s.Vertices {
			if vertexID(j, v.ID) == id {
				return answer(r, j, s, v)
			}
		}
		return nil, web.Missing("JobVertex " + id)
	}
}

// subtask is one task of a vertex (SubtaskExecutionAttemptDetailsInfo).
type subtask struct {
	Subtask   int              `json:"subtask"`
	Status    string           `json:"status"`
	Attempt   int              `json:"attempt"`
	Endpoint  string           `json:"endpoint"`
	Start     int64            `json:"start-time"`
	End       int64            `json:"end-time"`
	Duration  int64            `json:"duration"`
	Metrics   ioMetrics        `json:"metrics"`
	Manager   string           `json:"taskmanager-id"`
	Durations map[string]int64 `json:"status-duration"`
	StartToo  int64            `json:"start_time"`
}

func (a *API) subtaskOf(s runtime.Status, v runtime.VertexStatus, n int) subtask {
	l := a.ran(s)
	return subtask{n, taskState(s.State), s.Restarts, taskManagerID, l.start, l.end, l.duration, sum(v.Tasks[n]), taskManagerID, map[string]int64{"RUNNING": l.duration}, l.start}
}

func (a *API) vertex(_ web.Request, j *flink.Job, s runtime.Status, v runtime.VertexStatus) (any, error) {
	tasks := make([]subtask, len(v.Tasks))
	for i := range v.Tasks {
		tasks[i] = a.subtaskOf(s, v, i)
	}
	return struct {
		ID             string         `json:"id"`
		Name           string         `json:"name"`
		Parallelism    int            `json:"parallelism"`
		MaxParallelism int            `json:"maxParallelism"`
		Now            int64          `json:"now"`
		Subtasks       []subtask      `json:"subtasks"`
		Aggregated     map[string]any `json:"aggregated"`
	}{vertexID(j, v.ID), v.Name, v.Parallelism, 128, millis(a.engine.Now()), tasks, aggregated(tasks)}, nil
}

// aggregated are the figures of all tasks together.
func aggregated(tasks []subtask) map[string]any {
	over := func(of func(subtask) int64) map[string]any {
		values := make([]int64, len(tasks))
		for i, t := range tasks {
			values[i] = of(t)
		}
		return spread(values)
	}
	return map[string]any{
		"metrics": map[string]any{
			"read-records":                   over(func(t subtask) int64 { return t.Metrics.Read }),
			"write-records":                  over(func(t subtask) int64 { return t.Metrics.Written }),
			"accumulated-backpressured-time": over(func(t subtask) int64 { return t.Metrics.BackPressured }),
			"accumulated-idle-time":          over(func(t subtask) int64 { return t.Metrics.Idle }),
			"accumulated-busy-time":          over(func(t subtask) int64 { return int64(t.Metrics.Busy) }),
			"read-bytes":                     over(func(t subtask) int64 { return t.Metrics.ReadBytes }),
			"write-bytes":                    over(func(t subtask) int64 { return t.Metrics.WriteBytes }),
		},
		"status-duration": map[string]any{"RUNNING": over(func(t subtask) int64 { return t.Duration })},
	}
}

func number(r web.Request, v runtime.VertexStatus) (int, error) {
	n, err := r.Number("subtask")
	if err != nil {
		return 0, err
	}
	if n < 0 || n >= int64(len(v.Tasks)) {
		return 0, web.Refused(http.StatusNotFound, nil, "Invalid subtask index %d for vertex %s", n, r.PathValue("vertexid"))
	}
	return int(n), nil
}

func (a *API) subtask(r web.Request, _ *flink.Job, s runtime.Status, v runtime.VertexStatus) (any, error) {
	n, err := number(r, v)
	if err != nil {
		return nil, err
	}
	return a.subtaskOf(s, v, n), nil
}

// noWatermark is what the watermark is while there is none: Java's least long.
const noWatermark = -1 << 63

func watermarks(_ web.Request, _ *flink.Job, _ runtime.Status, v runtime.VertexStatus) (any, error) {
	all := []metric{}
	for i, f := range v.Tasks {
		if f.CurrentInputWatermark != noWatermark {
			all = append(all, metric{fmt.Sprintf("%d.currentInputWatermark", i), strconv.FormatInt(f.CurrentInputWatermark, 10)})
		}
	}
	return all, nil
}

func (a *API) backpressure(_ web.Request, _ *flink.Job, s runtime.Status, v runtime.VertexStatus) (any, error) {
	if s.State != runtime.Running {
		return map[string]any{"status": "deprecated", "backpressureLevel": nil, "end-timestamp": nil, "subtasks": nil, "backpressure-level": nil}, nil
	}
	worst := 0.0
	tasks := make([]map[string]any, len(v.Tasks))
	for i, f := range v.Tasks {
		ratio := float64(f.BackPressuredTimeMsPerSec) / 1000
		worst = max(worst, ratio)
		tasks[i] = map[string]any{
			"subtask": i, "backpressureLevel": level(ratio), "ratio": javaReal(ratio), "idleRatio": javaReal(float64(f.IdleTimeMsPerSecond) / 1000),
			"busyRatio": javaReal(float64(f.BusyTimeMsPerSecond) / 1000), "backpressure-level": level(ratio),
		}
	}
	return map[string]any{
		"status": "ok", "backpressureLevel": level(worst), "end-timestamp": millis(a.engine.Now()), "subtasks": tasks, "backpressure-level": level(worst),
	}, nil
}

// level is Flink's word for a share of time: low above a tenth, high above a half.
func level(ratio float64) string {
	switch {
	case ratio <= 0.1:
		return "ok"
	case ratio <= 0.5:
		return "low"
	}
	return "high"
}
