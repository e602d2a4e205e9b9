package mesh_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/weftmesh/weft/conformance/engines"
)

// small makes a mesh without products.
func small(t *testing.T, environments string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "mesh.yaml"), []byte("name: small\n"+environments), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// saysWithin runs a command that must fail with all of the words, within a time.
func saysWithin(t *testing.T, bound time.Duration, code int, words []string, args ...string) {
	t.Helper()
	start := time.Now()
	got, out := run(t, args...)
	if got != code {
		t.Errorf("weft %v exits %d, want %d:\n%s", args, got, code, out)
	}
	for _, word := range words {
		if !strings.Contains(out, word) {
			t.Errorf("weft %v does not say %q:\n%s", args, word, out)
		}
	}
	if took := time.Since(start); took > bound {
		t.Errorf("weft %v took %s", args, took)
	}
	if strings.Contains(out, "goroutine ") || strings.Contains(out, "secret-of-ours") {
		t.Errorf("weft %v says too much:\n%s", args, out)
	}
}

func TestATakenPortIsNamedWithItsFlag(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, flag := range []string{"--kafka", "--registry", "--flink-gateway", "--flink-rest", "--connect", "--http"} {
		args := []string{"up", small(t, "")}
		for _, other := range []string{"--kafka", "--registry", "--flink-gateway", "--flink-rest", "--connect", "--http"} {
			address := "127.0.0.1:0"
			if other == flag {
				address = taken.Addr().String()
			}
			args = append(args, other, address)
		}
		saysWithin(t, 10*time.Second, 3, []string{taken.Addr().String(), "address already in use", flag + " HOST:PORT"}, args...)
	}
}

func TestALockedDataDirectoryNamesItsHolder(t *testing.T) {
	dir := small(t, "")
	first := serve(t, `small is up after`, upFree(dir)...)
	saysWithin(t, 5*time.Second, 3, []string{"the data directory is in use", fmt.Sprintf("process %d", first.cmd.Process.Pid)}, upFree(dir)...)
}

func TestADataDirectoryThatCannotBeWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a-file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	saysWithin(t, 5*time.Second, 3, []string{"the data directory cannot be written", "--data"},
		upFree(small(t, ""), "--data", filepath.Join(file, "data"))...)
}

func TestNothingListensBeyondLoopbackUnasked(t *testing.T) {
	saysWithin(t, 5*time.Second, 3, []string{"reaches beyond this machine"}, "up", small(t, ""), "--http", "0.0.0.0:0")
	dir := small(t, "environments:\n  prod: {kafka: {bootstrap: [\"127.0.0.1:1\"]}}\n")
	saysWithin(t, 5*time.Second, 3, []string{"needs a token", "WEFT_SERVER_TOKEN"}, "serve", dir, "--env", "prod", "--http", "0.0.0.0:0")
}

func TestABrokerThatDoesNotAnswer(t *testing.T) {
	dir := small(t, fmt.Sprintf("environments:\n  prod: {kafka: {bootstrap: [\"127.0.0.1:%d\"]}, registry: {url: \"http://127.0.0.1:1\"}}\n", engines.FreePort(t)))
	saysWithin(t, 15*time.Second, 3, []string{"kafka at 127.0.0.1:", "within 10s", "kafka.bootstrap"}, "serve", dir, "--env", "prod", "--http", "127.0.0.1:0")
}

func TestARegistryThatDoesNotAnswer(t *testing.T) {
	bus := serve(t, `kafka \S+\n`, "engine", "kafka", "--listen", "127.0.0.1:0", "--data", t.TempDir())
	dir := small(t, fmt.Sprintf("environments:\n  prod: {kafka: {bootstrap: [%q]}, registry: {url: \"http://127.0.0.1:%d\"}}\n", bus.after("kafka"), engines.FreePort(t)))
	saysWithin(t, 15*time.Second, 3, []string{"the schema registry at http://127.0.0.1:", "registry.url"}, "serve", dir, "--env", "prod", "--http", "127.0.0.1:0")
}

func TestAnEnvironmentThatIsNotThere(t *testing.T) {
	dir := small(t, "environments:\n  local: {}\n  prod: {kafka: {bootstrap: [\"k:1\"]}}\n")
	saysWithin(t, 5*time.Second, 3, []string{"no environment staging", "local, prod"}, "serve", dir, "--env", "staging")
	saysWithin(t, 5*time.Second, 3, []string{"environment local names no kafka", "weft up"}, "serve", dir, "--env", "local")
}

func TestNoServerAnswers(t *testing.T) {
	saysWithin(t, 10*time.Second, 3, []string{"no server answers at", "weft up"}, "status", "--server", fmt.Sprintf("http://127.0.0.1:%d", engines.FreePort(t)))
}

// TestWordsThatAreWrong: mistakes on the command line are told with what is right.
func TestWordsThatAreWrong(t *testing.T) {
	saysWithin(t, 5*time.Second, 2, []string{`"plam" is not a command`}, "plam")
	saysWithin(t, 5*time.Second, 2, []string{"unknown flag: --formt"}, "check", "--formt", "json")
	saysWithin(t, 5*time.Second, 2, []string{`--format "yaml" is not known`}, "check", "--format", "yaml", small(t, ""))
	saysWithin(t, 5*time.Second, 2, []string{"did you mean pii-masked?"}, "explain", "pii-maskd")
	saysWithin(t, 5*time.Second, 2, []string{"there is no file or folder"}, "check", "/no/such/folder")
	saysWithin(t, 5*time.Second, 2, []string{"is not a resource address"}, "plan", small(t, ""), "--allow-delete", "everything")
}

// TestWrongPasswordOnApacheKafka: SASL, right and wrong, and the secret in no output.
func TestWrongPasswordOnApacheKafka(t *testing.T) {
	kafka := engines.StartKafka(t, engines.KafkaOptions{SASL: true})
	for _, mechanism := range []string{"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"} {
		dir := small(t, fmt.Sprintf("environments:\n  prod:\n    kafka: {bootstrap: [%q], sasl: {mechanism: %s, user: admin, password: {env: KAFKA_PASSWORD}}}\n", kafka.SASLBootstrap, mechanism))
		t.Setenv("KAFKA_PASSWORD", "secret-of-ours")
		saysWithin(t, 15*time.Second, 3, []string{"refused the user or the password", "sasl.password"}, "serve", dir, "--env", "prod", "--http", "127.0.0.1:0", "--registry", "127.0.0.1:0")
		t.Setenv("KAFKA_PASSWORD", "admin-secret")
		serve(t, `serves environment prod`, "serve", dir, "--env", "prod", "--http", "127.0.0.1:0", "--registry", "127.0.0.1:0").stop()
	}
	if err := os.Unsetenv("KAFKA_PASSWORD"); err != nil {
		t.Fatal(err)
	}
	dir := small(t, fmt.Sprintf("environments:\n  prod:\n    kafka: {bootstrap: [%q], sasl: {mechanism: PLAIN, user: admin, password: {env: KAFKA_PASSWORD}}}\n", kafka.SASLBootstrap))
	saysWithin(t, 5*time.Second, 3, []string{"sasl.password", "KAFKA_PASSWORD is not set"}, "serve", dir, "--env", "prod")
	dir = small(t, "environments:\n  prod:\n    kafka: {bootstrap: [\"k:9093\"], sasl: {mechanism: PLAIN, user: admin, password: secret-of-ours}}\n")
	saysWithin(t, 5*time.Second, 1, []string{"stands in the file in clear"}, "check", dir)
}
