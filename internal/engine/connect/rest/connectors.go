package rest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/weftmesh/weft/internal/engine/connect/storage"
	"github.com/weftmesh/weft/internal/engine/connect/worker"
)

func (a *api) root(r *http.Request) (int, any, error) {
	cluster, err := a.worker.Cluster(r.Context())
	return http.StatusOK, map[string]string{"version": Version, "commit": a.commit, "kafka_cluster_id": cluster}, err
}

// health says that the worker has started (KIP-1017).
func (a *api) health(*http.Request) (int, any, error) {
	return http.StatusOK, map[string]string{"status": "healthy", "message": "Worker has completed startup and is ready to handle requests."}, nil
}

// list gives names, or with ?expand=status and ?expand=info (KIP-465) what there is to say of each.
func (a *api) list(r *http.Request) (int, any, error) {
	names := a.worker.Names()
	query := r.URL.Query()
	if !query.Has("expand") {
		return http.StatusOK, names, nil
	}
	all := map[string]map[string]any{}
	for _, name := range names {
		one := map[string]any{}
		if slices.Contains(query["expand"], "status") {
			status, err := a.worker.Status(name)
			if err != nil {
				continue // it was taken away meanwhile
			}
			one["status"] = status
		}
		if slices.Contains(query["expand"], "info") {
			info, err := a.worker.Info(name)
			if err != nil {
				continue
			}
			one["info"] = info
		}
		all[name] = one
	}
	return http.StatusOK, all, nil
}

// values are the values of a configuration: JSON texts, and other scalars as their text, as Jackson reads a Map<String, String>.
type values map[string]*string

func (v *values) UnmarshalJSON(text []byte) error {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(text, &raw); err != nil {
		return err
	}
	*v = values{}
	for key, value := range raw {
		switch value[0] {
		case '"':
			var s string
			if err := json.Unmarshal(value, &s); err != nil {
				return err
			}
			(*v)[key] = &s
		case '{', '[':
			return fmt.Errorf("the value of %q is no text", key)
		case 'n':
			(*v)[key] = nil
		default:
			s := string(value)
			(*v)[key] = &s
		}
	}
	return nil
}

// config are the values without those that are null.
func (v values) config() map[string]string {
	config := map[string]string{}
	for key, value := range v {
		if value != nil {
			config[key] = *value
		}
	}
	return config
}

// creation is the body of POST /connectors (CreateConnectorRequest).
type creation struct {
	Name         *string `json:"name"`
	Config       *values `json:"config"`
	InitialState *string `json:"initial_state"`
}

func (a *api) create(r *http.Request) (int, any, error) {
	var request creation
	if err := body(r, &request); err != nil {
		return 0, nil, err
	}
	if request.Config == nil {
		return 0, nil, worker.Refusal{Status: http.StatusInternalServerError, Message: "The request has no config."}
	}
	target, err := initial(request.InitialState)
	if err != nil {
		return 0, nil, err
	}
	name := ""
	if request.Name != nil {
		name = strings.TrimSpace(*request.Name)
	}
	config := request.Config.config()
	if err := named(name, config); err != nil {
		return 0, nil, err
	}
	info, _, err := a.worker.Put(r.Context(), name, config, target, false)
	return http.StatusCreated, info, err
}

func initial(state *string) (storage.Target, error) {
	if state == nil {
		return "", nil
	}
	switch strings.ToUpper(*state) {
	case "RUNNING":
		return storage.Started, nil
	case "PAUSED":
		return storage.Paused, nil
	case "STOPPED":
		return storage.Stopped, nil
	}
	return "", worker.Refusal{Status: http.StatusInternalServerError, Message: fmt.Sprintf("initial_state is RUNNING, PAUSED or STOPPED, not %q.", *state)}
}

// named puts the connector's name into its configuration, or compares it with the one that is there.
func named(name string, config map[string]string) error {
	if included, has := config["name"]; has && included != name {
		return worker.Refusal{Status: http.StatusBadRequest, Message: fmt.Sprintf("Connector name configuration (%s) doesn't match connector name in the URL (%s)", included, name)}
	}
	config["name"] = name
	return nil
}

func (a *api) info(r *http.Request) (int, any, error) {
	info, err := a.worker.Info(r.PathValue("name"))
	return http.StatusOK, info, err
}

func (a *api) remove(r *http.Request) (int, any, error) {
	return http.StatusNoContent, nil, a.worker.Delete(r.Context(), r.PathValue("name"))
}

func (a *api) config(r *http.Request) (int, any, error) {
	info, err := a.worker.Info(r.PathValue("name"))
	return http.StatusOK, info.Config, err
}

func (a *api) configure(r *http.Request) (int, any, error) {
	var given values
	if err := body(r, &given); err != nil {
		return 0, nil, err
	}
	name, config := r.PathValue("name"), given.config()
	if err := named(name, config); err != nil {
		return 0, nil, err
	}
	info, created, err := a.worker.Put(r.Context(), name, config, "", true)
	if created {
		return http.StatusCreated, info, err
	}
	return http.StatusOK, info, err
}

func (a *api) patch(r *http.Request) (int, any, error) {
	var patch values
	if err := body(r, &patch); err != nil {
		return 0, nil, err
	}
	info, err := a.worker.Patch(r.Context(), r.PathValue("name"), patch)
	return http.StatusOK, info, err
}

func (a *api) status(r *http.Request) (int, any, error) {
	status, err := a.worker.Status(r.PathValue("name"))
	return http.StatusOK, status, err
}

func (a *api) tasks(r *http.Request) (int, any, error) {
	tasks, err := a.worker.Tasks(r.PathValue("name"))
	return http.StatusOK, tasks, err
}

func (a *api) taskStatus(r *http.Request) (int, any, error) {
	id, err := strconv.Atoi(r.PathValue("id"))
	if err != nil {
		return noSuchPath(r)
	}
	status, err := a.worker.TaskStatus(r.PathValue("name"), id)
	return http.StatusOK, status, err
}

func (a *api) restartTask(r *http.Request) (int, any, error) {
	id, err := strconv.Atoi(r.PathValue("id"))
	if err != nil {
		return noSuchPath(r)
	}
	return http.StatusNoContent, nil, a.worker.RestartTask(r.PathValue("name"), id)
}

// restart answers with a status if tasks are asked for or failed ones alone, and with nothing otherwise (KIP-745).
func (a *api) restart(r *http.Request) (int, any, error) {
	query := r.URL.Query()
	tasks, onlyFailed := strings.EqualFold(query.Get("includeTasks"), "true"), strings.EqualFold(query.Get("onlyFailed"), "true")
	status, err := a.worker.Restart(r.PathValue("name"), tasks, onlyFailed)
	if !tasks && !onlyFailed {
		return http.StatusNoContent, nil, err
	}
	return http.StatusAccepted, status, err
}

func (a *api) pause(r *http.Request) (int, any, error) {
	return http.StatusAccepted, nil, a.worker.Aim(r.Context(), r.PathValue("name"), storage.Paused)
}

func (a *api) resume(r *http.Request) (int, any, error) {
	return http.StatusAccepted, nil, a.worker.Aim(r.Context(), r.PathValue("name"), storage.Started)
}

func (a *api) stop(r *http.Request) (int, any, error) {
	return http.StatusNoContent, nil, a.worker.Aim(r.Context(), r.PathValue("name"), storage.Stopped)
}

func (a *api) topics(r *http.Request) (int, any, error) {
	name := r.PathValue("name")
	return http.StatusOK, map[string]any{name: map[string]any{"topics": a.worker.Topics(name)}}, nil
}

func (a *api) resetTopics(r *http.Request) (int, any, error) {
	a.worker.ResetTopics(r.PathValue("name"))
	return http.StatusAccepted, nil, nil
}

func (a *api) offsets(r *http.Request) (int, any, error) {
	offsets, err := a.worker.Offsets(r.Context(), r.PathValue("name"))
	return http.StatusOK, offsets, err
}

func (a *api) alterOffsets(r *http.Request) (int, any, error) {
	var request struct {
		Offsets []struct {
			Partition map[string]json.RawMessage `json:"partition"`
			Offset    map[string]json.RawMessage `json:"offset"`
		} `json:"offsets"`
	}
	if err := body(r, &request); err != nil {
		return 0, nil, err
	}
	var offsets []storage.Offset
	for _, o := range request.Offsets {
		if o.Partition == nil {
			return 0, nil, worker.Refusal{Status: http.StatusBadRequest, Message: "The partition for a connector offset cannot be null or missing"}
		}
		one := storage.Offset{}
		one.Partition, _ = json.Marshal(o.Partition) // they were JSON
		if o.Offset != nil {
			one.Offset, _ = json.Marshal(o.Offset)
		}
		offsets = append(offsets, one)
	}
	message, err := a.worker.AlterOffsets(r.Context(), r.PathValue("name"), offsets)
	return http.StatusOK, message, err
}

func (a *api) resetOffsets(r *http.Request) (int, any, error) {
	message, err := a.worker.ResetOffsets(r.Context(), r.PathValue("name"))
	return http.StatusOK, message, err
}
