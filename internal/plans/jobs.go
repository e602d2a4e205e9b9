package plans

import (
	"fmt"
	"slices"

	"github.com/weftmesh/weft/internal/resources"
)

// RuleNewMajor marks a job whose new SQL asks for a new major version.
const RuleNewMajor = "job-on-change"

// beginning says where a job starts to read, in words for who reviews the plan.
type beginning struct {
	from  resources.From
	words string
}

// Where jobs begin.
var (
	fromStart    = beginning{resources.FromStart, "the inputs from their beginning"}
	fromState    = beginning{resources.FromState, "a savepoint of itself"}
	fromOffsets  = beginning{resources.FromOffsets, "where it was: the last checkpoint that Flink still has, else the offsets of its group"}
	fromNow      = beginning{resources.FromNow, "where the old job stops (on_change: from-now): what it had not finished, such as open windows, is never given"}
	replayRows   = beginning{resources.FromStart, "the inputs from their beginning (on_change: replay): all rows are given again, beside the old ones"}
	replayLatest = beginning{resources.FromStart, "the inputs from their beginning (on_change: replay): the newest row of each key is written anew; keys that the new SQL does not give stay"}
)

// job plans a job: where it begins follows from what is there. (Invariant 4: the change says it.)
func (d *differ) job(r resources.Resource, seen resources.Observed, owned bool) {
	changed := attributes(r, seen)
	switch {
	case !seen.Exists() && owned && r.Job.Events:
		d.start(Create, r, seen, changed, fromOffsets)
	case !seen.Exists():
		d.start(Create, r, seen, changed, fromStart)
	case !owned && !d.Adopt[r.Addr]:
		d.problem(r, RuleUnowned, fmt.Sprintf("%s runs, and Weft did not start it", r.Addr), fmt.Sprintf("Take it over with --adopt %s, or cancel it.", r.Addr))
	case !owned && len(changed) == 0:
		d.change(Adopt, r, seen, changed)
	case len(changed) == 0:
		d.plan.Unchanged++
	case changes(changed, resources.JobPlan):
		d.otherPlan(r, seen, changed)
	case seen.Attributes[resources.JobState] != resources.Running || changes(changed, resources.JobConnection): // it may not reach what it would need for a savepoint
		d.start(Update, r, seen, changed, fromOffsets)
	default:
		d.start(Update, r, seen, changed, fromState)
	}
}

func changes(list []AttributeChange, name string) bool {
	return slices.ContainsFunc(list, func(a AttributeChange) bool { return a.Name == name })
}

func (d *differ) start(action Action, r resources.Resource, seen resources.Observed, changed []AttributeChange, at beginning) {
	job := *r.Job
	job.From = at.from
	r.Job = &job
	d.change(action, r, seen, append(changed, AttributeChange{Name: resources.JobStart, New: at.words}))
}

// otherPlan replaces a job by one that cannot take over its state, as on_change says.
func (d *differ) otherPlan(r resources.Resource, seen resources.Observed, changed []AttributeChange) {
	switch {
	case r.Job.OnChange == "new-major":
		d.problem(r, RuleNewMajor, fmt.Sprintf("%s: the new SQL cannot take over the job's state, and on_change is new-major", r.Addr),
			"Publish the new SQL as a new major version, or write on_change: replay or from-now.")
	case r.Job.OnChange == "from-now":
		d.start(Update, r, seen, changed, fromNow)
	case !r.Job.Events:
		d.start(Update, r, seen, changed, replayLatest)
	case d.AllowDelete[r.Addr]:
		d.start(Replace, r, seen, changed, replayRows)
	default:
		d.pend(r.Addr, r.Domain, r.Product, Replace,
			"the new SQL would read its inputs from their beginning (on_change: replay) and give all rows again, beside the old ones; on_change: from-now goes on from here")
	}
}
