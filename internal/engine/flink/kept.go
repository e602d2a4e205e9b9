package flink

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/weftmesh/weft/internal/engine/flink/runtime"
	"github.com/weftmesh/weft/internal/engine/flink/stream"
	"github.com/weftmesh/weft/internal/flinksql/plan"
)

// jobsDir holds a folder for each job: job.json, and its checkpoints.
const jobsDir = "jobs"

// kept is a job as it was submitted, to be planned and started again.
type kept struct {
	ID       string            `json:"id"`
	Name     string            `json:"name"`
	Settings map[string]string `json:"settings"`
	Tables   []string          `json:"tables"` // the CREATE statements of its session, in order
	Inserts  []string          `json:"inserts"`
}

func (e *Engine) jobDir(id string) string { return filepath.Join(e.config.Dir, jobsDir, id) }

// keep writes a job down before it starts.
func (e *Engine) keep(k kept) error {
	if e.config.Dir == "" {
		return nil
	}
	if err := os.MkdirAll(e.jobDir(k.ID), 0o755); err != nil {
		return err
	}
	text, err := json.MarshalIndent(k, "", "  ")
	if err != nil {
		return err
	}
	name := filepath.Join(e.jobDir(k.ID), "job.json")
	if err := writeFile(name+".new", text); err != nil {
		return fmt.Errorf("keep job %s: %w", k.Name, err)
	}
	return os.Rename(name+".new", name)
}

func writeFile(name string, text []byte) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Sync(), f.Close())
}

// forget lets a job that has ended not start again.
func (e *Engine) forget(id string) error {
	if e.config.Dir == "" {
		return nil
	}
	err := os.Remove(filepath.Join(e.jobDir(id), "job.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// resume starts the jobs that were kept, each from its last checkpoint.
func (e *Engine) resume() error {
	files, err := filepath.Glob(filepath.Join(e.config.Dir, jobsDir, "*", "job.json"))
	if err != nil {
		return err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		var k kept
		if err := json.Unmarshal(text, &k); err != nil {
			return fmt.Errorf("%s: %w; remove the file to start without the job", file, err)
		}
		if err := e.restart(k); err != nil {
			e.config.Logger.Error("a job could not be started again", "job", k.Name, "error", err)
			if err := e.present(k, err); err != nil {
				return err
			}
		}
	}
	return nil
}

// restart plans a kept job in a session of its own.
func (e *Engine) restart(k kept) error {
	s := newSession(e, newHandle(), k.Settings)
	for _, statement := range k.Tables {
		if _, err := s.Execute(e.ctx, statement); err != nil {
			return err
		}
	}
	sinks, err := s.planInserts(k.Inserts)
	if err != nil {
		return err
	}
	j, err := e.launch(k.ID, k.Name, sinks, k.Settings, nil, false)
	if err == nil {
		e.watch(j)
	}
	return err
}

// watch forgets a job on disk once it has ended other than by the end of the engine.
func (e *Engine) watch(j *Job) { e.watching.Go(func() { e.outlive(j) }) }

func (e *Engine) outlive(j *Job) {
	<-j.Done()
	if e.ctx.Err() != nil {
		return
	}
	err := e.forget(j.ID)
	if e.config.Dir != "" && !retained(j) {
		err = errors.Join(err, os.RemoveAll(e.jobDir(j.ID)))
	}
	if err != nil {
		e.config.Logger.Error("an ended job is still kept", "job", j.Name, "error", err)
	}
}

// retained reports whether the checkpoints of a job that has ended stay
// (execution.checkpointing.externalized-checkpoint-retention).
func retained(j *Job) bool {
	state := j.Status().State
	switch j.Settings["execution.checkpointing.externalized-checkpoint-retention"] {
	case "RETAIN_ON_CANCELLATION":
		return state != runtime.Finished
	case "DELETE_ON_CANCELLATION":
		return state == runtime.Failed
	}
	return false
}

// present shows a job that could not be started again, failed, with the reason. It stays on disk: the next start of the
// engine tries again.
func (e *Engine) present(k kept, cause error) error {
	running, err := runtime.New(runtime.Config{
		ID: k.ID, Name: k.Name, Sinks: []*plan.Sink{{Table: &plan.Table{}}}, Clock: e.config.Clock, Logger: e.config.Logger,
		Connectors: func(context.Context) (stream.Connectors, error) { return nil, cause },
	})
	if err != nil {
		return err
	}
	e.mu.Lock()
	e.jobs[k.ID] = &Job{Job: running, ID: k.ID, Name: k.Name, Submitted: e.config.Clock.Now(), Settings: k.Settings, Options: runtime.Defaults()}
	e.mu.Unlock()
	running.Start(e.ctx)
	return nil
}
