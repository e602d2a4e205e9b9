package connect

import (
	"context"
	"net/http"
	"slices"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/observe"
	"github.com/weftmesh/weft/internal/resources"
	"github.com/weftmesh/weft/internal/traces"
)

var _ observe.Connectors = (*Connectors)(nil)

// found is a connector as Connect tells of it.
type found struct {
	Info struct {
		Config map[string]string `json:"config"`
	} `json:"info"`
	Status status `json:"status"`
}

// status is how a connector and its tasks are.
type status struct {
	Connector part   `json:"connector"`
	Tasks     []part `json:"tasks"`
}

type part struct {
	State string `json:"state"`
	Trace string `json:"trace"`
}

// all lists the connectors with their configurations and states, in one request (KIP-465).
func (t *Connectors) all(ctx context.Context) (map[string]found, error) {
	var answer map[string]found
	err := t.call(ctx, http.MethodGet, "/connectors?expand=status&expand=info", nil, &answer)
	return answer, err
}

// States that Connect has beside RUNNING, PAUSED and STOPPED: a connector is on its way between workers, or has failed.
const (
	unassigned = "UNASSIGNED"
	restarting = "RESTARTING"
	failed     = "FAILED"
)

// state is the worst of a connector and its tasks. One that is on its way counts as running: it was told to.
func (s status) state() string {
	parts := append([]part{s.Connector}, s.Tasks...)
	if slices.ContainsFunc(parts, func(p part) bool { return p.State == failed }) {
		return failed
	}
	if s.Connector.State == unassigned || s.Connector.State == restarting {
		return resources.Running
	}
	return s.Connector.State
}

// runs reports whether a task works.
func (s status) runs() bool {
	return s.Connector.State == resources.Running && len(s.Tasks) > 0 && !slices.ContainsFunc(s.Tasks, func(p part) bool { return p.State != resources.Running })
}

// cause is why a connector failed, shortened.
func (s status) cause() string {
	for _, p := range append(slices.Clone(s.Tasks), s.Connector) {
		if p.State == failed && p.Trace != "" {
			return traces.Cause(p.Trace)
		}
	}
	return ""
}

// Status says of all connectors how they are.
func (t *Connectors) Status(ctx context.Context) (map[addrs.Connector]observe.Connector, error) {
	connectors, err := t.all(ctx)
	if err != nil {
		return nil, err
	}
	all := map[addrs.Connector]observe.Connector{}
	for name, c := range connectors {
		all[addrs.Connector(name)] = observe.Connector{Name: addrs.Connector(name), State: c.Status.state(), Tasks: len(c.Status.Tasks), Cause: c.Status.cause()}
	}
	return all, nil
}

func (t *Connectors) status(ctx context.Context, name string) (status, error) {
	var s status
	err := t.call(ctx, http.MethodGet, path(name, "/status"), nil, &s)
	return s, err
}
