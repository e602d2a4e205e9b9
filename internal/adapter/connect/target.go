package connect

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"sync"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/captures"
	"github.com/weftmesh/weft/internal/plans"
	"github.com/weftmesh/weft/internal/reconcile"
	"github.com/weftmesh/weft/internal/resources"
)

var _ reconcile.Target = (*Connectors)(nil)

// Read gives connectors as they are: each setting, with passwords hidden, and the state.
func (t *Connectors) Read(ctx context.Context, names []string) ([]resources.Observed, error) {
	if len(names) == 0 {
		return nil, nil
	}
	connectors, err := t.all(ctx)
	if err != nil {
		return nil, err
	}
	var all []resources.Observed
	for _, name := range names {
		if c, there := connectors[name]; there {
			all = append(all, observed(name, c))
		}
	}
	return all, nil
}

func observed(name string, c found) resources.Observed {
	o := resources.Observed{Addr: addrs.Resource{Kind: addrs.KindConnector, Name: name}, Attributes: map[string]string{resources.State: c.Status.state()}}
	for key, value := range c.Info.Config {
		if key != "name" {
			o.Attributes[resources.ConfigPrefix+key] = captures.Shown(key, value)
		}
	}
	return o
}

// atOnce bounds how many connectors are changed side by side: each change makes the workers share tasks anew.
const atOnce = 4

// Apply makes, changes and ends connectors, some of them side by side.
func (t *Connectors) Apply(ctx context.Context, changes []plans.Change, done func(plans.Change, error)) {
	var all sync.WaitGroup
	slots := make(chan struct{}, atOnce)
	for _, c := range changes {
		slots <- struct{}{}
		all.Go(func() {
			done(c, t.change(ctx, c))
			<-slots
		})
	}
	all.Wait()
}

func (t *Connectors) change(ctx context.Context, c plans.Change) error {
	name := c.Addr.Name
	if c.Action == plans.Delete || c.Action == plans.Replace {
		if err := t.endAlone(ctx, name); err != nil {
			return err
		}
	}
	if c.Action == plans.Delete {
		return nil
	}
	if err := t.configure(ctx, c); err != nil {
		return err
	}
	if err := t.running(ctx, name); err != nil {
		return err
	}
	return t.snapshot(ctx, c)
}

// configure puts the configuration there, which makes a connector where there is none, and lets it run.
func (t *Connectors) configure(ctx context.Context, c plans.Change) error {
	name, config := c.Addr.Name, maps.Clone(c.Desired.Connector.Config)
	before, err := t.status(ctx, name)
	if err != nil && !answered(err, http.StatusNotFound) {
		return err
	}
	if err := t.call(ctx, http.MethodPut, path(name, "/config"), config, nil); err != nil {
		return err
	}
	switch before.state() {
	case "PAUSED", "STOPPED":
		return t.call(ctx, http.MethodPut, path(name, "/resume"), nil, nil)
	case failed:
		err := t.call(ctx, http.MethodPost, path(name, "/restart?includeTasks=true&onlyFailed=true"), nil, nil)
		if answered(err, http.StatusNotFound) { // the new configuration has started it anew, and its tasks are not there yet
			return nil
		}
		return err
	}
	return nil
}

// running waits until the connector's task works. A task that fails at once is why a change is none.
func (t *Connectors) running(ctx context.Context, name string) error {
	last := status{}
	failures := 0
	err := poll(ctx, func() (bool, error) {
		s, err := t.status(ctx, name)
		if answered(err, http.StatusNotFound) { // the worker has not read its own topic yet
			return false, nil
		}
		if last = s; err != nil {
			return false, err
		}
		if s.state() != failed {
			failures = 0
			return s.runs(), nil
		}
		failures++ // a state of before the change is told for a moment
		return failures > 5, nil
	})
	switch {
	case errors.Is(err, errPatience):
		return fmt.Errorf("the connector does not come to run within %s: it is %s", Patience, last.state())
	case err != nil:
		return err
	case last.state() == failed:
		return fmt.Errorf("the connector is there and FAILED: %s", last.cause())
	}
	return nil
}

// endAlone ends one connector after the other: Connect 4.3.1 may mix up the fencing of two whose positions are forgotten
// at once, and then answers 500 for one of them until the worker is started anew.
func (t *Connectors) endAlone(ctx context.Context, name string) error {
	t.ending.Lock()
	defer t.ending.Unlock()
	return t.end(ctx, name)
}

// end stops a connector, forgets its position (KIP-875) and deletes it, with what it leaves in the database: a slot
// that nobody reads keeps the database's log for ever.
func (t *Connectors) end(ctx context.Context, name string) error {
	var config map[string]string
	err := t.call(ctx, http.MethodGet, path(name, "/config"), nil, &config)
	if answered(err, http.StatusNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := t.call(ctx, http.MethodPut, path(name, "/stop"), nil, nil); err != nil {
		return fmt.Errorf("stop the connector: %w", err)
	}
	if err := t.stopped(ctx, name); err != nil {
		return fmt.Errorf("stop the connector: %w", err)
	}
	if err := t.forget(ctx, name); err != nil {
		return fmt.Errorf("forget the connector's position: %w", err)
	}
	if err := t.call(ctx, http.MethodDelete, path(name, ""), nil, nil); err != nil && !answered(err, http.StatusNotFound) {
		return fmt.Errorf("delete the connector: %w", err)
	}
	if t.config.Release == nil {
		return nil
	}
	if err := t.config.Release(ctx, config); err != nil {
		return fmt.Errorf("the connector is deleted, and what it used in the database is not: %w", err)
	}
	return nil
}

// forget deletes the position. A worker that fences what another left behind (exactly once, KIP-618) may answer 500 while
// it is about it.
func (t *Connectors) forget(ctx context.Context, name string) error {
	tries := 0
	return poll(ctx, func() (bool, error) {
		err := t.call(ctx, http.MethodDelete, path(name, "/offsets"), nil, nil)
		if tries++; answered(err, http.StatusInternalServerError) && tries < 8 {
			return false, nil
		}
		if answered(err, http.StatusNotFound) {
			err = nil
		}
		return true, err
	})
}

func (t *Connectors) stopped(ctx context.Context, name string) error {
	return poll(ctx, func() (bool, error) {
		s, err := t.status(ctx, name)
		return s.Connector.State == "STOPPED" && len(s.Tasks) == 0, err
	})
}
