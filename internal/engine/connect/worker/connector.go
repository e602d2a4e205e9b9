package worker

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"

	"github.com/weftmesh/weft/internal/engine/connect/secrets"
	"github.com/weftmesh/weft/internal/engine/connect/settings"
	"github.com/weftmesh/weft/internal/engine/connect/source"
	"github.com/weftmesh/weft/internal/engine/connect/storage"
)

// State is a state of a connector or a task (AbstractStatus.State).
type State string

// The states.
const (
	Unassigned State = "UNASSIGNED"
	Running    State = "RUNNING"
	Paused     State = "PAUSED"
	Stopped    State = "STOPPED"
	Failed     State = "FAILED"
	Restarting State = "RESTARTING"
)

// connector is a connector with its task, as it runs by one configuration.
type connector struct {
	worker *Worker
	name   string
	config map[string]string // as configured: config providers stand in it as written
	target storage.Target
	plugin source.Connector // nil: there is none of its class
	log    *slog.Logger

	mu     sync.Mutex
	state  condition
	task   *condition // nil: there is no task
	cancel context.CancelFunc
	done   chan struct{}
}

// condition is a state with, for one that failed, why.
type condition struct {
	state State
	trace string
}

func newConnector(w *Worker, name string, configured storage.Connector) *connector {
	target := configured.Target
	if target == "" {
		target = storage.Started
	}
	plugin := w.plugin(configured.Config["connector.class"])
	return &connector{
		worker: w, name: name, config: configured.Config, target: target, plugin: plugin,
		log: w.log.With("connector", name), state: condition{state: Unassigned},
	}
}

// start brings the connector to its target; it does not wait for what the task does.
func (c *connector) start() {
	switch c.target {
	case storage.Stopped:
		c.set(condition{state: Stopped}, nil)
	case storage.Paused:
		c.set(condition{state: Paused}, &condition{state: Paused})
	default:
		c.run()
	}
}

func (c *connector) run() {
	set, resolved, err := c.worker.settings(c.config)
	if err != nil {
		c.log.Error("the connector cannot start", "error", err)
		c.set(condition{Failed, err.Error()}, nil)
		return
	}
	ctx, cancel := context.WithCancel(c.worker.ctx)
	c.mu.Lock()
	c.cancel, c.done = cancel, make(chan struct{})
	done := c.done
	c.mu.Unlock()
	c.set(condition{state: Running}, &condition{state: Running})
	go func() {
		defer close(done)
		defer cancel()
		t := &task{connector: c, settings: set, log: slog.New(hiding{c.log.Handler(), resolved})}
		c.ended(ctx, resolved.Hidden(c.worker.keep(t.run(ctx))))
	}()
}

// ended notes how a task ended: by itself, with an error, or because it was told to.
func (c *connector) ended(ctx context.Context, err error) {
	if err == nil || ctx.Err() != nil {
		return
	}
	c.log.Error("the task failed", "error", err)
	c.set(condition{state: Running}, &condition{Failed, err.Error()})
}

// stop ends the task and waits for it.
func (c *connector) stop() {
	c.mu.Lock()
	cancel, done := c.cancel, c.done
	c.mu.Unlock()
	if cancel != nil {
		cancel()
		<-done
	}
}

func (c *connector) set(state condition, task *condition) {
	c.mu.Lock()
	c.state, c.task = state, task
	c.mu.Unlock()
	c.worker.store.Status.Connector(c.name, c.status(state))
	if task == nil {
		c.worker.store.Status.NoTask(c.name)
		return
	}
	c.worker.store.Status.Task(c.name, c.status(*task))
}

func (c *connector) status(of condition) storage.Status {
	s := storage.Status{State: string(of.state), Worker: c.worker.config.ID, Gen: 1, Version: c.version()}
	if of.trace != "" {
		s.Trace = &of.trace
	}
	return s
}

func (c *connector) version() string {
	if c.plugin == nil {
		return ""
	}
	return c.plugin.Plugin().Version
}

// conditions are the states of the connector and of its task, if it has one.
func (c *connector) conditions() (condition, *condition) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.task == nil {
		return c.state, nil
	}
	task := *c.task
	return c.state, &task
}

// settings reads a configuration that is to run.
func (w *Worker) settings(config map[string]string) (*settings.Settings, secrets.Resolved, error) {
	resolved, err := w.config.Secrets.Resolve(config)
	if err != nil {
		return nil, resolved, err
	}
	set, items := settings.Read(resolved.Config, w.config.Standard)
	var wrong []string
	for _, item := range items {
		wrong = append(wrong, item.Errors...)
	}
	if len(wrong) > 0 {
		return nil, resolved, fmt.Errorf("the configuration is invalid: %s", resolved.Hide(strings.Join(wrong, "; ")))
	}
	if w.plugin(set.Class) == nil {
		return nil, resolved, fmt.Errorf("there is no connector %s; there are %s", set.Class, strings.Join(w.classes(), ", "))
	}
	return set, resolved, nil
}
