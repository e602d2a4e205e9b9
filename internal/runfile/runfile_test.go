package runfile_test

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/weftmesh/weft/internal/runfile"
)

func TestAMeshIsFoundWhileItRuns(t *testing.T) {
	dir := t.TempDir()
	if _, err := runfile.Read(dir); !errors.Is(err, runfile.ErrNotRunning) {
		t.Errorf("before: %v", err)
	}
	up := runfile.Up{PID: os.Getpid(), Kafka: "127.0.0.1:9092", Registry: "http://127.0.0.1:8081", HTTP: "http://127.0.0.1:8080"}
	if err := runfile.Write(dir, up); err != nil {
		t.Fatal(err)
	}
	if got, err := runfile.Read(dir); err != nil || !reflect.DeepEqual(got, up) {
		t.Errorf("while it runs: %+v, %v", got, err)
	}
	up.PID = 1 << 30 // no process has such a number
	if err := runfile.Write(dir, up); err != nil {
		t.Fatal(err)
	}
	if _, err := runfile.Read(dir); !errors.Is(err, runfile.ErrNotRunning) {
		t.Errorf("after its process was killed: %v", err)
	}
	if err := errors.Join(runfile.Remove(dir), runfile.Remove(dir)); err != nil {
		t.Error(err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"pid":1,"kafka":"127.0.0.1:9092"}`))
	f.Add([]byte(`{"pid":-1}`))
	f.Add([]byte(`null`))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(filepath.Join(dir, runfile.Name), text, 0o600); err != nil {
			t.Fatal(err)
		}
		_, _ = runfile.Read(dir)
	})
}
