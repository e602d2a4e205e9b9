package worker

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"strings"

	"github.com/weftmesh/weft/internal/engine/connect/storage"
)

// Put makes a connector, or changes it where replace allows. A target that is not empty holds from the start. It returns when
// the configuration is kept, and tells whether the connector is new.
func (w *Worker) Put(ctx context.Context, name string, config map[string]string, target storage.Target, replace bool) (Info, bool, error) {
	if err := w.judge(ctx, name, config); err != nil {
		return Info{}, false, err
	}
	w.changing.Lock()
	defer w.changing.Unlock()
	before := w.find(name)
	if before != nil && !replace {
		return Info{}, false, refused(http.StatusConflict, "Connector %s already exists", name)
	}
	if before == nil && target == "" {
		target = storage.Started
	}
	if err := w.keep(w.store.Configs.Put(ctx, name, config, target)); err != nil {
		return Info{}, false, err
	}
	w.renew(name)
	c := w.find(name)
	info := c.info()
	if before == nil {
		info.Tasks = []TaskID{} // as Connect answers before it has made them
	}
	return info, before == nil, w.describeTasks(ctx, c)
}

// describeTasks writes the tasks' configurations for a Kafka Connect that takes over.
func (w *Worker) describeTasks(ctx context.Context, c *connector) error {
	if c.target != storage.Started {
		return nil
	}
	return w.keep(w.store.Configs.Tasks(ctx, c.name, []map[string]string{c.taskConfig()}))
}

// Patch changes some keys of a configuration; nil takes a key away (KIP-477).
func (w *Worker) Patch(ctx context.Context, name string, patch map[string]*string) (Info, error) {
	c := w.find(name)
	if c == nil {
		return Info{}, missing(name)
	}
	config := maps.Clone(c.config)
	for key, value := range patch {
		if value == nil {
			delete(config, key)
		} else {
			config[key] = *value
		}
	}
	info, _, err := w.Put(ctx, name, config, "", true)
	return info, err
}

// Delete takes a connector away. Its offsets stay, as with Connect.
func (w *Worker) Delete(ctx context.Context, name string) error {
	w.changing.Lock()
	defer w.changing.Unlock()
	if w.find(name) == nil {
		return missing(name)
	}
	if err := w.keep(w.store.Configs.Delete(ctx, name)); err != nil {
		return err
	}
	w.renew(name)
	return nil
}

// Aim brings a connector to a target: started, paused, stopped.
func (w *Worker) Aim(ctx context.Context, name string, target storage.Target) error {
	w.changing.Lock()
	defer w.changing.Unlock()
	c := w.find(name)
	if c == nil {
		return unknown(name)
	}
	if c.target == target {
		return nil
	}
	if err := w.keep(w.store.Configs.Aim(ctx, name, target)); err != nil {
		return err
	}
	w.renew(name)
	return w.describeTasks(ctx, w.find(name))
}

// Restart starts a connector again that failed or is to be started with its task (KIP-745), and says how it was then.
func (w *Worker) Restart(name string, tasks, onlyFailed bool) (Status, error) {
	w.changing.Lock()
	defer w.changing.Unlock()
	c := w.find(name)
	if c == nil {
		return Status{}, refused(http.StatusNotFound, "Unknown connector: %s", name)
	}
	state, task := c.conditions()
	connectorToo := !onlyFailed || state.state == Failed
	taskToo := tasks && task != nil && (!onlyFailed || task.state == Failed)
	status := c.shown()
	if connectorToo {
		status.Connector.State, status.Connector.Trace = Restarting, ""
	}
	if taskToo {
		status.Tasks[0].State, status.Tasks[0].Trace = Restarting, ""
	}
	if c.target == storage.Started && (taskToo || connectorToo && task == nil) {
		w.renew(name)
	}
	return status, nil
}

// RestartTask starts a task again.
func (w *Worker) RestartTask(name string, task int) error {
	w.changing.Lock()
	defer w.changing.Unlock()
	c := w.find(name)
	if c == nil {
		return refused(http.StatusNotFound, "Unknown connector: %s", name)
	}
	if _, there := c.conditions(); there == nil || task != 0 {
		return refused(http.StatusNotFound, "Unknown task: %s-%d", name, task)
	}
	if c.target == storage.Started {
		w.renew(name)
	}
	return nil
}

// keep passes an error of the store on. One that another worker has taken over ends this one.
func (w *Worker) keep(err error) error {
	if errors.Is(err, storage.ErrFenced) {
		select {
		case w.failed <- err:
		default:
		}
	}
	return err
}

// judge refuses a configuration that is not valid, in Connect's words.
func (w *Worker) judge(ctx context.Context, name string, config map[string]string) error {
	if config["connector.class"] == "" {
		return refused(http.StatusBadRequest, "Connector config %s contains no connector type", java(name, config))
	}
	if w.plugin(config["connector.class"]) == nil {
		return w.noSuchClass(http.StatusBadRequest, config["connector.class"])
	}
	validation, err := w.Validate(ctx, config)
	if err != nil {
		return err
	}
	wrong := validation.Errors()
	if len(wrong) == 0 {
		return nil
	}
	return refused(http.StatusBadRequest, "Connector configuration is invalid and contains the following %d error(s):\n%s\nYou can also find the above list of errors at the endpoint `/connector-plugins/{connectorType}/config/validate`",
		len(wrong), strings.Join(wrong, "\n"))
}

func (w *Worker) noSuchClass(status int, class string) Refusal {
	return refused(status, "Failed to find any class that implements Connector and which name matches %s, available connectors are: %s",
		class, strings.Join(w.classes(), ", "))
}

// java is a map with the name alone as Java prints it. What else there is may be secret.
func java(name string, config map[string]string) string {
	if len(config) > 1 {
		return "{name=" + name + ", ...}"
	}
	return "{name=" + name + "}"
}
