package cli

import (
	"encoding/json"
	"os"

	"github.com/weftmesh/weft/internal/plans"
)

// planFile is a plan as it is kept: with the files that it was made from, so that apply makes what was reviewed.
type planFile struct {
	Plan    plans.Plan  `json:"plan"`
	Request PlanRequest `json:"request"`
}

func writePlan(name string, plan plans.Plan, request PlanRequest) error {
	request.Hash = plan.Hash
	text, err := json.MarshalIndent(planFile{plan, request}, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(name, append(text, '\n'), 0o600)
}

// readPlan reads a plan that was kept, and refuses one that was altered since. (Invariant 4: what was reviewed is what
// is applied.)
func readPlan(name string) (planFile, error) {
	var file planFile
	text, err := os.ReadFile(name)
	if err != nil {
		return file, usagef("%v", err)
	}
	if err := json.Unmarshal(text, &file); err != nil || file.Plan.Hash == "" {
		return file, usagef("%s is not a plan that `weft plan --out` wrote", name)
	}
	if file.Plan.Format != plans.Format {
		return file, usagef("%s was written by another version of Weft (format %d, here %d); plan again", name, file.Plan.Format, plans.Format)
	}
	if file.Plan.Sealed().Hash != file.Plan.Hash || file.Request.Hash != file.Plan.Hash {
		return file, usagef("%s is not as `weft plan --out` wrote it: its hash %s no longer fits; plan again", name, file.Plan.Hash)
	}
	return file, nil
}
