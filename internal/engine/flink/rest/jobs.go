package rest

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"time"

	"github.com/weftmesh/weft/internal/engine/flink"
	"github.com/weftmesh/weft/internal/engine/flink/runtime"
	"github.com/weftmesh/weft/internal/engine/flink/web"
)

func (a *API) jobs(web.Request) (any, error) {
	type entry struct {
		ID     string        `json:"id"`
		Status runtime.State `json:"status"`
	}
	all := []entry{}
	for _, j := range a.engine.Jobs() {
		all = append(all, entry{j.ID, j.Status().State})
	}
	return map[string][]entry{"jobs": all}, nil
}

// summary is a job in the list of all (JobDetails).
type summary struct {
	ID        string         `json:"jid"`
	Name      string         `json:"name"`
	Type      string         `json:"jobType"`
	Scheduler string         `json:"schedulerType"`
	Start     int64          `json:"start-time"`
	End       int64          `json:"end-time"`
	Duration  int64          `json:"duration"`
	State     runtime.State  `json:"state"`
	Changed   int64          `json:"last-modification"`
	Tasks     map[string]int `json:"tasks"`
	Pending   int            `json:"pending-operators"`
}

func (a *API) jobsOverview(web.Request) (any, error) {
	all := []summary{}
	for _, j := range a.engine.Jobs() {
		all = append(all, a.summary(j))
	}
	return map[string][]summary{"jobs": all}, nil
}

func (a *API) summary(j *flink.Job) summary {
	s := j.Status()
	tasks := map[string]int{"total": 0}
	for _, state := range taskStates {
		tasks[strings.ToLower(state)] = 0
	}
	for _, v := range s.Vertices {
		tasks[strings.ToLower(taskState(s.State))] += len(v.Tasks)
		tasks["total"] += len(v.Tasks)
	}
	l := a.life(j, s)
	return summary{j.ID, j.Name, jobType(j), "Default", l.start, l.end, l.duration, s.State, millis(changed(s)), tasks, 0}
}

// life is when a job started and ended; the end of one that runs is -1.
type life struct{ start, end, duration int64 }

func (a *API) life(j *flink.Job, s runtime.Status) life {
	if s.State.Ended() {
		end := s.Since[s.State]
		return life{millis(j.Submitted), millis(end), end.Sub(j.Submitted).Milliseconds()}
	}
	return life{millis(j.Submitted), -1, a.engine.Now().Sub(j.Submitted).Milliseconds()}
}

func changed(s runtime.Status) (last time.Time) {
	for _, at := range s.Since {
		if at.After(last) {
			last = at
		}
	}
	return last
}

func jobType(j *flink.Job) string {
	if strings.EqualFold(j.Settings["execution.runtime-mode"], "batch") {
		return "BATCH"
	}
	return "STREAMING"
}

// taskStates are what Flink's tasks can be at (ExecutionState).
var taskStates = []string{"DEPLOYING", "RECONCILING", "SCHEDULED", "FINISHED", "CANCELED", "FAILED", "CANCELING", "INITIALIZING", "CREATED", "RUNNING"}

// taskState is that of all tasks of a job: they start and end together.
func taskState(s runtime.State) string {
	switch s {
	case runtime.Running, runtime.Finished, runtime.Canceled, runtime.Failed, runtime.Created:
		return string(s)
	case runtime.Restarting:
		return "SCHEDULED"
	}
	return "CANCELING"
}

func counts(s runtime.State, tasks int) map[string]int {
	all := map[string]int{}
	for _, state := range taskStates {
		all[state] = 0
	}
	all[taskState(s)] = tasks
	return all
}

func jobStatus(j *flink.Job) (any, error) {
	return map[string]runtime.State{"status": j.Status().State}, nil
}

func jobConfig(j *flink.Job) (any, error) {
	type execution struct {
		Restart     string            `json:"restart-strategy"`
		Parallelism int               `json:"job-parallelism"`
		Reuse       bool              `json:"object-reuse-mode"`
		User        map[string]string `json:"user-config"`
	}
	return struct {
		ID     string    `json:"jid"`
		Name   string    `json:"name"`
		Config execution `json:"execution-config"`
	}{j.ID, j.Name, execution{restartText(j), j.Options.Parallelism, false, map[string]string{}}}, nil
}

func restartText(j *flink.Job) string {
	if _, set := j.Settings["restart-strategy.type"]; !set {
		return "Cluster level default restart strategy"
	}
	switch r := j.Options.Restart; r.Strategy {
	case "fixed-delay":
		return fmt.Sprintf("Restart with fixed delay (%d ms). #%d restart attempts.", r.Delay.Milliseconds(), r.Attempts)
	case "exponential-delay":
		return fmt.Sprintf("Restart with exponential delay: starting at %d ms, increasing by %g, with maximum %d ms.", r.Delay.Milliseconds(), r.Multiplier, r.MaxDelay.Milliseconds())
	}
	return "Restart deactivated."
}

// failure is an entry of the exception history.
type failure struct {
	Name       string            `json:"exceptionName"`
	Trace      string            `json:"stacktrace"`
	Time       int64             `json:"timestamp"`
	Labels     map[string]string `json:"failureLabels"`
	Task       *string           `json:"taskName,omitempty"`
	Endpoint   *string           `json:"endpoint,omitempty"`
	Manager    *string           `json:"taskManagerId,omitempty"`
	Concurrent []failure         `json:"concurrentExceptions"`
}

func exceptions(j *flink.Job) (any, error) {
	entries := []failure{}
	for _, f := range j.Status().Failures {
		e := failure{Name: "org.apache.flink.runtime.JobException", Trace: f.Err.Error(), Time: millis(f.Time), Labels: map[string]string{}, Concurrent: []failure{}}
		if f.Task != "" {
			e.Task, e.Endpoint, e.Manager = &f.Task, new(taskManagerID), new(taskManagerID)
		}
		entries = append([]failure{e}, entries...)
	}
	return map[string]any{"exceptionHistory": map[string]any{"entries": entries, "truncated": false}}, nil
}

// cancel ends a job, by Flink's PATCH.
func (a *API) cancel(r web.Request) (any, error) {
	id, err := r.ID("jobid")
	if err != nil {
		return nil, err
	}
	if _, err := r.Choice("mode", "cancel", "stop"); err != nil {
		return nil, err
	}
	j, ok := a.engine.Job(id)
	if !ok {
		return nil, web.Refused(http.StatusNotFound, errors.New("org.apache.flink.runtime.messages.FlinkJobNotFoundException: Could not find Flink job ("+id+")"), "Job could not be found.")
	}
	if s := j.Status().State; s.Ended() && s != runtime.Canceled {
		return nil, web.Refused(http.StatusConflict, nil, "Job cancellation failed because the job has already reached another terminal state (%s).", s)
	}
	j.Cancel()
	return web.Answer{Status: http.StatusAccepted, Value: struct{}{}}, nil
}

// mean gives the average of some numbers, without a fraction.
func mean(values []int64) int64 {
	if len(values) == 0 {
		return 0
	}
	sum := int64(0)
	for _, v := range values {
		sum += v
	}
	return sum / int64(len(values))
}

// quantile gives a quantile of sorted numbers, between neighbours in proportion, as Apache Commons Math does.
func quantile(sorted []int64, q float64) javaReal {
	if len(sorted) == 0 {
		return javaReal(math.NaN())
	}
	at := q * float64(len(sorted)+1)
	switch below := math.Floor(at); {
	case at < 1:
		return javaReal(sorted[0])
	case at >= float64(len(sorted)):
		return javaReal(sorted[len(sorted)-1])
	default:
		low, high := float64(sorted[int(below)-1]), float64(sorted[int(below)])
		return javaReal(low + (at-below)*(high-low))
	}
}
