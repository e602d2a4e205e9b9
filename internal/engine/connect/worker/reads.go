package worker

import (
	"context"
	"maps"
	"net/http"
	"slices"

	"github.com/weftmesh/weft/internal/engine/connect/storage"
)

// Names are the connectors that are configured.
func (w *Worker) Names() []string {
	w.mu.RLock()
	defer w.mu.RUnlock()
	names := slices.Sorted(maps.Keys(w.running))
	if names == nil {
		names = []string{}
	}
	return names
}

// Info is a connector as it is configured.
func (w *Worker) Info(name string) (Info, error) {
	c := w.find(name)
	if c == nil {
		return Info{}, missing(name)
	}
	return c.info(), nil
}

func (c *connector) info() Info {
	info := Info{Name: c.name, Config: c.config, Tasks: []TaskID{}, Type: "source"}
	if c.plugin == nil {
		info.Type = "unknown"
	}
	if _, task := c.conditions(); task != nil {
		info.Tasks = []TaskID{{c.name, 0}}
	}
	return info
}

// Tasks are the tasks of a connector with what they were configured with.
func (w *Worker) Tasks(name string) ([]TaskInfo, error) {
	c := w.find(name)
	if c == nil {
		return nil, missing(name)
	}
	if _, task := c.conditions(); task == nil {
		return []TaskInfo{}, nil
	}
	return []TaskInfo{{TaskID{name, 0}, c.taskConfig()}}, nil
}

func (c *connector) taskConfig() map[string]string {
	config := maps.Clone(c.config)
	if c.plugin != nil {
		config["task.class"] = c.plugin.Plugin().Class + "Task"
	}
	return config
}

// Status is how a connector and its task are.
func (w *Worker) Status(name string) (Status, error) {
	c := w.find(name)
	if c == nil {
		return Status{}, refused(http.StatusNotFound, "No status found for connector %s", name)
	}
	return c.shown(), nil
}

func (c *connector) shown() Status {
	state, task := c.conditions()
	id, version := c.worker.config.ID, c.version()
	s := Status{Name: c.name, Connector: ConnectorState{state.state, id, state.trace, version}, Tasks: []TaskState{}, Type: c.info().Type}
	if task != nil {
		s.Tasks = append(s.Tasks, TaskState{0, task.state, id, task.trace, version})
	}
	return s
}

// TaskStatus is how a task is.
func (w *Worker) TaskStatus(name string, task int) (TaskState, error) {
	if status, err := w.Status(name); err == nil {
		for _, t := range status.Tasks {
			if t.ID == task {
				return t, nil
			}
		}
	}
	return TaskState{}, refused(http.StatusNotFound, "No status found for task %s-%d", name, task)
}

// Topics are those that a connector has written to.
func (w *Worker) Topics(name string) []string { return w.store.Status.Topics(name) }

// ResetTopics forgets them.
func (w *Worker) ResetTopics(name string) { w.store.Status.ResetTopics(name) }

// Offsets are a connector's committed positions.
func (w *Worker) Offsets(ctx context.Context, name string) (Offsets, error) {
	c := w.find(name)
	if c == nil {
		return Offsets{}, missing(name)
	}
	offsets, err := w.store.Offsets.Of(ctx, c.offsetsTopic(), name)
	if offsets == nil {
		offsets = []storage.Offset{}
	}
	return Offsets{offsets}, err
}

func (c *connector) offsetsTopic() string {
	if topic := c.config["offsets.storage.topic"]; topic != "" {
		return topic
	}
	return c.worker.store.Offsets.Topic()
}
