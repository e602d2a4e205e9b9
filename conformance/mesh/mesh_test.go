// Package mesh applies the retail example, with the program as people run it, to the embedded engines and to the
// real ones, and changes every managed attribute behind its back.
package mesh_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/weftmesh/weft/internal/eventually"
	"github.com/weftmesh/weft/internal/plans"
)

// weft is the program, built once.
var weft string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "weft-mesh")
	if err != nil {
		panic(err)
	}
	weft = filepath.Join(dir, "weft")
	if out, err := exec.Command("go", "build", "-o", weft, "../../cmd/weft").CombinedOutput(); err != nil {
		panic(fmt.Sprintf("build weft: %v\n%s", err, out))
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// retail copies the example, with an environment named test in its mesh.yaml.
func retail(t *testing.T, environment string) string {
	t.Helper()
	dir := t.TempDir()
	source := os.DirFS("../../examples/retail")
	err := fs.WalkDir(source, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if name == ".weft" || name == "simulate" || name == "database" {
				return fs.SkipDir
			}
			return os.MkdirAll(filepath.Join(dir, name), 0o755)
		}
		text, err := fs.ReadFile(source, name)
		if err != nil {
			return err
		}
		if name == "mesh.yaml" {
			text = bytes.Replace(text, []byte("environments:\n"), []byte("environments:\n  test: "+environment+"\n"), 1)
		}
		return os.WriteFile(filepath.Join(dir, name), text, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// run runs a command to its end and gives its exit code and what it printed.
func run(t *testing.T, args ...string) (int, string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), weft, args...)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0, string(out)
	case errors.As(err, &exit):
		return exit.ExitCode(), string(out)
	}
	t.Fatal(err)
	return 0, ""
}

// background is a server of the program, with the line that it says when it is ready.
type background struct {
	cmd  *exec.Cmd
	text string
}

// upFree are the arguments of weft up for a folder, with every address on a free port.
func upFree(dir string, more ...string) []string {
	args := append([]string{"up", dir}, more...)
	for _, flag := range []string{"--kafka", "--registry", "--flink-gateway", "--flink-rest", "--connect", "--http"} {
		args = append(args, flag, "127.0.0.1:0")
	}
	return args
}

// serve starts a command that goes on, and waits until it has printed what matches ready.
func serve(t *testing.T, ready string, args ...string) *background {
	t.Helper()
	out, err := os.Create(filepath.Join(t.TempDir(), "output"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(weft, args...)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	b := &background{cmd: cmd}
	t.Cleanup(func() {
		b.stop()
		out.Close()
		if t.Failed() {
			text, _ := os.ReadFile(out.Name())
			t.Logf("weft %s said:\n%s", strings.Join(args, " "), text)
		}
	})
	form := regexp.MustCompile(ready)
	eventually.Eventually(t, 40*time.Second, "weft "+args[0]+" to be ready", func() error {
		text, _ := os.ReadFile(out.Name())
		if b.text = form.FindString(string(text)); b.text == "" {
			return fmt.Errorf("it has said: %s", text)
		}
		return nil
	})
	return b
}

func (b *background) stop() {
	_ = b.cmd.Process.Signal(syscall.SIGTERM)
	_ = b.cmd.Wait()
}

// after is what stands after a word in the line that the server said: API http://...
func (b *background) after(word string) string {
	_, rest, _ := strings.Cut(b.text, word+" ")
	value, _, _ := strings.Cut(rest, " ")
	return strings.Trim(value, ",\n")
}

// planned asks for a plan.
func planned(t *testing.T, api, dir string) plans.Plan {
	t.Helper()
	code, out := run(t, "plan", dir, "--server", api, "--format", "json")
	var plan plans.Plan
	if err := json.Unmarshal([]byte(out), &plan); err != nil {
		t.Fatalf("exit %d: %v\n%s", code, err, out)
	}
	return plan
}
