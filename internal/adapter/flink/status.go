package flink

import (
	"context"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/observe"
)

var _ observe.Jobs = (*Jobs)(nil)

// Status says of our jobs how they are.
func (t *Jobs) Status(ctx context.Context) (map[addrs.Product]observe.Job, error) {
	jobs, err := t.jobs(ctx)
	if err != nil {
		return nil, err
	}
	var mu sync.Mutex
	all := map[addrs.Product]observe.Job{}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for product, f := range jobs {
		group.Go(func() error {
			j := t.status(ctx, f)
			mu.Lock()
			defer mu.Unlock()
			all[product] = j
			return nil
		})
	}
	return all, group.Wait()
}

// status asks about one job. What is not answered stays unknown: a job can end at any time.
func (t *Jobs) status(ctx context.Context, f found) observe.Job {
	j := observe.Job{ID: f.id, State: f.state, Plan: f.plan}
	var checkpoints struct {
		Counts struct {
			Failed int64 `json:"failed"`
		} `json:"counts"`
		Latest struct {
			Completed *struct {
				At int64 `json:"latest_ack_timestamp"`
			} `json:"completed"`
		} `json:"latest"`
	}
	if t.rest.call(ctx, "GET", "/jobs/"+f.id+"/checkpoints", nil, &checkpoints) == nil {
		j.FailedCheckpoints = checkpoints.Counts.Failed
		if c := checkpoints.Latest.Completed; c != nil {
			j.LastCheckpoint = new(time.UnixMilli(c.At).UTC())
		}
	}
	var metrics []struct {
		Value string `json:"value"`
	}
	if t.rest.call(ctx, "GET", "/jobs/"+f.id+"/metrics?get=numRestarts", nil, &metrics) == nil && len(metrics) == 1 {
		j.Restarts = number(metrics[0].Value)
	}
	if f.ended() || f.state != "RUNNING" || j.Restarts > 0 {
		j.Cause = t.cause(ctx, f.id)
	}
	j.Watermark = t.watermark(ctx, f)
	return j
}

// watermark is the least of the job's last vertex; nil where event time has not begun.
func (t *Jobs) watermark(ctx context.Context, f found) *time.Time {
	var job struct {
		Vertices []struct {
			ID string `json:"id"`
		} `json:"vertices"`
	}
	if f.ended() || t.rest.call(ctx, "GET", "/jobs/"+f.id, nil, &job) != nil || len(job.Vertices) == 0 {
		return nil
	}
	var marks []struct {
		Value string `json:"value"`
	}
	last := job.Vertices[len(job.Vertices)-1].ID
	if t.rest.call(ctx, "GET", "/jobs/"+f.id+"/vertices/"+last+"/watermarks", nil, &marks) != nil || len(marks) == 0 {
		return nil
	}
	var values []int64
	for _, m := range marks {
		values = append(values, number(m.Value))
	}
	if least := slices.Min(values); least > 0 {
		return new(time.UnixMilli(least).UTC())
	}
	return nil
}
