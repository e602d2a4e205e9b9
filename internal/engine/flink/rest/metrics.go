package rest

import (
	"fmt"
	"math"
	goruntime "runtime"
	"slices"
	"strconv"
	"time"

	"github.com/weftmesh/weft/internal/engine/flink"
	"github.com/weftmesh/weft/internal/engine/flink/runtime"
	"github.com/weftmesh/weft/internal/engine/flink/web"
)

// metric is one value; a list of names leaves the values out.
type metric struct {
	ID    string `json:"id"`
	Value string `json:"value,omitempty"`
}

// chosen gives the metrics that a request names; without ?get= the names of all.
func chosen(r web.Request, all []metric) []metric {
	names := r.List("get")
	out := []metric{}
	for _, m := range all {
		switch {
		case names == nil:
			out = append(out, metric{ID: m.ID})
		case slices.Contains(names, m.ID):
			out = append(out, m)
		}
	}
	return out
}

func whole(id string, v int64) metric { return metric{id, strconv.FormatInt(v, 10)} }

// jobMetrics are there for unknown jobs too: none.
func (a *API) jobMetrics(r web.Request) (any, error) {
	id, err := r.ID("jobid")
	if err != nil {
		return nil, err
	}
	j, ok := a.engine.Job(id)
	if !ok {
		return []metric{}, nil
	}
	s := j.Status()
	c := s.Checkpoints
	last := int64(-1)
	completed := int64(-1)
	for _, cp := range c.History {
		if cp.Err == nil {
			last, completed = cp.ID, millis(cp.Started.Add(cp.Duration))
		}
	}
	now := a.engine.Now()
	return chosen(r, []metric{
		whole("numRestarts", int64(s.Restarts)), whole("fullRestarts", int64(s.Restarts)),
		whole("lastCheckpointDuration", c.LastDuration.Milliseconds()), whole("lastCheckpointSize", c.LastSize), whole("lastCheckpointFullSize", c.LastSize),
		{"lastCheckpointExternalPath", location(c.LastPath)},
		whole("lastCompletedCheckpointId", last), whole("lastCheckpointCompletedTimestamp", completed),
		whole("numberOfCompletedCheckpoints", int64(c.Completed)), whole("numberOfFailedCheckpoints", int64(c.Failed)),
		whole("numberOfInProgressCheckpoints", int64(c.InProgress)), whole("totalNumberOfCheckpoints", int64(c.Completed+c.Failed+c.InProgress)),
		whole("uptime", since(s, runtime.Running, now)), whole("runningTime", since(s, runtime.Running, now)),
		whole("downtime", downtime(s, now)), whole("restartingTime", since(s, runtime.Restarting, now)),
	}), nil
}

// since is for how long a job has been in a state, in milliseconds; 0 if it is in another.
func since(s runtime.Status, state runtime.State, now time.Time) int64 {
	if s.State != state {
		return 0
	}
	return now.Sub(s.Since[state]).Milliseconds()
}

// downtime is for how long a job has not run: 0 while it runs, -1 once it has ended.
func downtime(s runtime.Status, now time.Time) int64 {
	switch {
	case s.State.Ended():
		return -1
	case s.State == runtime.Running:
		return 0
	}
	return now.Sub(s.Since[s.State]).Milliseconds()
}

// ofTask are the metrics of a task, by the names of Flink's documentation.
func ofTask(f runtime.Figures) []metric {
	return []metric{
		whole("numRecordsIn", f.NumRecordsIn), whole("numRecordsOut", f.NumRecordsOut),
		whole("numRecordsInPerSecond", f.NumRecordsInPerSecond), whole("numRecordsOutPerSecond", f.NumRecordsOutPerSecond),
		whole("numLateRecordsDropped", f.NumLateRecordsDropped),
		whole("currentInputWatermark", f.CurrentInputWatermark), whole("currentOutputWatermark", f.CurrentOutputWatermark),
		whole("busyTimeMsPerSecond", f.BusyTimeMsPerSecond), whole("backPressuredTimeMsPerSecond", f.BackPressuredTimeMsPerSec),
		whole("idleTimeMsPerSecond", f.IdleTimeMsPerSecond), whole("accumulateBusyTimeMs", f.AccumulatedBusyTime),
		whole("accumulateBackPressuredTimeMs", f.AccumulatedBackPressure), whole("accumulateIdleTimeMs", f.AccumulatedIdle),
	}
}

func vertexMetrics(r web.Request, _ *flink.Job, _ runtime.Status, v runtime.VertexStatus) (any, error) {
	var all []metric
	for i, f := range v.Tasks {
		for _, m := range ofTask(f) {
			all = append(all, metric{fmt.Sprintf("%d.%s", i, m.ID), m.Value})
		}
	}
	return chosen(r, all), nil
}

func subtaskMetrics(r web.Request, _ *flink.Job, _ runtime.Status, v runtime.VertexStatus) (any, error) {
	n, err := number(r, v)
	if err != nil {
		return nil, err
	}
	return chosen(r, ofTask(v.Tasks[n])), nil
}

// subtasksMetrics are the metrics of all tasks of a vertex together: ?get=names&agg=min,max,avg,sum,skew.
func subtasksMetrics(r web.Request, _ *flink.Job, _ runtime.Status, v runtime.VertexStatus) (any, error) {
	if len(r.List("get")) == 0 {
		return chosen(r, ofTask(runtime.Figures{})), nil
	}
	kinds := r.List("agg")
	out := []map[string]any{}
	for _, name := range r.List("get") {
		var values []float64
		for _, f := range v.Tasks {
			for _, m := range ofTask(f) {
				if m.ID == name {
					value, _ := strconv.ParseFloat(m.Value, 64) // it was written by us
					values = append(values, value)
				}
			}
		}
		if len(values) > 0 {
			out = append(out, together(name, values, kinds))
		}
	}
	return out, nil
}

func together(name string, values []float64, kinds []string) map[string]any {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	avg := sum / float64(len(values))
	off := 0.0
	for _, v := range values {
		off += math.Abs(v - avg)
	}
	skew := 0.0
	if avg > 0 {
		skew = min(100*off/(float64(len(values))*avg), 100)
	}
	all := map[string]any{"min": javaReal(slices.Min(values)), "max": javaReal(slices.Max(values)), "avg": javaReal(avg), "sum": javaReal(sum), "skew": javaReal(skew)}
	out := map[string]any{"id": name}
	for kind, v := range all {
		if kinds == nil || slices.Contains(kinds, kind) {
			out[kind] = v
		}
	}
	return out
}

// spread is the least, the greatest and what lies between of some whole numbers.
func spread(values []int64) map[string]any {
	sorted := slices.Sorted(slices.Values(values))
	if len(sorted) == 0 {
		return map[string]any{}
	}
	return map[string]any{
		"min": sorted[0], "max": sorted[len(sorted)-1], "avg": mean(sorted), "sum": mean(sorted) * int64(len(sorted)),
		"median": int64(quantile(sorted, 0.5)), "p25": int64(quantile(sorted, 0.25)), "p75": int64(quantile(sorted, 0.75)), "p95": int64(quantile(sorted, 0.95)),
	}
}

// process are the metrics of this process, by the names of those of a JVM.
func process() []metric {
	var stats goruntime.MemStats
	goruntime.ReadMemStats(&stats)
	return []metric{
		whole("Status.JVM.Memory.Heap.Used", int64(stats.HeapAlloc)), whole("Status.JVM.Memory.Heap.Committed", int64(stats.HeapSys)),
		whole("Status.JVM.Memory.NonHeap.Used", int64(stats.Sys-stats.HeapSys)), whole("Status.JVM.Threads.Count", int64(goruntime.NumGoroutine())),
		whole("Status.JVM.GarbageCollector.All.Count", int64(stats.NumGC)), whole("Status.JVM.GarbageCollector.All.Time", int64(stats.PauseTotalNs/1e6)),
	}
}

func (a *API) taskManagerMetrics(r web.Request) (any, error) {
	if err := onlyOurs(r); err != nil {
		return nil, err
	}
	return chosen(r, process()), nil
}

func (a *API) jobManagerMetrics(r web.Request) (any, error) {
	running := 0
	for _, j := range a.engine.Jobs() {
		if !j.Status().State.Ended() {
			running++
		}
	}
	slots, free := a.slots()
	return chosen(r, append(process(),
		whole("numRunningJobs", int64(running)), whole("numRegisteredTaskManagers", 1), whole("taskSlotsTotal", int64(slots)), whole("taskSlotsAvailable", int64(free)),
	)), nil
}
