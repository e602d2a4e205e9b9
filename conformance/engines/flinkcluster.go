package engines

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/weftmesh/weft/internal/eventually"
)

// Flink is a real Apache Flink: a JobManager, a TaskManager and a SQL gateway, a JVM each.
type Flink struct {
	REST    string // base URL of the JobManager's REST API
	Gateway string // base URL of the SQL gateway's REST API, version 2 below /v2
	Dir     string // checkpoints and savepoints lie below it

	JobManager, TaskManager, SQLGateway int // process ids

	startTaskManager func() int
}

// ReplaceTaskManager kills the TaskManager and starts another, as one does whose machine is lost.
func (f *Flink) ReplaceTaskManager(t testing.TB) {
	t.Helper()
	if err := syscall.Kill(f.TaskManager, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	f.TaskManager = f.startTaskManager()
}

// FlinkOptions say what is wanted beyond a small session cluster.
type FlinkOptions struct {
	Slots      int           // of the TaskManager; 8 if 0
	Checkpoint time.Duration // the interval of checkpoints; 1 s if 0
	Shipped    bool          // compilers, collector and the TaskManager's memory as Flink's own scripts and config.yaml set them, not small
}

// memory is what a TaskManager is given; without Flink's own scripts nothing works it out.
type memory struct{ heap, task, network, managed, direct string }

// memory divides up the 1728 MB of Flink's config.yaml, or little.
func (o FlinkOptions) memory() memory {
	if o.Shipped {
		return memory{heap: "512m", task: "384m", network: "128m", managed: "512m", direct: "256m"}
	}
	return memory{heap: "320m", task: "256m", network: "64m", managed: "128m", direct: "256m"}
}

// jvm are the flags of the TaskManager's JVM.
func (o FlinkOptions) jvm() []string {
	m := o.memory()
	flags := []string{"-Xmx" + m.heap, "-XX:MaxDirectMemorySize=" + m.direct}
	if o.Shipped {
		return append([]string{"-XX:+UseG1GC", "-Xms" + m.heap}, flags...)
	}
	return append(slices.Clone(small), flags...)
}

// StartFlink starts a session cluster on free ports for a test and waits until all of it answers.
func StartFlink(t testing.TB, options FlinkOptions) *Flink {
	t.Helper()
	classes := filepath.Join(FlinkJars(t), "*")
	dir := t.TempDir()
	rpc, rest, gateway := FreePort(t), FreePort(t), FreePort(t)
	f := &Flink{Dir: dir, REST: fmt.Sprintf("http://127.0.0.1:%d", rest), Gateway: fmt.Sprintf("http://127.0.0.1:%d", gateway)}
	conf := filepath.Join(dir, "conf")
	for _, name := range []string{"conf", "tmp", "jobmanager", "taskmanager", "gateway"} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o750); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(conf, "config.yaml"), clusterConfig(dir, rpc, rest, gateway, options))
	write(t, filepath.Join(conf, "log4j2.properties"), logging)
	// A TaskManager that finds no JobManager waits before it asks again: the JobManager is first.
	run := func(name, main string, jvm []string, args ...string) int {
		command := append([]string{"FLINK_CONF_DIR=" + conf, "java"}, opens...)
		command = append(command, jvm...)
		command = append(command, "-Djava.io.tmpdir="+filepath.Join(dir, "tmp"), "-Dlog4j2.configurationFile="+filepath.Join(conf, "log4j2.properties"), "-cp", classes, main)
		return start(t, filepath.Join(dir, name), "env", append(command, args...)...).cmd.Process.Pid
	}
	f.JobManager = run("jobmanager", "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint",
		append(slices.Clone(small), "-Xmx256m"), "--configDir", conf, "--executionMode", "cluster")
	f.SQLGateway = run("gateway", "org.apache.flink.table.gateway.SqlGateway", append(slices.Clone(small), "-Xmx256m"))
	awaitJSON(t, f.REST+"/overview", "the JobManager to answer", func(map[string]any) bool { return true })
	f.startTaskManager = func() int {
		return run("taskmanager", "org.apache.flink.runtime.taskexecutor.TaskManagerRunner", options.jvm(), "--configDir", conf)
	}
	f.TaskManager = f.startTaskManager()
	awaitJSON(t, f.REST+"/overview", "the TaskManager to offer its slots", func(overview map[string]any) bool {
		slots, _ := overview["slots-total"].(float64)
		return slots > 0
	})
	awaitJSON(t, f.Gateway+"/v2/info", "the SQL gateway to answer", func(map[string]any) bool { return true })
	return f
}

// awaitJSON asks an address until its answer is as wanted.
func awaitJSON(t testing.TB, address, what string, wanted func(map[string]any) bool) {
	t.Helper()
	eventually.Eventually(t, time.Minute, what, func() error {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
		if err != nil {
			return err
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		var answer map[string]any
		if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
			return err
		}
		if response.StatusCode != http.StatusOK || !wanted(answer) {
			return fmt.Errorf("%s says %s: %v", address, response.Status, answer)
		}
		return nil
	})
}

// clusterConfig is Flink's config.yaml.
func clusterConfig(dir string, rpc, rest, gateway int, options FlinkOptions) string {
	if options.Slots == 0 {
		options.Slots = 8
	}
	if options.Checkpoint == 0 {
		options.Checkpoint = time.Second
	}
	m := options.memory()
	return fmt.Sprintf(`jobmanager:
  bind-host: 127.0.0.1
  rpc: {address: 127.0.0.1, port: %d}
  memory: {heap.size: 256m, off-heap.size: 64m, jvm-metaspace.size: 192m, jvm-overhead.min: 64m, jvm-overhead.max: 64m}
taskmanager:
  bind-host: 127.0.0.1
  host: 127.0.0.1
  numberOfTaskSlots: %d
  cpu.cores: 2.0
  memory:
    task: {heap.size: %s, off-heap.size: 0b}
    framework: {heap.size: 64m, off-heap.size: 64m}
    network: {min: %s, max: %s}
    managed.size: %s
    jvm-metaspace.size: 256m
    jvm-overhead: {min: 64m, max: 64m}
parallelism.default: 1
rest: {address: 127.0.0.1, bind-address: 127.0.0.1, port: %d}
sql-gateway.endpoint.rest: {address: 127.0.0.1, bind-address: 127.0.0.1, port: %d}
execution.checkpointing: {dir: "file://%s/checkpoints", savepoint-dir: "file://%s/savepoints", interval: %d ms}
state.backend.type: hashmap
io.tmp.dirs: %s/tmp
cluster.registration: {initial-timeout: 100 ms, error-delay: 500 ms, refused-registration-delay: 500 ms}
web.submit.enable: false
heartbeat: {interval: 1000, timeout: 10000}
blob.server.port: 0
`, rpc, options.Slots, m.task, m.network, m.network, m.managed, rest, gateway, dir, dir, options.Checkpoint.Milliseconds(), dir)
}
