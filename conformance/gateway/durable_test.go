package gateway

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weftmesh/weft/internal/eventually"
)

// TestAKilledEnginesJobsGoOnFromTheirLastCheckpoint kills the program twice while a job copies numbered rows to files:
// each number is there once in the end.
func TestAKilledEnginesJobsGoOnFromTheirLastCheckpoint(t *testing.T) {
	t.Parallel()
	const rows = 300
	data, out := t.TempDir(), filepath.Join(t.TempDir(), "out")
	p := startWeft(t, data)
	s := p.open(t, map[string]string{"execution.checkpointing.interval": "50 ms", "parallelism.default": "1"})
	s.run(fmt.Sprintf("CREATE TABLE numbers (n INT) WITH ('connector' = 'datagen', 'rows-per-second' = '100', 'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '%d')", rows), "JSON")
	s.run("CREATE TABLE files (n INT) WITH ('connector' = 'filesystem', 'path' = '"+out+"', 'format' = 'json')", "JSON")
	submitted := time.Now()
	job := s.run("INSERT INTO files SELECT n FROM numbers", "JSON").job
	if job == "" {
		t.Fatal("the INSERT gave no job")
	}
	t.Logf("the job was started within %s of the request", time.Since(submitted).Round(time.Millisecond))
	c := &chronicle{t: t, target: p.target}
	for range 2 {
		c.await(job, "RUNNING")
		before := len(numbers(t, out))
		eventually.Eventually(t, 20*time.Second, "some rows to be written", func() error {
			if n := len(numbers(t, out)); n <= before {
				return fmt.Errorf("there are %d", n)
			}
			return nil
		})
		p.kill()
		p = startWeft(t, data)
		c = &chronicle{t: t, target: p.target}
		eventually.Eventually(t, 20*time.Second, "the job to go on", func() error {
			r := ask(t, http.MethodGet, p.rest+"/jobs/"+job+"/checkpoints", nil)
			if restored, _ := r.field("counts", "restored").(float64); restored != 1 {
				return fmt.Errorf("its checkpoints are %v", r)
			}
			return nil
		})
	}
	c.await(job, "FINISHED")
	got := numbers(t, out)
	slices.Sort(got)
	want := make([]int, rows)
	for i := range want {
		want[i] = i + 1
	}
	if !slices.Equal(got, want) {
		t.Errorf("%d rows are in the files, want each of 1 to %d once: %v", len(got), rows, got)
	}
	p.kill()
	p = startWeft(t, data)
	if r := ask(t, http.MethodGet, p.rest+"/jobs/"+job, nil); r.Status != http.StatusNotFound {
		t.Errorf("a job that had finished is there again: %v", r)
	}
}

// numbers are those in the files that a reader of the folder sees.
func numbers(t testing.TB, dir string) []int {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "[^._]*"))
	if err != nil {
		t.Fatal(err)
	}
	var all []int
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // it was renamed meanwhile
		}
		for line := range strings.Lines(string(text)) {
			var row struct{ N int }
			if err := json.Unmarshal([]byte(line), &row); err != nil {
				t.Fatalf("%s has the line %q: %v", name, line, err)
			}
			all = append(all, row.N)
		}
	}
	return all
}
