package plans_test

import (
	"strings"
	"testing"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/plans"
	"github.com/weftmesh/weft/internal/resources"
)

var (
	product = addrs.Product{Domain: "shop", Name: "copy-events", Major: 1}
	addr    = addrs.Resource{Kind: addrs.KindJob, Name: product.String()}
)

// What becomes of a job follows from what is there, and from what the contract says of changes.
func TestWhereAJobBeginsFollowsFromWhatIsThere(t *testing.T) {
	running := map[string]string{resources.JobPlan: "new", resources.JobState: "RUNNING"}
	other := map[string]string{resources.JobPlan: "old", resources.JobState: "RUNNING"}
	failed := map[string]string{resources.JobPlan: "new", resources.JobState: "FAILED"}
	slower := map[string]string{resources.JobPlan: "new", resources.JobState: "RUNNING", resources.CheckpointInterval: "9 ms"}
	moved := map[string]string{resources.JobPlan: "new", resources.JobState: "RUNNING", resources.JobConnection: "old"}
	for _, c := range []struct {
		name   string
		seen   map[string]string
		owned  bool
		state  bool // kind: state
		change string
		allow  bool
		want   string
	}{
		{"a new job reads its inputs from the beginning", nil, false, false, "", false, "create start"},
		{"a lost job goes on where it was", nil, true, false, "", false, "create offsets"},
		{"a lost job of a state is made anew from the beginning", nil, true, true, "", false, "create start"},
		{"a job that runs as wanted is left alone", running, true, false, "", false, "nothing"},
		{"a job that failed goes on from its last checkpoint", failed, true, false, "", false, "update offsets"},
		{"other settings restart a job from its savepoint", slower, true, false, "", false, "update state"},
		{"a job whose Kafka has moved goes on from its last checkpoint", moved, true, false, "", false, "update offsets"},
		{"another SQL of events waits for leave to give all rows again", other, true, false, "", false, "pending"},
		{"with leave it gives all rows again", other, true, false, "replay", true, "replace start"},
		{"another SQL of events can go on from now", other, true, false, "from-now", false, "update now"},
		{"another SQL of a state writes each key anew", other, true, true, "replay", false, "update start"},
		{"another SQL is refused where a new major version is asked for", other, true, false, "new-major", false, "problem job-on-change"},
		{"a job that Weft did not start is not touched", other, false, false, "", false, "problem unowned-resource"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := resources.Resource{
				Addr: addr, Domain: "shop", Product: product, Job: &resources.Job{OnChange: c.change, Events: !c.state},
				Attributes: map[string]resources.Value{resources.JobPlan: {Text: "new"}, resources.JobState: {Text: resources.Running}},
			}
			if _, has := c.seen[resources.CheckpointInterval]; has {
				r.Attributes[resources.CheckpointInterval] = resources.Value{Text: "5 ms"}
			}
			if _, has := c.seen[resources.JobConnection]; has {
				r.Attributes[resources.JobConnection] = resources.Value{Text: "new"}
			}
			comparison := plans.Comparison{
				Desired: resources.Graph{Resources: []resources.Resource{r}}, Observed: map[addrs.Resource]resources.Observed{}, Owned: map[addrs.Resource]plans.Owner{},
				Domains: func(string) bool { return true }, AllowDelete: map[addrs.Resource]bool{addr: c.allow},
			}
			if c.seen != nil {
				comparison.Observed[addr] = resources.Observed{Addr: addr, Attributes: c.seen}
			}
			if c.owned {
				comparison.Owned[addr] = plans.Owner{Domain: "shop", Product: product}
			}
			if got := told(plans.Diff(comparison)); got != c.want {
				t.Errorf("the plan is %q, want %q", got, c.want)
			}
			if r.Job.From != "" {
				t.Error("planning changed what is desired")
			}
		})
	}
}

func told(p plans.Plan) string {
	switch {
	case len(p.Problems) > 0:
		return "problem " + p.Problems[0].Rule
	case len(p.Pending) > 0:
		return "pending"
	case len(p.Changes) == 0:
		return "nothing"
	}
	c := p.Changes[0]
	return string(c.Action) + " " + string(c.Desired.Job.From)
}

func TestAJobThatNoContractWantsWaitsForLeave(t *testing.T) {
	comparison := plans.Comparison{
		Observed: map[addrs.Resource]resources.Observed{addr: {Addr: addr, Attributes: map[string]string{resources.JobPlan: "old"}}},
		Owned:    map[addrs.Resource]plans.Owner{addr: {Domain: "shop", Product: product}}, Domains: func(string) bool { return true },
	}
	if p := plans.Diff(comparison); len(p.Pending) != 1 || !strings.Contains(p.Pending[0].Addr.String(), "job/shop/copy-events/v1") {
		t.Errorf("the plan is %+v", p)
	}
	comparison.AllowDelete = map[addrs.Resource]bool{addr: true}
	if p := plans.Diff(comparison); len(p.Changes) != 1 || p.Changes[0].Action != plans.Delete {
		t.Errorf("with leave the plan is %+v", p)
	}
}

func TestJobsComeAfterWhatTheyNeed(t *testing.T) {
	for _, before := range []addrs.Resource{{Kind: addrs.KindTopic, Name: "z"}, {Kind: addrs.KindSubject, Name: "z"}} {
		if before.Compare(addr) >= 0 || addr.Compare(before) <= 0 {
			t.Errorf("%s does not come before %s", before, addr)
		}
	}
}
