package connect

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/weftmesh/weft/internal/captures"
	"github.com/weftmesh/weft/internal/plans"
	"github.com/weftmesh/weft/internal/resources"
)

// signal asks a Debezium connector for an ad hoc snapshot (Debezium: Signalling, execute-snapshot).
type signal struct {
	ID   string `json:"id"`
	Type string `json:"type"`
	Data struct {
		Type   string   `json:"type"`
		Tables []string `json:"data-collections"`
	} `json:"data"`
}

// snapshot asks a connector that runs for the rows of the tables that are new to it, or of which other columns count, read in pieces between the
// changes; a new connector reads all of its tables by itself. The signal stays in its topic until the connector has
// taken it, so it can be asked for while the connector is down.
func (t *Connectors) snapshot(ctx context.Context, c plans.Change) error {
	tables := added(c)
	if len(tables) == 0 || t.config.Signal == nil {
		return nil
	}
	s := signal{ID: "weft-" + c.Seen, Type: "execute-snapshot"}
	s.Data.Type, s.Data.Tables = "INCREMENTAL", tables
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if err := t.config.Signal(ctx, string(c.Desired.Connector.Signals), c.Desired.Connector.Config["topic.prefix"], text); err != nil {
		return fmt.Errorf("ask the connector for the rows of %s: %w", strings.Join(tables, ", "), err)
	}
	return nil
}

// added are the tables whose rows a change asks for, of a connector that had read others before.
func added(c plans.Change) []string {
	for _, a := range c.Attributes {
		if a.Name != resources.Snapshot || c.Action == plans.Replace || c.Action == plans.Create && a.Old == "" {
			continue
		}
		return captures.Unread(a.Old, a.New)
	}
	return nil
}
