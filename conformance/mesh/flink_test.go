package mesh_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weftmesh/weft/internal/runfile"
)

// TestUpRunsTheStreamProcessor: up.json names its two addresses, and its data lies in that of the mesh.
func TestUpRunsTheStreamProcessor(t *testing.T) {
	dir := small(t, "")
	serve(t, `small is up after`, upFree(dir)...)
	up, err := runfile.Read(filepath.Join(dir, runfile.Dir))
	if err != nil {
		t.Fatal(err)
	}
	for address, wanted := range map[string]string{up.FlinkGateway + "/v4/info": "Apache Flink", up.FlinkREST + "/overview": "flink-version:2.3.0"} {
		if text := get(t, address); !strings.Contains(text, wanted) {
			t.Errorf("%s says %s", address, text)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, runfile.Dir, "flink", "lock")); err != nil {
		t.Errorf("its data is not in the mesh's: %v", err)
	}
}

func get(t *testing.T, address string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var body any
	if err := json.NewDecoder(response.Body).Decode(&body); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(body)
}
