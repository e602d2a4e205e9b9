package rest

import (
	"crypto/md5" //nolint:gosec // for names, not for secrets
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/weftmesh/weft/internal/engine/flink"
	"github.com/weftmesh/weft/internal/engine/flink/runtime"
)

// detail is a job with its vertices (JobDetailsInfo).
type detail struct {
	ID             string                  `json:"jid"`
	Application    string                  `json:"application-id"`
	Name           string                  `json:"name"`
	Stoppable      bool                    `json:"isStoppable"`
	State          runtime.State           `json:"state"`
	Type           string                  `json:"job-type"`
	Scheduler      string                  `json:"schedulerType"`
	Start          int64                   `json:"start-time"`
	End            int64                   `json:"end-time"`
	Duration       int64                   `json:"duration"`
	MaxParallelism int                     `json:"maxParallelism"`
	Now            int64                   `json:"now"`
	Timestamps     map[runtime.State]int64 `json:"timestamps"`
	Vertices       []vertexDetail          `json:"vertices"`
	Counts         map[string]int          `json:"status-counts"`
	Plan           graph                   `json:"plan"`
	Pending        int                     `json:"pending-operators"`
}

type vertexDetail struct {
	ID             string         `json:"id"`
	Slots          string         `json:"slotSharingGroupId"`
	Name           string         `json:"name"`
	MaxParallelism int            `json:"maxParallelism"`
	Parallelism    int            `json:"parallelism"`
	Status         string         `json:"status"`
	Start          int64          `json:"start-time"`
	End            int64          `json:"end-time"`
	Duration       int64          `json:"duration"`
	Tasks          map[string]int `json:"tasks"`
	Metrics        ioMetrics      `json:"metrics"`
}

// ioMetrics are sums over tasks. Bytes are not counted where tasks hand batches to each other in memory.
type ioMetrics struct {
	ReadBytes          int64    `json:"read-bytes"`
	ReadBytesComplete  bool     `json:"read-bytes-complete"`
	WriteBytes         int64    `json:"write-bytes"`
	WriteBytesComplete bool     `json:"write-bytes-complete"`
	Read               int64    `json:"read-records"`
	ReadComplete       bool     `json:"read-records-complete"`
	Written            int64    `json:"write-records"`
	WrittenComplete    bool     `json:"write-records-complete"`
	BackPressured      int64    `json:"accumulated-backpressured-time"`
	Idle               int64    `json:"accumulated-idle-time"`
	Busy               javaReal `json:"accumulated-busy-time"`
}

func sum(tasks ...runtime.Figures) (m ioMetrics) {
	m.ReadComplete, m.WrittenComplete = true, true
	for _, f := range tasks {
		m.Read += f.NumRecordsIn
		m.Written += f.NumRecordsOut
		m.BackPressured += f.AccumulatedBackPressure
		m.Idle += f.AccumulatedIdle
		m.Busy += javaReal(f.AccumulatedBusyTime)
	}
	return m
}

// jobStates are those of Flink's JobStatus; INITIALIZING begins with the submission.
var jobStates = []runtime.State{
	"INITIALIZING", "RECONCILING", runtime.Created, runtime.Running, runtime.Restarting, runtime.Failing, runtime.Failed, runtime.Cancelling,
	runtime.Canceled, runtime.Finished, runtime.Suspended,
}

func (a *API) detail(j *flink.Job) (any, error) {
	s := j.Status()
	l := a.life(j, s)
	d := detail{
		ID: j.ID, Application: j.ID, Name: j.Name, State: s.State, Type: jobType(j), Scheduler: "Default",
		Start: l.start, End: l.end, Duration: l.duration, MaxParallelism: -1, Now: millis(a.engine.Now()),
		Timestamps: map[runtime.State]int64{}, Vertices: []vertexDetail{}, Plan: planOf(j, s),
	}
	for _, state := range jobStates {
		d.Timestamps[state] = millis(s.Since[state])
	}
	d.Timestamps["INITIALIZING"] = l.start
	tasks := 0
	for _, v := range s.Vertices {
		d.Vertices = append(d.Vertices, a.vertexDetail(j, s, v))
		tasks += len(v.Tasks)
	}
	d.Counts = counts(s.State, tasks)
	return d, nil
}

func (a *API) vertexDetail(j *flink.Job, s runtime.Status, v runtime.VertexStatus) vertexDetail {
	l := a.ran(s)
	return vertexDetail{
		ID: vertexID(j, v.ID), Slots: name32(j.ID, "slots"), Name: v.Name, MaxParallelism: 128, Parallelism: v.Parallelism, Status: taskState(s.State),
		Start: l.start, End: l.end, Duration: l.duration, Tasks: counts(s.State, len(v.Tasks)), Metrics: sum(v.Tasks...),
	}
}

// ran is when a job's tasks started and ended.
func (a *API) ran(s runtime.Status) life {
	start := s.Since[runtime.Running]
	if start.IsZero() {
		return life{-1, -1, -1}
	}
	if s.State.Ended() {
		end := s.Since[s.State]
		return life{millis(start), millis(end), end.Sub(start).Milliseconds()}
	}
	return life{millis(start), -1, max(a.engine.Now().Sub(start), time.Duration(0)).Milliseconds()}
}

// vertexID is the name of a vertex: the same in each run of the job.
func vertexID(j *flink.Job, id int) string { return name32(j.ID, fmt.Sprintf("vertex %d", id)) }

func name32(parts ...string) string {
	sum := md5.Sum([]byte(strings.Join(parts, " "))) //nolint:gosec // for names, not for secrets
	return hex.EncodeToString(sum[:])
}

// graph is a job's plan (JobPlanInfo).
type graph struct {
	ID    string      `json:"jid"`
	Name  string      `json:"name"`
	Type  string      `json:"type"`
	Nodes []graphNode `json:"nodes"`
}

type graphNode struct {
	ID          string            `json:"id"`
	Operator    string            `json:"operator"`
	Parallelism int               `json:"parallelism"`
	Strategy    string            `json:"operator_strategy"`
	Description string            `json:"description"`
	Properties  map[string]string `json:"optimizer_properties"`
	Inputs      []graphEdge       `json:"inputs,omitempty"`
}

type graphEdge struct {
	ID       string `json:"id"`
	Number   int    `json:"num"`
	Exchange string `json:"exchange"`
	Ship     string `json:"ship_strategy"`
}

// planOf gives the plan, sinks first as Flink does.
func planOf(j *flink.Job, s runtime.Status) graph {
	g := graph{ID: j.ID, Name: j.Name, Type: jobType(j), Nodes: []graphNode{}}
	for _, v := range s.Vertices {
		n := graphNode{
			ID: vertexID(j, v.ID), Parallelism: v.Parallelism, Properties: map[string]string{},
			Description: strings.ReplaceAll(v.Name, " -> ", "<br/>+- ") + "<br/>",
		}
		for i, input := range v.Inputs {
			ship := "REBALANCE"
			if v.Hashed[i] {
				ship = "HASH"
			}
			n.Inputs = append(n.Inputs, graphEdge{vertexID(j, input), i, "pipelined_bounded", ship})
		}
		g.Nodes = append([]graphNode{n}, g.Nodes...)
	}
	return g
}

func jobPlan(j *flink.Job) (any, error) {
	return map[string]graph{"plan": planOf(j, j.Status())}, nil
}
