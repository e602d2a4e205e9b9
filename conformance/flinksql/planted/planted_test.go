package planted

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const root = "../../.."

// quick is how many bugs are planted where there is no time for all: those that the file has first.
const quick = 2

// TestEachPlantedBugIsFound builds the suite over a source with one bug in it (go test -overlay leaves the files
// themselves alone), and wants it to find answers that are not Flink's.
func TestEachPlantedBugIsFound(t *testing.T) {
	bugs := Bugs
	if os.Getenv("WEFT_PROVE") == "" {
		bugs = Bugs[:quick]
	}
	found := 0
	for _, bug := range bugs {
		t.Run(bug.Name, func(t *testing.T) {
			if wrong := differences(t, bug); wrong == 0 {
				t.Errorf("the suite does not find that %s", bug.Name)
			} else {
				found++
				t.Logf("found by %d differences", wrong)
			}
		})
	}
	t.Logf("%d of %d planted bugs are found; there are %d in all", found, len(bugs), len(Bugs))
}

// TestEachBugStandsInTheSource keeps the bugs in step with the source, also those that are not planted every time.
func TestEachBugStandsInTheSource(t *testing.T) {
	if len(Bugs) < 10 {
		t.Errorf("%d bugs, want 10 or more", len(Bugs))
	}
	for _, bug := range Bugs {
		planted(t, bug)
	}
}

// planted gives the file with the bug in it.
func planted(t *testing.T, bug Bug) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, bug.File))
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), bug.Good); n != 1 {
		t.Errorf("%s: %q stands in %s %d times, want once", bug.Name, bug.Good, bug.File, n)
	}
	return []byte(strings.Replace(string(text), bug.Good, bug.Bad, 1))
}

// differences counts what the suite says of an engine with the bug.
func differences(t *testing.T, bug Bug) int {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "planted.go")
	if err := os.WriteFile(file, planted(t, bug), 0o600); err != nil {
		t.Fatal(err)
	}
	good, err := filepath.Abs(filepath.Join(root, bug.File))
	if err != nil {
		t.Fatal(err)
	}
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {good: file}})
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(config, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	suite := exec.CommandContext(t.Context(), "go", "test", "-overlay", config, "-count=1", "-vet=off", "-buildvcs=false", "-run", "TestTheEmbeddedEngineAnswersAsFlink", "./conformance/flinksql")
	suite.Dir = root
	said, err := suite.CombinedOutput()
	if err == nil {
		return 0
	}
	if !bytes.Contains(said, []byte("--- FAIL: TestTheEmbeddedEngineAnswersAsFlink")) {
		t.Fatalf("the suite did not run: %v\n%s", err, said)
	}
	return bytes.Count(said, []byte("embedded_test.go:"))
}
