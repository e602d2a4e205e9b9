package flink

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/traces"
	"github.com/weftmesh/weft/internal/transforms"
)

// found is a job of Flink that is one of ours by its name.
type found struct {
	id      string
	product addrs.Product
	plan    string
	to      string // the hash of its connection
	state   string
	start   int64
}

// states that a job never leaves (Flink's JobStatus).
var ended = []string{"FAILED", "CANCELED", "FINISHED", "SUSPENDED"}

func (f found) ended() bool { return slices.Contains(ended, f.state) }

// jobs lists our jobs: of each product the one that runs, else the one that ended last.
func (t *Jobs) jobs(ctx context.Context) (map[addrs.Product]found, error) {
	var answer struct {
		Jobs []struct {
			ID    string `json:"jid"`
			Name  string `json:"name"`
			State string `json:"state"`
			Start int64  `json:"start-time"`
		} `json:"jobs"`
	}
	if err := t.rest.call(ctx, "GET", "/jobs/overview", nil, &answer); err != nil {
		return nil, err
	}
	all := map[addrs.Product]found{}
	for _, j := range answer.Jobs {
		named, ok := transforms.ParseName(j.Name)
		if !ok {
			continue
		}
		f := found{j.ID, named.Product, named.Plan, named.Connection, j.State, j.Start}
		if before, there := all[f.product]; !there || newer(f, before) {
			all[f.product] = f
		}
	}
	return all, nil
}

// newer reports whether a job counts rather than another of the same product.
func newer(f, other found) bool {
	if f.ended() != other.ended() {
		return !f.ended()
	}
	return f.start > other.start
}

// cause is the newest failure of a job, shortened; "" if there is none.
func (t *Jobs) cause(ctx context.Context, id string) string {
	var answer struct {
		Root    string `json:"root-exception"`
		History struct {
			Entries []struct {
				Trace string `json:"stacktrace"`
			} `json:"entries"`
		} `json:"exceptionHistory"`
	}
	if err := t.rest.call(ctx, "GET", "/jobs/"+id+"/exceptions?maxExceptions=1", nil, &answer); err != nil {
		return ""
	}
	if len(answer.History.Entries) > 0 {
		return traces.Cause(answer.History.Entries[0].Trace)
	}
	return traces.Cause(answer.Root)
}

// running waits until all tasks of a job run.
func (t *Jobs) running(ctx context.Context, id string) error {
	err := poll(ctx, func() (bool, error) {
		var job struct {
			State    string `json:"state"`
			Vertices []struct {
				Status string `json:"status"`
			} `json:"vertices"`
		}
		if err := t.rest.call(ctx, "GET", "/jobs/"+id, nil, &job); err != nil {
			if notFound(err) { // it was submitted, and the JobManager has not told its REST API yet
				return false, nil
			}
			return false, err
		}
		if slices.Contains(ended, job.State) {
			return false, fmt.Errorf("the job is %s: %s", job.State, t.cause(ctx, id))
		}
		for _, v := range job.Vertices {
			if v.Status != "RUNNING" && v.Status != "FINISHED" {
				return false, nil
			}
		}
		return job.State == "RUNNING" && len(job.Vertices) > 0, nil
	})
	if errors.Is(err, errPatience) {
		if cause := t.cause(ctx, id); cause != "" {
			return fmt.Errorf("the job does not come to run within %s: %s", Patience, cause)
		}
		return fmt.Errorf("the job does not come to run within %s; has Flink slots for it?", Patience)
	}
	return err
}

// cancel ends a job without a savepoint and waits until it has.
func (t *Jobs) cancel(ctx context.Context, f found) error {
	if f.ended() {
		return nil
	}
	if err := t.rest.call(ctx, "PATCH", "/jobs/"+f.id+"?mode=cancel", nil, nil); err != nil && !notFound(err) {
		return fmt.Errorf("cancel the job: %w", err)
	}
	return poll(ctx, func() (bool, error) {
		state, err := t.state(ctx, f.id)
		return slices.Contains(ended, state), err
	})
}

func (t *Jobs) state(ctx context.Context, id string) (string, error) {
	var job struct {
		State string `json:"state"`
	}
	err := t.rest.call(ctx, "GET", "/jobs/"+id, nil, &job)
	if notFound(err) {
		return "CANCELED", nil
	}
	return job.State, err
}

// stop ends a job with a savepoint, and gives where that is. All that the job read is given and committed.
func (t *Jobs) stop(ctx context.Context, f found) (string, error) {
	var trigger struct {
		ID string `json:"request-id"`
	}
	if err := t.rest.call(ctx, "POST", "/jobs/"+f.id+"/stop", map[string]any{"drain": false}, &trigger); err != nil {
		return "", fmt.Errorf("stop the job with a savepoint: %w", err)
	}
	location := ""
	err := poll(ctx, func() (bool, error) {
		var answer struct {
			Status struct {
				ID string `json:"id"`
			} `json:"status"`
			Operation struct {
				Location string `json:"location"`
				Failure  *struct {
					Trace string `json:"stack-trace"`
				} `json:"failure-cause"`
			} `json:"operation"`
		}
		if err := t.rest.call(ctx, "GET", "/jobs/"+f.id+"/savepoints/"+trigger.ID, nil, &answer); err != nil {
			return false, err
		}
		if answer.Operation.Failure != nil {
			return false, errors.New(traces.Cause(answer.Operation.Failure.Trace))
		}
		location = answer.Operation.Location
		return answer.Status.ID == "COMPLETED", nil
	})
	if err != nil {
		return "", fmt.Errorf("stop the job with a savepoint: %w", err)
	}
	return location, poll(ctx, func() (bool, error) {
		state, err := t.state(ctx, f.id)
		return slices.Contains(ended, state), err
	})
}

// checkpoint is where the last checkpoint or savepoint of a job is; "" if Flink knows of none.
func (t *Jobs) checkpoint(ctx context.Context, id string) string {
	type path struct {
		ID       int64  `json:"id"`
		Location string `json:"external_path"`
	}
	var answer struct {
		Latest struct {
			Completed, Savepoint, Restored *path
		} `json:"latest"`
	}
	if err := t.rest.call(ctx, "GET", "/jobs/"+id+"/checkpoints", nil, &answer); err != nil {
		return ""
	}
	best := path{ID: -1}
	for _, p := range []*path{answer.Latest.Restored, answer.Latest.Savepoint, answer.Latest.Completed} {
		if p != nil && p.Location != "" && p.ID >= best.ID {
			best = *p
		}
	}
	return best.Location
}

// number reads a metric's value; 0 for what is none.
func number(text string) int64 {
	value, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0
	}
	return int64(value)
}
