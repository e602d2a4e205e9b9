package observe

import (
	"context"
	"fmt"
	"time"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/contracts"
)

// Jobs says of the jobs that give derived products how they are.
type Jobs interface {
	Status(ctx context.Context) (map[addrs.Product]Job, error)
}

// Job is how the job of a derived product is.
type Job struct {
	ID                string     `json:"id,omitempty"`
	State             string     `json:"state" doc:"As Flink has it: RUNNING, RESTARTING, FAILED ...; ABSENT where there is none, UNKNOWN where Flink does not answer"`
	Plan              string     `json:"plan,omitempty" doc:"The hash of what it does"`
	Restarts          int64      `json:"restarts"`
	FailedCheckpoints int64      `json:"failed_checkpoints"`
	LastCheckpoint    *time.Time `json:"last_checkpoint,omitempty" doc:"When the newest checkpoint completed: what was read until then is given"`
	Watermark         *time.Time `json:"watermark,omitempty" doc:"The event time up to which all is given"`
	Cause             string     `json:"cause,omitempty" doc:"The newest failure, shortened"`
}

// States of a job beyond Flink's own, and the one that is wanted.
const (
	JobRunning = "RUNNING"
	JobAbsent  = "ABSENT"
	JobUnknown = "UNKNOWN"
)

// askJobs asks Flink, where there is one.
func (o *Observer) askJobs(ctx context.Context) (map[addrs.Product]Job, error) {
	if o.config.Jobs == nil {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, jobsTimeout)
	defer cancel()
	return o.config.Jobs.Status(ctx)
}

// jobsTimeout keeps a Flink that is slow from holding up what is known of topics.
const jobsTimeout = 3 * time.Second

// jobOf is the job of a product; nil where it is not derived, or where nothing runs jobs.
func (o *Observer) jobOf(p contracts.Product, jobs map[addrs.Product]Job, err error) *Job {
	if p.Transform == nil || o.config.Jobs == nil {
		return nil
	}
	if err != nil {
		return &Job{State: JobUnknown, Cause: err.Error()}
	}
	j, ok := jobs[p.Addr]
	if !ok {
		return &Job{State: JobAbsent}
	}
	return &j
}

// trouble says in words what keeps a job from giving rows; "" if nothing does.
func (j *Job) trouble() string {
	switch {
	case j == nil || j.State == JobRunning || j.State == JobUnknown || j.State == "CREATED" || j.State == "INITIALIZING":
		return ""
	case j.State == JobAbsent:
		return "its job is not there; apply again to start it"
	case j.Cause != "":
		return fmt.Sprintf("its job is %s: %s", j.State, j.Cause)
	}
	return "its job is " + j.State
}
