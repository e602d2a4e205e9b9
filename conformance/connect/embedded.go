package connect

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/weftmesh/weft/conformance/engines"
	"github.com/weftmesh/weft/internal/eventually"
)

// Program is a weft command that serves and can be killed and started again on the same address.
type Program struct {
	name string
	args []string
	said *regexp.Regexp // what it says once it serves
	log  string
	cmd  *exec.Cmd
}

// BuildWeft builds the program into a folder.
func BuildWeft(dir string) (string, error) {
	name := filepath.Join(dir, "weft")
	if out, err := exec.Command("go", "build", "-o", name, "github.com/weftmesh/weft/cmd/weft").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build weft: %w\n%s", err, out)
	}
	return name, nil
}

// Serve starts a command and waits until it says that it serves; the test's end kills it.
func Serve(t testing.TB, said, name string, args ...string) *Program {
	t.Helper()
	p := &Program{name: name, args: args, said: regexp.MustCompile(said), log: filepath.Join(t.TempDir(), "output.log")}
	t.Cleanup(func() {
		p.Kill()
		if t.Failed() {
			text, _ := os.ReadFile(p.log)
			t.Logf("the end of what weft %s said:\n%s", strings.Join(args[:2], " "), text[max(0, len(text)-2000):])
		}
	})
	p.Start(t)
	return p
}

// Start runs it, again after Kill or Stop.
func (p *Program) Start(t testing.TB) {
	t.Helper()
	out, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	before, err := out.Seek(0, 2)
	if err != nil {
		t.Fatal(err)
	}
	p.cmd = exec.Command(p.name, p.args...)
	p.cmd.Stdout, p.cmd.Stderr = out, out
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	eventually.Eventually(t, time.Minute, strings.Join(p.args, " "), func() error {
		text, err := os.ReadFile(p.log)
		if err != nil {
			return err
		}
		if !p.said.Match(text[before:]) {
			return fmt.Errorf("it has said: %s", text[before:])
		}
		return nil
	})
}

// Kill ends it as a power cut would end its process.
func (p *Program) Kill() { p.signal(syscall.SIGKILL) }

// Stop asks it to end, and waits until it has.
func (p *Program) Stop() { p.signal(syscall.SIGTERM) }

func (p *Program) signal(signal syscall.Signal) {
	if p.cmd != nil && p.cmd.ProcessState == nil {
		_ = p.cmd.Process.Signal(signal)
		_ = p.cmd.Wait()
	}
}

// embedded is the binary's own bus, registry and Kafka Connect, a process each.
type embedded struct {
	t                        testing.TB // whose end is that of the engines
	bus, connect             *Program
	bootstrap, rest, catalog string
}

// startEmbedded starts the engines of a program that was built.
func startEmbedded(t testing.TB, weft string) *embedded {
	t.Helper()
	address := func() string { return fmt.Sprintf("127.0.0.1:%d", engines.FreePort(t)) }
	e := &embedded{t: t, bootstrap: address(), rest: address(), catalog: address()}
	e.bus = Serve(t, `kafka \S+`, weft, "engine", "kafka", "--listen", e.bootstrap, "--data", t.TempDir())
	Serve(t, `registry \S+`, weft, "engine", "registry", "--listen", e.catalog, "--kafka", e.bootstrap)
	e.connect = Serve(t, `connect \S+`, weft, "engine", "connect", "--listen", e.rest, "--kafka", e.bootstrap)
	e.await(t)
	return e
}

func (e *embedded) await(t testing.TB) {
	t.Helper()
	eventually.Eventually(t, time.Minute, "the embedded Kafka Connect to answer", func() error {
		r, err := ask("GET", e.REST()+"/connectors", nil)
		if err == nil && r.Status != 200 {
			err = errors.New(oneLine(r))
		}
		return err
	})
}

func (e *embedded) Restart() {
	e.connect.Stop()
	e.connect.Start(e.t)
	e.await(e.t)
}

func (e *embedded) Name() string      { return "embedded" }
func (e *embedded) REST() string      { return "http://" + e.rest }
func (e *embedded) Bootstrap() string { return e.bootstrap }
func (e *embedded) Registry() string  { return "http://" + e.catalog }

func (e *embedded) AvroConverter() map[string]string {
	return map[string]string{"": "io.confluent.connect.avro.AvroConverter", "schema.registry.url": e.Registry()}
}
