package cli

import (
	"os"
	"path/filepath"
	"testing"
)

// Whatever a plan's file holds, it is a plan that was kept, or refused as a mistake of whoever names it.
func FuzzPlanFile(f *testing.F) {
	f.Add([]byte(`{"plan":{"format":1,"hash":"abc"},"request":{"files":{}}}`))
	f.Add([]byte(`{"plan":null}`))
	f.Add([]byte(`{"plan":{"hash":"x","changes":[{"address":"topic"}]}}`))
	f.Add([]byte(``))
	name := filepath.Join(f.TempDir(), "plan.json")
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if file, err := readPlan(name); err != nil && !isUsage(err) || err == nil && file.Plan.Hash == "" {
			t.Errorf("read as %+v, %v", file, err)
		}
	})
}
