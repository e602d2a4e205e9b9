// Package crash kills a running mesh again and again, under load, and looks for what was acknowledged.
package crash_test

import (
	"context"
	"fmt"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/weftmesh/weft/conformance/engines"
	"github.com/weftmesh/weft/internal/eventually"
	"github.com/weftmesh/weft/internal/runfile"
)

// mesh is a `weft up` that can be killed and started again on the same addresses.
type mesh struct {
	program, dir string
	kafka        string
	registry     string
	http         string
	more         []string // flags
	cmd          *exec.Cmd
}

func newMesh(t *testing.T) *mesh {
	t.Helper()
	m := &mesh{program: filepath.Join(t.TempDir(), "weft"), dir: t.TempDir()}
	if out, err := exec.Command("go", "build", "-o", m.program, "../../cmd/weft").CombinedOutput(); err != nil {
		t.Fatalf("build weft: %v\n%s", err, out)
	}
	address := func() string { return "127.0.0.1:" + strconv.Itoa(engines.FreePort(t)) }
	m.kafka, m.registry, m.http = address(), address(), address()
	m.write(t, "mesh.yaml", "name: crash\n")
	t.Cleanup(m.kill)
	return m
}

func (m *mesh) write(t *testing.T, name, text string) {
	t.Helper()
	full := filepath.Join(m.dir, name)
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// start runs the mesh and waits until it says where it is.
func (m *mesh) start(t *testing.T) {
	t.Helper()
	out, err := os.OpenFile(filepath.Join(m.dir, ".output"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	m.cmd = exec.Command(m.program, "up", m.dir, "--kafka", m.kafka, "--registry", m.registry, "--flink-gateway", "127.0.0.1:0", "--flink-rest", "127.0.0.1:0", "--connect", "127.0.0.1:0", "--http", m.http)
	m.cmd.Args = append(m.cmd.Args, m.more...)
	m.cmd.Stdout, m.cmd.Stderr = out, out
	m.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := m.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	eventually.Eventually(t, time.Minute, "the mesh to be up", func() error {
		up, err := runfile.Read(filepath.Join(m.dir, runfile.Dir))
		if err == nil && up.PID != m.cmd.Process.Pid {
			err = fmt.Errorf("the file is of process %d", up.PID)
		}
		if err != nil {
			said, _ := os.ReadFile(out.Name())
			return fmt.Errorf("%w; it has said: %s", err, said)
		}
		return nil
	})
}

// kill ends the mesh as a power cut would end its process.
func (m *mesh) kill() {
	if m.cmd != nil && m.cmd.ProcessState == nil {
		_ = m.cmd.Process.Kill()
		_ = m.cmd.Wait()
	}
}

// TestNothingAcknowledgedIsLost kills the mesh at random times while records, transactions, commits of groups and
// registrations flow, and while it applies new products; then everything that was acknowledged is there, once.
func TestNothingAcknowledgedIsLost(t *testing.T) {
	kills, seed := 3, int64(20261124)
	if os.Getenv("WEFT_PROVE") == "1" {
		kills, seed = 20, time.Now().UnixNano()
	}
	t.Logf("%d kills, seed %d", kills, seed)
	random := rand.New(rand.NewSource(seed))
	m := newMesh(t)
	m.start(t)
	load := startLoad(t, m)
	for i := range kills {
		for n := range productsAtOnce {
			m.write(t, fmt.Sprintf("domains/shop/product-%d-%d/data-contract.yaml", i, n), contract(i, n))
		}
		// every second kill falls into the apply, which begins when the edit has settled
		spread := []int{300, 1500}[i%2]
		select {
		case <-t.Context().Done():
			t.Fatal("the test was ended")
		case <-time.After(time.Duration(150+random.Intn(spread)) * time.Millisecond):
		}
		m.kill()
		m.start(t)
	}
	load.goOn(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	load.stop()
	load.verify(ctx, t)
	eventually.Eventually(t, 30*time.Second, "every product to be live and the plan to be empty", func() error {
		out, err := exec.CommandContext(ctx, m.program, "diff", m.dir).CombinedOutput()
		if err != nil {
			return fmt.Errorf("diff: %w\n%s", err, out)
		}
		return nil
	})
}

// productsAtOnce are new with each kill, so that their apply takes a while.
const productsAtOnce = 8

func contract(i, n int) string {
	return fmt.Sprintf(`domain: shop
product: product-%d-%d
version: "1.0"
owner: shop@example.com
description: One of many.
sla: {freshness: 1m, availability: 99%%}
schema:
  fields:
    - {name: id, type: string}
    - {name: at, type: timestamp, required: true}
`, i, n)
}
