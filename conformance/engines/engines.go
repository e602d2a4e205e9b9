// Package engines starts the real systems that Weft speaks to, for the suites that run against the embedded and the
// real engine alike: Apache Kafka and Apicurio Registry, from Maven Central, on loopback and a JDK 17.
package engines

import (
	"bufio"
	"context"
	_ "embed"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gofrs/flock"
)

// Versions of the real engines.
const (
	KafkaVersion    = "4.3.1"
	ApicurioVersion = "3.0.9" // the newest that runs on Java 17
)

//go:embed kafka.pom.xml
var kafkaPOM string

// small makes a JVM start fast on two cores and stay small.
var small = []string{"-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "-Xms64m"}

// Need skips a test whose runtime is missing; with CI=true it fails instead.
func Need(t testing.TB, what string, programs ...string) {
	t.Helper()
	for _, program := range programs {
		if _, err := exec.LookPath(program); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatalf("needs %s: %s is not on the path", what, program)
			}
			t.Skipf("needs %s: %s is not on the path", what, program)
		}
	}
}

// Cache is the folder in which fetched engines and clients are kept between runs.
func Cache(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("WEFT_ENGINES_CACHE")
	if dir == "" {
		base, err := os.UserCacheDir()
		if err != nil {
			t.Fatal(err)
		}
		dir = filepath.Join(base, "weft-engines")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// Once makes a folder of the cache by make, once for all tests and processes, and gives its path.
func Once(t testing.TB, name string, create func(dir string) error) string {
	t.Helper()
	dir := filepath.Join(Cache(t), name)
	lock := flock.New(dir + ".lock")
	if err := lock.Lock(); err != nil {
		t.Fatal(err)
	}
	defer lock.Unlock() //nolint:errcheck // the process gives it up anyhow
	if _, err := os.Stat(filepath.Join(dir, ".complete")); err == nil {
		return dir
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := create(dir); err != nil {
		t.Fatalf("fetch %s: %v", name, err)
	}
	if err := os.WriteFile(filepath.Join(dir, ".complete"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// Command runs a program to its end, and puts what it printed into the error.
func Command(dir, name string, args ...string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, out)
	}
	return nil
}

// jars fetches into a folder what a pom depends on at run time.
func jars(dir, pom string) error {
	if err := os.WriteFile(filepath.Join(dir, "pom.xml"), []byte(pom), 0o600); err != nil {
		return err
	}
	return Command(dir, "mvn", "-B", "-ntp", "-q", "dependency:copy-dependencies", "-DincludeScope=runtime", "-DoutputDirectory="+dir)
}

// FreePort gives a port of loopback that nothing listens on.
func FreePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port //nolint:errcheck // it listens on TCP
}

// process is a program that a test started.
type process struct {
	cmd *exec.Cmd
	log string
}

// start runs a program until the test ends; its output is in a file.
func start(t testing.TB, dir, name string, args ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(name, args...), log: filepath.Join(dir, "output.log")}
	out, err := os.Create(p.log)
	if err != nil {
		t.Fatal(err)
	}
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = dir, out, out
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
		out.Close()
		if t.Failed() {
			t.Logf("the end of what %s printed:\n%s", name, tail(p.log, 40))
		}
	})
	return p
}

func tail(name string, n int) string {
	f, err := os.Open(name)
	if err != nil {
		return err.Error()
	}
	defer f.Close()
	var lines []string
	for scanner := bufio.NewScanner(f); scanner.Scan(); {
		lines = append(lines, scanner.Text())
		if len(lines) > n {
			lines = lines[1:]
		}
	}
	return strings.Join(lines, "\n")
}
