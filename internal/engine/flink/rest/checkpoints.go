package rest

import (
	"net/http"
	"slices"

	"github.com/weftmesh/weft/internal/engine/flink"
	"github.com/weftmesh/weft/internal/engine/flink/runtime"
	"github.com/weftmesh/weft/internal/engine/flink/web"
)

// checkpointed is a checkpoint (CheckpointStatistics).
type checkpointed struct {
	Class          string                  `json:"className"`
	ID             int64                   `json:"id"`
	Status         string                  `json:"status"`
	Savepoint      bool                    `json:"is_savepoint"`
	Format         *string                 `json:"savepointFormat"`
	Triggered      int64                   `json:"trigger_timestamp"`
	Acked          int64                   `json:"latest_ack_timestamp"`
	Size           int64                   `json:"checkpointed_size"`
	StateSize      int64                   `json:"state_size"`
	Duration       int64                   `json:"end_to_end_duration"`
	Buffered       int64                   `json:"alignment_buffered"`
	Processed      int64                   `json:"processed_data"`
	Persisted      int64                   `json:"persisted_data"`
	Subtasks       int                     `json:"num_subtasks"`
	AckedSubtasks  int                     `json:"num_acknowledged_subtasks"`
	Type           string                  `json:"checkpoint_type"`
	Tasks          map[string]taskInVertex `json:"tasks"`
	Path           *string                 `json:"external_path,omitempty"`
	Discarded      *bool                   `json:"discarded,omitempty"`
	FailureTime    *int64                  `json:"failure_timestamp,omitempty"`
	FailureMessage *string                 `json:"failure_message,omitempty"`
}

// taskInVertex is what a vertex gave to a checkpoint.
type taskInVertex struct {
	ID            int64  `json:"id"`
	Status        string `json:"status"`
	Acked         int64  `json:"latest_ack_timestamp"`
	Size          int64  `json:"checkpointed_size"`
	StateSize     int64  `json:"state_size"`
	Duration      int64  `json:"end_to_end_duration"`
	Buffered      int64  `json:"alignment_buffered"`
	Processed     int64  `json:"processed_data"`
	Persisted     int64  `json:"persisted_data"`
	Subtasks      int    `json:"num_subtasks"`
	AckedSubtasks int    `json:"num_acknowledged_subtasks"`
}

// shown gives a checkpoint, with what each vertex gave if that is asked for. Newer says how many came after it.
func shown(j *flink.Job, c runtime.Checkpoint, newer int, tasks bool) checkpointed {
	out := checkpointed{
		Class: "completed", ID: c.ID, Status: "COMPLETED", Savepoint: c.Savepoint, Triggered: millis(c.Started), Acked: millis(c.Started.Add(c.Duration)),
		Size: c.Size, StateSize: c.Size, Duration: c.Duration.Milliseconds(), Type: "CHECKPOINT", Tasks: map[string]taskInVertex{},
	}
	if c.Savepoint {
		out.Type, out.Format = "SAVEPOINT", new("CANONICAL")
	}
	for _, v := range c.Vertices {
		out.Subtasks += v.Tasks
		if tasks {
			out.Tasks[vertexID(j, v.ID)] = taskInVertex{
				ID: c.ID, Status: "COMPLETED", Acked: millis(v.Acked), Size: v.Size, StateSize: v.Size, Duration: v.Acked.Sub(c.Started).Milliseconds(),
				Subtasks: v.Tasks, AckedSubtasks: v.Tasks,
			}
		}
	}
	out.AckedSubtasks = out.Subtasks
	if c.Err != nil {
		out.Class, out.Status, out.FailureTime, out.FailureMessage = "failed", "FAILED", &out.Acked, new(c.Err.Error())
		return out
	}
	out.Path = new(location(c.Path))
	out.Discarded = new(!c.Savepoint && newer >= max(2, j.Options.Retained))
	return out
}

// location is a path as Flink writes it.
func location(path string) string {
	if path == "" {
		return ""
	}
	return "file:" + path
}

// newest gives the checkpoints of a job, the newest first.
func newest(j *flink.Job, s runtime.Status) []checkpointed {
	out := []checkpointed{}
	complete := 0
	for _, c := range slices.Backward(s.Checkpoints.History) {
		out = append(out, shown(j, c, complete, false))
		if c.Err == nil && !c.Savepoint {
			complete++
		}
	}
	return out
}

func checkpointing(j *flink.Job) (any, error) {
	s := j.Status()
	c := s.Checkpoints
	history := newest(j, s)
	return map[string]any{
		"counts": map[string]int{
			"restored": restored(s), "total": c.Completed + c.Failed + c.InProgress, "in_progress": c.InProgress, "completed": c.Completed, "failed": c.Failed,
		},
		"summary": map[string]any{
			"checkpointed_size":   statistics(history, func(c checkpointed) int64 { return c.Size }),
			"state_size":          statistics(history, func(c checkpointed) int64 { return c.StateSize }),
			"end_to_end_duration": statistics(history, func(c checkpointed) int64 { return c.Duration }),
			"alignment_buffered":  statistics(history, func(c checkpointed) int64 { return c.Buffered }),
			"processed_data":      statistics(history, func(c checkpointed) int64 { return c.Processed }),
			"persisted_data":      statistics(history, func(c checkpointed) int64 { return c.Persisted }),
		},
		"latest": map[string]any{
			"completed": latest(history, func(c checkpointed) bool { return c.Class == "completed" && !c.Savepoint }),
			"savepoint": latest(history, func(c checkpointed) bool { return c.Class == "completed" && c.Savepoint }),
			"failed":    latest(history, func(c checkpointed) bool { return c.Class == "failed" }),
			"restored":  restoredFrom(j, s),
		},
		"history": history,
	}, nil
}

func restored(s runtime.Status) int {
	if s.Checkpoints.Restored > 0 {
		return 1
	}
	return 0
}

// restoredFrom is the checkpoint that the present run goes on from; nil if it started anew.
func restoredFrom(j *flink.Job, s runtime.Status) any {
	if s.Checkpoints.Restored == 0 {
		return nil
	}
	return struct {
		ID        int64  `json:"id"`
		Time      int64  `json:"restore_timestamp"`
		Savepoint bool   `json:"is_savepoint"`
		Path      string `json:"external_path"`
	}{s.Checkpoints.Restored, millis(s.Since[runtime.Running]), false, location(j.CheckpointPath(s.Checkpoints.Restored))}
}

func latest(history []checkpointed, fits func(checkpointed) bool) *checkpointed {
	if i := slices.IndexFunc(history, fits); i >= 0 {
		return &history[i]
	}
	return nil
}

// statistics are over the checkpoints that completed.
func statistics(history []checkpointed, of func(checkpointed) int64) map[string]any {
	var values []int64
	for _, c := range history {
		if c.Class == "completed" {
			values = append(values, of(c))
		}
	}
	slices.Sort(values)
	least, most := int64(0), int64(0)
	if len(values) > 0 {
		least, most = values[0], values[len(values)-1]
	}
	return map[string]any{
		"min": least, "max": most, "avg": mean(values), "p50": quantile(values, 0.5), "p90": quantile(values, 0.9), "p95": quantile(values, 0.95),
		"p99": quantile(values, 0.99), "p999": quantile(values, 0.999),
	}
}

func (a *API) checkpoint(r web.Request) (any, error) {
	n, err := r.Number("number")
	if err != nil {
		return nil, err
	}
	j, err := a.job(r)
	if err != nil {
		return nil, err
	}
	newer := 0
	for _, c := range slices.Backward(j.Status().Checkpoints.History) {
		if c.ID == n {
			return shown(j, c, newer, true), nil
		}
		if c.Err == nil && !c.Savepoint {
			newer++
		}
	}
	return nil, web.Refused(http.StatusNotFound, nil, "Could not find checkpointing statistics for checkpoint %d.", n)
}

func checkpointConfig(j *flink.Job) (any, error) {
	o := j.Options
	interval := o.CheckpointInterval.Milliseconds()
	if interval == 0 {
		interval = 1<<63 - 1 // as Flink says never
	}
	return map[string]any{
		"mode": "exactly_once", "interval": interval, "timeout": o.CheckpointTimeout.Milliseconds(), "min_pause": o.MinPause.Milliseconds(), "max_concurrent": 1,
		"externalization": externalization(j),
		"state_backend":   "HashMapStateBackend", "checkpoint_storage": "FileSystemCheckpointStorage",
		"unaligned_checkpoints": false, "tolerable_failed_checkpoints": o.TolerableFailures, "aligned_checkpoint_timeout": 0,
		"checkpoints_after_tasks_finish": true, "state_changelog_enabled": false,
	}, nil
}

// externalization says whether checkpoints outlive their job.
func externalization(j *flink.Job) map[string]bool {
	retention := j.Settings["execution.checkpointing.externalized-checkpoint-retention"]
	return map[string]bool{
		"enabled":                retention == "RETAIN_ON_CANCELLATION" || retention == "DELETE_ON_CANCELLATION",
		"delete_on_cancellation": retention != "RETAIN_ON_CANCELLATION",
	}
}
