package observe

import (
	"context"
	"fmt"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/contracts"
)

// Connectors says of the connectors that capture tables how they are.
type Connectors interface {
	Status(ctx context.Context) (map[addrs.Connector]Connector, error)
}

// Connector is how the connector is that captures a product's table.
type Connector struct {
	Name  addrs.Connector `json:"name"`
	State string          `json:"state" doc:"As Kafka Connect has it: RUNNING, PAUSED, STOPPED, FAILED; ABSENT where there is none, UNKNOWN where Connect does not answer"`
	Tasks int             `json:"tasks"`
	Cause string          `json:"cause,omitempty" doc:"Why it failed, shortened"`
}

// askConnectors asks Kafka Connect, where there is one.
func (o *Observer) askConnectors(ctx context.Context) (map[addrs.Connector]Connector, error) {
	if o.config.Connectors == nil {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, jobsTimeout)
	defer cancel()
	return o.config.Connectors.Status(ctx)
}

// connectorOf is the connector of a captured product; nil where it is not captured here.
func (o *Observer) connectorOf(p contracts.Product, connectors map[addrs.Connector]Connector, err error) *Connector {
	if o.config.Connectors == nil || o.config.Captured == nil {
		return nil
	}
	name, captured := o.config.Captured(p)
	if !captured {
		return nil
	}
	if err != nil {
		return &Connector{Name: name, State: JobUnknown, Cause: err.Error()}
	}
	c, there := connectors[name]
	if !there {
		return &Connector{Name: name, State: JobAbsent}
	}
	return &c
}

// trouble says in words what keeps a connector from capturing; "" if nothing does.
func (c *Connector) trouble() string {
	switch {
	case c == nil || c.State == JobRunning || c.State == JobUnknown:
		return ""
	case c.State == JobAbsent:
		return fmt.Sprintf("its connector %s is not there; apply again to make it", c.Name)
	case c.State == "PAUSED" || c.State == "STOPPED":
		return fmt.Sprintf("its connector %s is %s; apply again to let it go on", c.Name, c.State)
	case c.Cause != "":
		return fmt.Sprintf("its connector %s is %s: %s", c.Name, c.State, c.Cause)
	}
	return fmt.Sprintf("its connector %s is %s", c.Name, c.State)
}
