package gateway

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"
	"time"

	"github.com/weftmesh/weft/conformance/engines"
	"github.com/weftmesh/weft/internal/eventually"
)

// weft is the program, built once.
var weft string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "weft-gateway")
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

// program is `weft engine flink` as people run it.
type program struct {
	target
	cmd *exec.Cmd
}

func startWeft(t testing.TB, data string) *program {
	t.Helper()
	log, err := os.Create(filepath.Join(t.TempDir(), "output"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(weft, "engine", "flink", "--gateway", "127.0.0.1:0", "--rest", "127.0.0.1:0", "--data", data)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &program{target{name: "weft", dir: t.TempDir()}, cmd}
	t.Cleanup(func() {
		p.kill()
		log.Close()
		if t.Failed() {
			text, _ := os.ReadFile(log.Name())
			t.Logf("weft engine flink said:\n%s", text)
		}
	})
	said := regexp.MustCompile(`flink gateway (\S+), rest (\S+), data`)
	eventually.Eventually(t, 20*time.Second, "weft engine flink to start", func() error {
		text, _ := os.ReadFile(log.Name())
		found := said.FindStringSubmatch(string(text))
		if found == nil {
			return fmt.Errorf("it has said: %s", text)
		}
		p.gateway, p.rest = found[1], found[2]
		return nil
	})
	return p
}

// kill ends the process at once, as kill -9 does.
func (p *program) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

// both are the embedded engine and real Flink.
func both(t testing.TB) (ours, theirs target) {
	t.Helper()
	engines.Need(t, "JDK 17 and Maven", "java", "mvn")
	f := engines.StartFlink(t, engines.FlinkOptions{})
	return startWeft(t, t.TempDir()).target, target{name: "Flink", gateway: f.Gateway, rest: f.REST, dir: filepath.Join(f.Dir, "more")}
}
