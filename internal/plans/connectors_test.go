package plans_test

import (
	"strings"
	"testing"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/plans"
	"github.com/weftmesh/weft/internal/resources"
)

var connectorAddr = addrs.Resource{Kind: addrs.KindConnector, Name: "shop-crm-db"}

// wanted is a connector as contracts call for it.
func wanted() resources.Resource {
	config := map[string]string{"topic.prefix": "shop-crm-db", "slot.name": "weft_shop", "publication.name": "weft_shop", "table.include.list": "public.a"}
	r := resources.Resource{
		Addr: connectorAddr, Domain: "crm", Product: product, Connector: &resources.Connector{Config: config, Products: []addrs.Product{product}},
		Attributes: map[string]resources.Value{resources.State: {Text: resources.Running}, resources.Snapshot: {Text: "public.a"}},
	}
	for key, value := range config {
		r.Attributes[resources.ConfigPrefix+key] = resources.Value{Text: value}
	}
	return r
}

// What becomes of a connector follows from what is there: its position is kept, whoever made it.
func TestAConnectorKeepsItsPosition(t *testing.T) {
	as := func(changes ...string) map[string]string {
		seen := map[string]string{}
		for name, value := range wanted().Attributes {
			seen[name] = value.Text
		}
		for i := 0; i < len(changes); i += 2 {
			seen[changes[i]] = changes[i+1]
		}
		return seen
	}
	others := as("config.slot.name", "debezium", "config.topic.prefix", "legacy", "config.publication.name", "dbz", "config.table.include.list", "public.b")
	for _, c := range []struct {
		name  string
		seen  map[string]string
		owner *plans.Owner
		adopt bool
		allow bool
		want  string
		slot  string // that is configured
	}{
		{"none is there", nil, nil, false, false, "create", "weft_shop"},
		{"one that was deleted is made again", nil, &plans.Owner{}, false, false, "create", "weft_shop"},
		{"one that is as wanted is left alone", as(), &plans.Owner{}, false, false, "nothing", ""},
		{"one that is paused goes on", as("state", "PAUSED"), &plans.Owner{}, false, false, "update state", "weft_shop"},
		{"one that was edited is mended", as("config.table.include.list", "public.b"), &plans.Owner{}, false, false, "update config.table.include.list", "weft_shop"},
		{"a setting that nobody asked for is taken away", as("config.max.batch.size", "1"), &plans.Owner{}, false, false, "update config.max.batch.size", "weft_shop"},
		{"another slot waits for leave", as("config.slot.name", "old"), &plans.Owner{}, false, false, "pending", ""},
		{"with leave it is made anew", as("config.slot.name", "old"), &plans.Owner{}, false, true, "replace config.slot.name", "weft_shop"},
		{"another's is not touched", others, nil, false, false, "problem unowned-resource", ""},
		{"one that is adopted keeps its slot and prefix", others, nil, true, false, "adopt config.table.include.list", "debezium"},
		{"and has them still at the next plan", as("config.slot.name", "debezium"), &plans.Owner{Adopted: true}, false, false, "nothing", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			comparison := plans.Comparison{
				Desired: resources.Graph{Resources: []resources.Resource{wanted()}}, Observed: map[addrs.Resource]resources.Observed{}, Owned: map[addrs.Resource]plans.Owner{},
				Domains: func(string) bool { return true }, AllowDelete: map[addrs.Resource]bool{connectorAddr: c.allow}, Adopt: map[addrs.Resource]bool{connectorAddr: c.adopt},
			}
			if c.seen != nil {
				comparison.Observed[connectorAddr] = resources.Observed{Addr: connectorAddr, Attributes: c.seen}
			}
			if c.owner != nil {
				comparison.Owned[connectorAddr] = *c.owner
			}
			plan := plans.Diff(comparison)
			if got := toldOfConnector(plan); got != c.want {
				t.Errorf("the plan is %q, want %q", got, c.want)
			}
			if len(plan.Changes) == 1 && plan.Changes[0].Desired.Connector.Config["slot.name"] != c.slot {
				t.Errorf("its slot will be %s", plan.Changes[0].Desired.Connector.Config["slot.name"])
			}
		})
	}
}

func toldOfConnector(p plans.Plan) string {
	switch {
	case len(p.Problems) > 0:
		return "problem " + p.Problems[0].Rule
	case len(p.Pending) > 0:
		return "pending"
	case len(p.Changes) == 0:
		return "nothing"
	}
	names := []string{string(p.Changes[0].Action)}
	if p.Changes[0].Action != plans.Create {
		for _, a := range p.Changes[0].Attributes {
			names = append(names, a.Name)
		}
	}
	return strings.Join(names, " ")
}
