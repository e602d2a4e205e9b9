package runtime

import (
	"maps"
	"slices"
	"time"
)

// State is what a job is doing, by Flink's names (JobStatus).
type State string

// The states of a job.
const (
	Created    State = "CREATED"
	Running    State = "RUNNING"
	Restarting State = "RESTARTING"
	Failing    State = "FAILING"
	Failed     State = "FAILED"
	Cancelling State = "CANCELLING"
	Canceled   State = "CANCELED"
	Finished   State = "FINISHED"
	Suspended  State = "SUSPENDED"
)

// Ended reports whether the state is one that is never left.
func (s State) Ended() bool { return s == Failed || s == Canceled || s == Finished || s == Suspended }

// historyBound is how many failures and checkpoints are remembered.
const historyBound = 20

// Status is what can be said of a job at one moment.
type Status struct {
	ID, Name    string
	State       State
	Since       map[State]time.Time // when each state was last entered
	Vertices    []VertexStatus
	Failures    []Failure // the newest last
	Checkpoints Checkpoints
	Restarts    int // numRestarts
}

// VertexStatus is one chain of nodes and its tasks.
type VertexStatus struct {
	ID          int
	Name        string
	Parallelism int
	Inputs      []int  // ids of vertices
	Hashed      []bool // by input: rows are divided by the hash of a key
	Tasks       []Figures
}

// Failure is an entry of the exception history.
type Failure struct {
	Time time.Time
	Task string // "" where it was no task's
	Err  error
}

// Checkpoints says how checkpointing goes, by Flink's names.
type Checkpoints struct {
	Completed, Failed, InProgress int // numberOf...Checkpoints
	LastDuration                  time.Duration
	LastSize                      int64
	LastPath                      string
	Restored                      int64 // the number of the checkpoint that the present run started from; 0: none
	History                       []Checkpoint
}

// Checkpoint is one that completed or failed.
type Checkpoint struct {
	ID        int64
	Savepoint bool
	Started   time.Time
	Duration  time.Duration
	Size      int64
	Path      string
	Err       error
	Vertices  []CheckpointVertex // of one that completed
}

// CheckpointVertex is what the tasks of a vertex gave to a checkpoint.
type CheckpointVertex struct {
	ID, Tasks int
	Size      int64
	Acked     time.Time // by the last task
}

func (j *Job) enter(s State) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.status.State.Ended() {
		return
	}
	if s == Running && j.status.State == Restarting {
		j.status.Restarts++
	}
	j.status.State = s
	j.status.Since[s] = j.config.Clock.Now()
	j.config.Logger.Debug("job", "name", j.config.Name, "state", s)
}

// note adds to the history of failures.
func (j *Job) note(task string, err error) {
	j.config.Logger.Warn("job", "name", j.config.Name, "task", task, "error", err)
	j.mu.Lock()
	defer j.mu.Unlock()
	j.status.Failures = lastOf(append(j.status.Failures, Failure{Time: j.config.Clock.Now(), Task: task, Err: err}))
}

func lastOf[T any](s []T) []T { return s[max(0, len(s)-historyBound):] }

func (j *Job) checkpointed(cp *checkpoint, m *metadata, path string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	c := &j.status.Checkpoints
	c.Completed++
	c.LastDuration, c.LastSize, c.LastPath = j.config.Clock.Now().Sub(cp.started), m.size(), path
	c.History = lastOf(append(c.History, Checkpoint{
		ID: cp.id, Savepoint: cp.wish != nil, Started: cp.started, Duration: c.LastDuration, Size: c.LastSize, Path: path,
		Vertices: cp.given,
	}))
}

func (j *Job) checkpointFailed(cp *checkpoint, err error) {
	j.config.Logger.Warn("checkpoint failed", "job", j.config.Name, "checkpoint", cp.id, "error", err)
	j.mu.Lock()
	defer j.mu.Unlock()
	c := &j.status.Checkpoints
	c.Failed++
	c.History = lastOf(append(c.History, Checkpoint{
		ID: cp.id, Savepoint: cp.wish != nil, Started: cp.started, Duration: j.config.Clock.Now().Sub(cp.started), Err: err,
	}))
}

// Status says how the job is.
func (j *Job) Status() Status {
	j.mu.Lock()
	defer j.mu.Unlock()
	s := j.status
	s.Since = maps.Clone(s.Since)
	s.Failures = slices.Clone(s.Failures)
	s.Checkpoints.History = slices.Clone(s.Checkpoints.History)
	if j.run != nil {
		s.Vertices = j.run.vertices()
	}
	return s
}

func (r *run) vertices() []VertexStatus {
	var all []VertexStatus
	for _, t := range r.tasks {
		if t.part == 0 {
			v := VertexStatus{ID: t.vertex.id, Name: t.vertex.name(), Parallelism: t.vertex.parallelism}
			for _, e := range t.vertex.inputs {
				v.Inputs = append(v.Inputs, e.from.vertex.id)
				v.Hashed = append(v.Hashed, e.keys != nil)
			}
			all = append(all, v)
		}
		last := &all[len(all)-1]
		last.Tasks = append(last.Tasks, t.metrics.Read())
	}
	return all
}

// built shows a run's tasks in the status.
func (j *Job) built(r *run) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.run = r
	j.status.Checkpoints.Restored = 0
	if r.restored != nil {
		j.status.Checkpoints.Restored = r.restored.meta.ID
	}
}
