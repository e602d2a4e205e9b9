package flink_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/weftmesh/weft/internal/engine/flink"
	"github.com/weftmesh/weft/internal/engine/flink/runtime"
	"github.com/weftmesh/weft/internal/eventually"
)

func open(t *testing.T, config flink.Config) *flink.Engine {
	t.Helper()
	e, err := flink.New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e
}

func execute(t *testing.T, s *flink.Session, statements ...string) (last *flink.Result) {
	t.Helper()
	for _, statement := range statements {
		var err error
		if last, err = s.Execute(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	return last
}

// all gives the rows of a result as text, one a line.
func all(t *testing.T, r *flink.Result) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	var out strings.Builder
	for {
		rows, err := r.Next(ctx)
		if errors.Is(err, io.EOF) {
			return out.String(), nil
		}
		if err != nil {
			return out.String(), err
		}
		for _, row := range rows {
			fmt.Fprintln(&out, row.Change, row.Values)
		}
	}
}

const endless = "CREATE TABLE g (n INT) WITH ('connector' = 'datagen', 'rows-per-second' = '100')"

func TestAJobGoesOnWithItsEngine(t *testing.T) {
	dir := t.TempDir()
	e, err := flink.New(flink.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	s := e.OpenSession(map[string]string{"execution.checkpointing.interval": "20 ms", "pipeline.name": "copy"})
	id := execute(t, s, endless, "CREATE TABLE hole (n INT) WITH ('connector' = 'blackhole')", "INSERT INTO hole SELECT n FROM g").JobID
	checkpoints(t, e, id, 1)
	e.Close()
	e = open(t, flink.Config{Dir: dir})
	j, ok := e.Job(id)
	if !ok || j.Name != "copy" {
		t.Fatalf("the job is not there again, by its name: %v", j)
	}
	checkpoints(t, e, id, 1)
	if restored := j.Status().Checkpoints.Restored; restored == 0 {
		t.Error("it has begun anew")
	}
	j.Cancel()
	eventually.Eventually(t, 10*time.Second, "what it has kept to be removed", func() error {
		if _, err := os.Stat(filepath.Join(dir, "jobs", id)); !os.IsNotExist(err) {
			return fmt.Errorf("it is there (%w)", err)
		}
		return nil
	})
}

func checkpoints(t *testing.T, e *flink.Engine, id string, n int) {
	t.Helper()
	eventually.Eventually(t, 10*time.Second, "a checkpoint", func() error {
		j, ok := e.Job(id)
		if !ok {
			return errors.New("there is no job")
		}
		if s := j.Status(); s.Checkpoints.Completed < n {
			return fmt.Errorf("there are %d; it is %s, %v", s.Checkpoints.Completed, s.State, s.Failures)
		}
		return nil
	})
}

func TestTwoEnginesDoNotShareADirectory(t *testing.T) {
	dir := t.TempDir()
	open(t, flink.Config{Dir: dir})
	if second, err := flink.New(flink.Config{Dir: dir}); err == nil {
		second.Close()
		t.Error("the second has started")
	} else if !errors.Is(err, flink.ErrLocked) || !strings.Contains(err.Error(), fmt.Sprint(os.Getpid())) {
		t.Errorf("the second says %v", err)
	}
}

func TestAQueryThatFailsSaysWhy(t *testing.T) {
	e := open(t, flink.Config{})
	s := e.OpenSession(map[string]string{"execution.checkpointing.interval": "1 s"})
	execute(t, s, endless)
	r := execute(t, s, "SELECT 1 / (n - n) FROM g")
	if text, err := all(t, r); err == nil || !strings.Contains(err.Error(), "by zero") {
		t.Errorf("it gives %q and says %v", text, err)
	}
	if j, _ := e.Job(r.JobID); j.Status().State != runtime.Failed {
		t.Errorf("its job is %s", j.Status().State)
	}
}

func TestFilesystemTablesStayInTheirFolders(t *testing.T) {
	allowed, other := t.TempDir(), t.TempDir()
	if err := os.Symlink(other, filepath.Join(allowed, "link")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path  string
		fits  bool
		files []string
	}{
		{filepath.Join(allowed, "in", "there"), true, []string{allowed}},
		{"file://" + filepath.Join(allowed, "in"), true, []string{allowed}},
		{filepath.Join(other, "x"), false, []string{allowed}},
		{filepath.Join(allowed, "..", "x"), false, []string{allowed}},
		{filepath.Join(allowed, "link", "x"), false, []string{allowed}},
		{filepath.Join(allowed, "x"), false, nil},
	} {
		s := open(t, flink.Config{Files: c.files, Confined: true}).OpenSession(nil)
		_, err := s.Execute(t.Context(), "CREATE TABLE f (n INT) WITH ('connector' = 'filesystem', 'format' = 'json', 'path' = '"+c.path+"')")
		if err == nil {
			_, err = s.Execute(t.Context(), "INSERT INTO f VALUES (1)")
		}
		if c.fits != (err == nil) {
			t.Errorf("%s below %v: %v", c.path, c.files, err)
		}
	}
}

func TestAStatementThatCannotRunChangesNothing(t *testing.T) {
	s := open(t, flink.Config{}).OpenSession(nil)
	execute(t, s, endless)
	for _, bad := range []string{
		"CREATE TABLE g (m INT) WITH ('connector' = 'blackhole')", "DROP VIEW g", "CREATE VIEW v AS SELECT m FROM g", "DROP TABLE other", "USE CATALOG other",
		"INSERT INTO other SELECT n FROM g",
	} {
		if _, err := s.Execute(t.Context(), bad); err == nil {
			t.Errorf("%s runs", bad)
		}
	}
	text, err := all(t, execute(t, s, "SHOW TABLES"))
	if err != nil || text != "+I [g]\n" {
		t.Errorf("there are %q, %v", text, err)
	}
}

func TestAJobThatCannotStartAgainIsThereFailed(t *testing.T) {
	dir := t.TempDir()
	kept := `{"id": "0123456789abcdef0123456789abcdef", "name": "old", "settings": {}, "tables": [], "inserts": ["INSERT INTO gone SELECT 1"]}`
	if err := os.MkdirAll(filepath.Join(dir, "jobs", "0123456789abcdef0123456789abcdef"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "jobs", "0123456789abcdef0123456789abcdef", "job.json"), []byte(kept), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 { // it is tried again at each start
		e, err := flink.New(flink.Config{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		j, ok := e.Job("0123456789abcdef0123456789abcdef")
		if !ok {
			t.Fatal("it is not there")
		}
		if err := j.Wait(); err == nil || !strings.Contains(err.Error(), "gone") {
			t.Errorf("it says %v", err)
		}
		e.Close()
	}
}
