package flink

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/plans"
	"github.com/weftmesh/weft/internal/reconcile"
	"github.com/weftmesh/weft/internal/resources"
)

// Jobs are a Flink's jobs as resources, each by the address of the product that it gives.
type Jobs struct {
	gateway client
	rest    client
}

var _ reconcile.Target = (*Jobs)(nil)

// NewJobs reads and changes the jobs of a Flink.
func NewJobs(config Config) *Jobs {
	return &Jobs{
		gateway: newClient(config, config.Gateway, "Flink's SQL gateway", "flink.gateway"),
		rest:    newClient(config, config.REST, "Flink's REST API", "flink.rest"),
	}
}

// atOnce bounds how many jobs are asked about, or started, side by side.
const atOnce = 4

// Read gives the jobs of products as they are. One that was cancelled or finished is not there; one that failed is.
func (t *Jobs) Read(ctx context.Context, names []string) ([]resources.Observed, error) {
	if len(names) == 0 {
		return nil, nil
	}
	jobs, err := t.jobs(ctx)
	if err != nil {
		return nil, err
	}
	var mu sync.Mutex
	var all []resources.Observed
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for _, name := range names {
		product, err := addrs.ParseProduct(name)
		if err != nil {
			return nil, err
		}
		f, there := jobs[product]
		if !there || f.ended() && f.state != "FAILED" {
			continue
		}
		group.Go(func() error {
			o, err := t.observed(ctx, f)
			mu.Lock()
			defer mu.Unlock()
			all = append(all, o)
			return err
		})
	}
	return all, group.Wait()
}

func (t *Jobs) observed(ctx context.Context, f found) (resources.Observed, error) {
	o := resources.Observed{
		Addr:       addrs.Resource{Kind: addrs.KindJob, Name: f.product.String()},
		Attributes: map[string]string{resources.JobPlan: f.plan, resources.JobConnection: f.to, resources.JobState: f.state},
	}
	var config struct {
		Interval int64 `json:"interval"`
	}
	err := t.rest.call(ctx, "GET", "/jobs/"+f.id+"/checkpoints/config", nil, &config)
	if err != nil && !notFound(err) {
		return o, err
	}
	o.Attributes[resources.CheckpointInterval] = fmt.Sprintf("%d ms", config.Interval)
	return o, nil
}

// Apply starts, restarts and ends jobs, some of them side by side.
func (t *Jobs) Apply(ctx context.Context, changes []plans.Change, done func(plans.Change, error)) {
	jobs, err := t.jobs(ctx)
	if err != nil {
		for _, c := range changes {
			done(c, err)
		}
		return
	}
	var all sync.WaitGroup
	slots := make(chan struct{}, atOnce)
	for _, c := range changes {
		slots <- struct{}{}
		all.Go(func() {
			done(c, t.change(ctx, c, jobs))
			<-slots
		})
	}
	all.Wait()
}

func (t *Jobs) change(ctx context.Context, c plans.Change, jobs map[addrs.Product]found) error {
	old, there := jobs[c.Product]
	switch {
	case c.Action == plans.Delete && there:
		return t.cancel(ctx, old)
	case c.Action == plans.Delete || c.Action == plans.Adopt && c.Desired.Job.From == resources.FromStart && there:
		return nil
	}
	state, err := t.end(ctx, *c.Desired.Job, old, there)
	if err != nil {
		return err
	}
	return t.start(ctx, *c.Desired.Job, state)
}

// end lets the job before go, and gives the savepoint or checkpoint that the next one begins with; "" for none.
func (t *Jobs) end(ctx context.Context, next resources.Job, old found, there bool) (string, error) {
	switch {
	case !there:
		return "", nil
	case next.From == resources.FromState && !old.ended():
		return t.stop(ctx, old)
	case next.From == resources.FromNow && !old.ended():
		_, err := t.stop(ctx, old) // so that its offsets are those up to which it gave rows
		return "", err
	case next.From == resources.FromState || next.From == resources.FromOffsets:
		if old.plan != next.Plan {
			return "", t.cancel(ctx, old)
		}
		return t.checkpoint(ctx, old.id), t.cancel(ctx, old)
	}
	return "", t.cancel(ctx, old)
}

// start runs a job's statements in a session of their own and waits until the job runs.
func (t *Jobs) start(ctx context.Context, j resources.Job, state string) error {
	settings := maps.Clone(j.Settings)
	if state != "" {
		settings["execution.state-recovery.path"] = state
	}
	s, err := openSession(ctx, t.gateway, nil)
	if err != nil {
		return err
	}
	defer s.close(ctx)
	for _, key := range slices.Sorted(maps.Keys(settings)) {
		if _, err := s.run(ctx, fmt.Sprintf("SET '%s' = '%s'", key, settings[key])); err != nil {
			return err
		}
	}
	id := ""
	for _, statement := range j.Script() {
		job, err := s.run(ctx, statement)
		if err != nil {
			return err
		}
		if job != "" {
			id = job
		}
	}
	return t.running(ctx, id)
}
