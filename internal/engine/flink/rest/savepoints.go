package rest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/weftmesh/weft/internal/engine/flink/web"
)

// triggersBound is how many savepoints are remembered by their triggers.
const triggersBound = 1000

// savepointTimeout is how long a savepoint may take, as a checkpoint by Flink's default.
const savepointTimeout = 10 * time.Minute

// trigger is a savepoint that was asked for.
type trigger struct {
	id, job string
	done    bool
	path    string
	err     error
}

// wanted is the body of the requests for savepoints; Flink spells the directory in two ways.
type wanted struct {
	Directory    string `json:"target-directory"`
	DirectoryToo string `json:"targetDirectory"`
	Cancel       bool   `json:"cancel-job"`
	Drain        bool   `json:"drain"`
	Trigger      string `json:"triggerId"`
}

func (a *API) savepoint(r web.Request) (any, error) {
	var w wanted
	if err := r.Body("SavepointTriggerRequestBody", &w); err != nil {
		return nil, err
	}
	return a.trigger(r, w, func(ctx context.Context, job string, dir string) (string, error) {
		j, ok := a.engine.Job(job)
		if !ok {
			return "", noJob(job)
		}
		path, err := j.Savepoint(ctx, dir)
		if err == nil && w.Cancel {
			j.Cancel()
		}
		return path, err
	})
}

func (a *API) stop(r web.Request) (any, error) {
	var w wanted
	if err := r.Body("StopWithSavepointRequestBody", &w); err != nil {
		return nil, err
	}
	return a.trigger(r, w, func(ctx context.Context, job string, dir string) (string, error) {
		j, ok := a.engine.Job(job)
		if !ok {
			return "", noJob(job)
		}
		return j.Stop(ctx, dir, w.Drain)
	})
}

func noJob(id string) error {
	return errors.New("org.apache.flink.runtime.messages.FlinkJobNotFoundException: Could not find Flink job (" + id + ")")
}

// trigger starts a savepoint and answers with its trigger.
func (a *API) trigger(r web.Request, w wanted, save func(ctx context.Context, job, dir string) (string, error)) (any, error) {
	job, err := r.ID("jobid")
	if err != nil {
		return nil, err
	}
	dir, err := a.directory(job, w)
	if err != nil {
		return nil, err
	}
	t := &trigger{id: w.Trigger, job: job}
	if t.id == "" {
		t.id = newID()
	}
	a.mu.Lock()
	a.triggers = append(a.triggers, t)
	a.triggers = a.triggers[max(0, len(a.triggers)-triggersBound):]
	a.mu.Unlock()
	a.running.Go(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), savepointTimeout)
		defer cancel()
		path, err := save(ctx, job, dir)
		a.mu.Lock()
		defer a.mu.Unlock()
		t.done, t.path, t.err = true, path, err
	})
	return web.Answer{Status: http.StatusAccepted, Value: map[string]string{"request-id": t.id}}, nil
}

// directory is where a savepoint goes: where the request says, or else where the job's settings say.
func (a *API) directory(job string, w wanted) (string, error) {
	dir := w.Directory + w.DirectoryToo
	const key = "execution.checkpointing.savepoint-dir"
	if j, ok := a.engine.Job(job); ok && dir == "" {
		dir = j.Settings[key]
	}
	if dir == "" {
		dir = a.engine.Settings()[key]
	}
	if dir == "" {
		return "", web.Refused(http.StatusBadRequest, nil, "Config key [%s] is not set. Property [targetDirectory] must be provided.", key)
	}
	return strings.TrimPrefix(strings.TrimPrefix(dir, "file://"), "file:"), nil
}

func (a *API) triggered(r web.Request) (any, error) {
	id, err := r.ID("triggerid")
	if err != nil {
		return nil, err
	}
	job, err := r.ID("jobid")
	if err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, t := range a.triggers {
		if t.id == id && t.job == job {
			return t.answer(), nil
		}
	}
	return nil, web.Refused(http.StatusNotFound, nil, "There is no savepoint operation with triggerId=%s for job %s.", id, job)
}

// answered is how a savepoint goes (AsynchronousOperationResult).
type answered struct {
	Status    map[string]string `json:"status"`
	Operation any               `json:"operation"`
}

func (t *trigger) answer() answered {
	switch {
	case !t.done:
		return answered{map[string]string{"id": "IN_PROGRESS"}, nil}
	case t.err != nil:
		return answered{map[string]string{"id": "COMPLETED"}, map[string]any{"failure-cause": map[string]string{
			"class": "java.util.concurrent.CompletionException", "stack-trace": t.err.Error(),
		}}}
	}
	return answered{map[string]string{"id": "COMPLETED"}, map[string]string{"location": location(t.path)}}
}

func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}
