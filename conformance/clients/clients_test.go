// Package clients runs clients that nobody here wrote against the embedded bus and against Apache Kafka: each
// plays the same scenarios and prints a line for each, ok NAME or FAIL NAME: why.
package clients_test

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weftmesh/weft/conformance/engines"
	"github.com/weftmesh/weft/internal/engine/kafka"
)

// scenarios are what every client plays, as far as it can.
var scenarios = map[string][]string{
	"franz-go": {"admin", "idempotent", "transactions", "group-classic", "group-consumer", "unknown-group", "offsets-by-time", "delete-records"},
	"java":     {"admin", "idempotent", "transactions", "group-classic", "group-consumer", "unknown-group", "offsets-by-time", "delete-records"},
	"python":   {"admin", "idempotent", "transactions", "group-classic", "group-consumer", "unknown-group", "offsets-by-time", "delete-records"},
	"node":     {"admin", "idempotent", "transactions", "group-classic", "unknown-group", "offsets-by-time", "delete-records"}, // kafkajs has no KIP-848
}

func TestEmbeddedBus(t *testing.T) {
	bus, err := kafka.Open(context.Background(), kafka.Config{Dir: t.TempDir(), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = bus.Close() })
	matrix(t, bus.Addr())
}

func TestApacheKafka(t *testing.T) {
	matrix(t, engines.StartKafka(t, engines.KafkaOptions{}).Bootstrap)
}

func matrix(t *testing.T, bootstrap string) {
	t.Run("franz-go", func(t *testing.T) { report(t, "franz-go", franz(t, bootstrap)) })
	t.Run("java", func(t *testing.T) { report(t, "java", java(t, bootstrap)) })
	t.Run("python", func(t *testing.T) { report(t, "python", python(t, bootstrap)) })
	t.Run("node", func(t *testing.T) { report(t, "node", node(t, bootstrap)) })
}

// report turns a client's lines into subtests; a scenario without a line has failed.
func report(t *testing.T, client string, output []byte) {
	lines := map[string]string{}
	for scanner := bufio.NewScanner(bytes.NewReader(output)); scanner.Scan(); {
		line := scanner.Text()
		for _, prefix := range []string{"ok ", "FAIL "} {
			if rest, ok := strings.CutPrefix(line, prefix); ok {
				name, _, _ := strings.Cut(rest, ":")
				lines[name] = line
			}
		}
	}
	for _, scenario := range scenarios[client] {
		t.Run(scenario, func(t *testing.T) {
			if line := lines[scenario]; !strings.HasPrefix(line, "ok ") {
				t.Errorf("%s\n%s", line, last(output, 3000))
			}
		})
	}
	for name := range lines {
		if !slices.Contains(scenarios[client], name) {
			t.Errorf("%s plays %s, which nobody expects", client, name)
		}
	}
}

func last(text []byte, n int) []byte { return text[max(0, len(text)-n):] }

// play runs a client's program to its end.
func play(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
	if err != nil {
		t.Errorf("%s: %v\n%s", name, err, last(out, 3000))
	}
	return out
}

func java(t *testing.T, bootstrap string) []byte {
	engines.Need(t, "JDK 17 and Maven", "java", "javac", "mvn")
	jars := filepath.Join(engines.KafkaJars(t), "*")
	classes := t.TempDir()
	if err := engines.Command(".", "javac", "-cp", jars, "-d", classes, "java/Scenarios.java"); err != nil {
		t.Fatal(err)
	}
	return play(t, "java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", classes+":"+jars, "Scenarios", bootstrap)
}

//go:embed python/requirements.txt
var requirements []byte

func python(t *testing.T, bootstrap string) []byte {
	engines.Need(t, "Python 3", "python3")
	venv := engines.Once(t, "python-clients", func(dir string) error {
		if err := os.WriteFile(filepath.Join(dir, "requirements.txt"), requirements, 0o644); err != nil {
			return err
		}
		if err := engines.Command(dir, "python3", "-m", "venv", "."); err != nil {
			return err
		}
		return engines.Command(dir, filepath.Join(dir, "bin", "pip"), "install", "-q", "-r", "requirements.txt")
	})
	return play(t, filepath.Join(venv, "bin", "python"), "python/scenarios.py", bootstrap)
}

//go:embed node/package.json
var packageJSON []byte

//go:embed node/package-lock.json
var packageLock []byte

//go:embed node/scenarios.js
var nodeScenarios []byte

func node(t *testing.T, bootstrap string) []byte {
	engines.Need(t, "Node.js and npm", "node", "npm")
	dir := engines.Once(t, "node-clients", func(dir string) error {
		for name, text := range map[string][]byte{"package.json": packageJSON, "package-lock.json": packageLock} {
			if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
				return err
			}
		}
		return engines.Command(dir, "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts")
	})
	script := filepath.Join(t.TempDir(), "scenarios.js")
	if err := os.WriteFile(script, nodeScenarios, 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("NODE_PATH", filepath.Join(dir, "node_modules"))
	return play(t, "node", script, bootstrap)
}
