package plans

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/captures"
	"github.com/weftmesh/weft/internal/resources"
)

// positions are the settings of a connector that its position hangs on: with another value it would read all tables
// anew, or miss what happened in between.
var positions = []string{"connector.class", "database.dbname", "topic.prefix", "slot.name"}

// kept are settings that a connector keeps which was made by someone else and adopted.
var kept = append([]string{"publication.name"}, positions...)

// connector plans a connector. One that exists keeps its position unless a snapshot is asked for.
func (d *differ) connector(r resources.Resource, seen resources.Observed, owned bool) {
	adopted := d.Adopt[r.Addr] && !owned || d.Owned[r.Addr].Adopted
	if seen.Exists() && adopted {
		r = keeping(r, seen)
	}
	changed := attributes(r, seen)
	moved := slices.IndexFunc(changed, func(a AttributeChange) bool {
		return slices.Contains(positions, strings.TrimPrefix(a.Name, resources.ConfigPrefix)) && a.Old != ""
	})
	switch {
	case !seen.Exists():
		d.change(Create, r, seen, changed)
	case !owned && !adopted:
		d.problem(r, RuleUnowned, fmt.Sprintf("%s exists, and Weft did not make it", r.Addr),
			fmt.Sprintf("Take it over with --adopt %s: it keeps its position; or read its topic as it is with source: {topic: {name: TOPIC, format: debezium-avro}}.", r.Addr))
	case moved >= 0 && !d.AllowDelete[r.Addr]:
		a := changed[moved]
		d.pend(r.Addr, r.Domain, r.Product, Replace, fmt.Sprintf("%s %s -> %s: the connector's position is kept under it, so it would be made anew and read all its tables from the beginning",
			strings.TrimPrefix(a.Name, resources.ConfigPrefix), a.Old, a.New))
	case moved >= 0:
		d.change(Replace, r, seen, changed)
	default:
		d.existing(r, seen, owned)
	}
}

// keeping gives the connector with the settings that hold its position as they are.
func keeping(r resources.Resource, seen resources.Observed) resources.Resource {
	c := *r.Connector
	c.Config, r.Attributes = maps.Clone(c.Config), maps.Clone(r.Attributes)
	for _, key := range kept {
		if value, there := seen.Attributes[resources.ConfigPrefix+key]; there {
			c.Config[key] = value
			r.Attributes[resources.ConfigPrefix+key] = resources.Value{Text: captures.Shown(key, value), From: "as it was adopted"}
		}
	}
	r.Connector = &c
	return r
}
