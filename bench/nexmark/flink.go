package nexmark

import (
	"crypto/sha256"
	"embed"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/weftmesh/weft/conformance/engines"
)

//go:embed java/*.java
var sources embed.FS

// Flink compiles the generator and the runner against Flink's jars, once for each state of their sources, and gives
// the class path.
func Flink(t testing.TB) string {
	t.Helper()
	engines.Need(t, "JDK 17 and Maven", "javac")
	jars := engines.FlinkJars(t)
	hash := sha256.New()
	names := []string{"NexmarkEvents.java", "NexmarkTableFactory.java", "NexmarkRun.java"}
	texts := map[string][]byte{}
	for _, name := range names {
		text, err := sources.ReadFile("java/" + name)
		if err != nil {
			t.Fatal(err)
		}
		texts[name] = text
		hash.Write(text)
	}
	classes := engines.Once(t, fmt.Sprintf("flink-nexmark-%x", hash.Sum(nil)[:6]), func(dir string) error {
		for name, text := range texts {
			if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
				return err
			}
		}
		services := filepath.Join(dir, "META-INF", "services")
		if err := os.MkdirAll(services, 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(services, "org.apache.flink.table.factories.Factory"), []byte("NexmarkTableFactory\n"), 0o644); err != nil {
			return err
		}
		return engines.Command(dir, "javac", append([]string{"-nowarn", "-cp", filepath.Join(jars, "*")}, names...)...)
	})
	return classes + ":" + filepath.Join(jars, "*")
}

// FlinkVersion is the Flink that runs.
const FlinkVersion = engines.FlinkVersion

// heap is the JVM's: all state lies on it.
const heap = "-Xmx4g"

// Run is a query over so many events.
type Run struct {
	Name   string
	Events int64
}

// Command gives the arguments of java that run queries in one JVM, each to its end: printing the results, or throwing
// them away and printing the nanoseconds of CPU and of time that each run took. Checkpoints go below the directory.
func Command(dir, classPath string, runs []Run, seed uint64, printed bool) ([]string, error) {
	settings := maps.Clone(Settings)
	maps.Copy(settings, map[string]string{
		"execution.target": "local", "pipeline.object-reuse": "true", "state.backend.type": "hashmap", "execution.checkpointing.mode": "EXACTLY_ONCE",
		"execution.checkpointing.storage": "filesystem", "execution.checkpointing.dir": "file://" + filepath.Join(dir, "checkpoints"),
		"restart-strategy.type": "disable", "rest.port": "0", "rest.bind-address": "127.0.0.1", "taskmanager.numberOfTaskSlots": "1",
	})
	jvm := []string{heap}
	if printed {
		jvm = []string{"-Xmx1g", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"}
	}
	var lines []string
	for _, key := range slices.Sorted(maps.Keys(settings)) {
		lines = append(lines, key+"="+settings[key])
	}
	file := filepath.Join(dir, "settings")
	if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")), 0o644); err != nil {
		return nil, err
	}
	logs := filepath.Join(dir, "log4j2.properties")
	if err := os.WriteFile(logs, []byte("rootLogger.level = error\nrootLogger.appenderRef.out.ref = out\nappender.out.type = Console\nappender.out.name = out\nappender.out.target = SYSTEM_ERR\n"), 0o644); err != nil {
		return nil, err
	}
	args := append(append(engines.FlinkOpens(), jvm...), "-Dlog4j2.configurationFile="+logs, "-Djava.io.tmpdir="+dir, "-Duser.timezone=UTC", "-cp", classPath, "NexmarkRun", file)
	for i, run := range runs {
		q, err := Load(run.Name, fmt.Sprintf("'connector' = 'nexmark', 'seed' = '%d', 'events' = '%d'", seed, run.Events))
		if err != nil {
			return nil, err
		}
		last := "INSERT INTO results " + q.Select
		if printed {
			last = q.Select
		}
		script := filepath.Join(dir, fmt.Sprintf("%s-%d", run.Name, i))
		if err := os.WriteFile(script, []byte(strings.Join(append(q.Tables, q.Sink, last), "\n----\n")), 0o644); err != nil {
			return nil, err
		}
		args = append(args, script)
	}
	return args, nil
}
