// Package nexmark holds the embedded engine's answers to Nexmark's queries against Flink's.
package nexmark_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weftmesh/weft/bench/nexmark"
	"github.com/weftmesh/weft/internal/engine/flink"
	"github.com/weftmesh/weft/internal/rows"
)

const (
	seed   = 1
	events = 100_000
)

// answer is a result as a bag of rows, folded from its changes.
type answer map[string]int

func (a answer) change(kind, row string) {
	if kind == "+I" || kind == "+U" {
		a[row]++
	} else {
		a[row]--
	}
	if a[row] == 0 {
		delete(a, row)
	}
}

// upserts are the queries of which Flink's changes leave out what an update replaces: the row with the same first column.
var upserts = map[string]bool{"q9": true}

// fold takes a change of a query's result in; last has, of upserts, the rows by their keys.
func (a answer) fold(name, kind, row string, last map[string]string) {
	if upserts[name] {
		key, _, _ := strings.Cut(row, "\t")
		if before, there := last[key]; there && kind == "+U" {
			a.change("-U", before)
		}
		last[key] = row
	}
	a.change(kind, row)
}

// short are the queries that are always asked: windows, joins, ranks and groups of several kinds.
var short = []string{"q4", "q5", "q9", "q18"}

// TestBothEnginesGiveTheSameRowsForNexmark asks a few queries, all of them with WEFT_PROVE=1, or those that the variable
// NEXMARK lists.
func TestBothEnginesGiveTheSameRowsForNexmark(t *testing.T) {
	names := short
	if os.Getenv("WEFT_PROVE") == "1" {
		names = nexmark.Names
	}
	if some := os.Getenv("NEXMARK"); some != "" {
		names = strings.Split(some, ",")
	}
	theirs := flinks(t, names)
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			ours := embedded(t, name)
			if len(theirs[name]) == 0 {
				t.Fatal("Flink gives no rows")
			}
			differ := 0
			for row, n := range theirs[name] {
				if ours[row] != n {
					if differ++; differ <= 3 {
						t.Errorf("Flink has %d times, we %d: %s", n, ours[row], row)
					}
				}
			}
			for row, n := range ours {
				if theirs[name][row] == 0 {
					if differ++; differ <= 6 {
						t.Errorf("only we have, %d times: %s", n, row)
					}
				}
			}
			t.Logf("%d rows, %d of them differ", len(theirs[name]), differ)
		})
	}
}

func flinks(t *testing.T, names []string) map[string]answer {
	t.Helper()
	dir := t.TempDir()
	var runs []nexmark.Run
	for _, name := range names {
		runs = append(runs, nexmark.Run{Name: name, Events: events})
	}
	args, err := nexmark.Command(dir, nexmark.Flink(t), runs, seed, true)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "java", args...)
	var problems strings.Builder
	cmd.Stderr = &problems
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	all, of, last := map[string]answer{}, "", map[string]string{}
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if script, begins := strings.CutPrefix(lines.Text(), "= "); begins {
			of, _, _ = strings.Cut(filepath.Base(script), "-")
			all[of], last = answer{}, map[string]string{}
			continue
		}
		kind, row, _ := strings.Cut(lines.Text(), "\t")
		all[of].fold(of, kind, row, last)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("Flink: %v\n%s", err, problems.String())
	}
	return all
}

func embedded(t *testing.T, name string) answer {
	t.Helper()
	e, err := nexmark.NewEmbedded(t.Context(), t.TempDir(), name, seed, events)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	a := answer{}
	err = e.Collect(t.Context(), func(of *flink.Result, row flink.Row) {
		texts := make([]string, len(row.Values))
		for i, v := range row.Values {
			texts[i] = fmt.Sprint(v)
			switch v := v.(type) {
			case nil:
				texts[i] = "null"
			case rows.Num:
				texts[i] = string(v.Append(nil, of.Columns[i].Type.Scale))
			}
		}
		a.change(row.Change.String(), strings.Join(texts, "\t"))
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}
