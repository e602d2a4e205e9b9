package engines

import (
	"archive/zip"
	_ "embed"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weftmesh/weft/internal/eventually"
)

// DebeziumVersion is the connector that the embedded engine is held against; 3.7.1 is not whole on Maven Central.
const DebeziumVersion = "3.7.0.Final"

const avroConverterVersion = "2.6.13.Final" // the newest of Apicurio's that resolves

//go:embed connect.pom.xml
var connectPOM string

//go:embed debezium.pom.xml
var debeziumPOM string

//go:embed avroconverter.pom.xml
var avroConverterPOM string

// Connect is a real Kafka Connect with one distributed worker, Debezium's PostgreSQL connector, and Apicurio's Avro
// converter beside Kafka's own.
type Connect struct {
	URL  string // base of its REST API
	PID  int
	stop func()
}

// Stop ends the worker, so that it no longer uses the machine; the test's end does it otherwise.
func (c *Connect) Stop() { c.stop() }

// ConnectOptions say what is wanted beyond a small worker.
type ConnectOptions struct {
	Shipped  bool              // heap, collector and compiler as bin/connect-distributed.sh sets them, not small
	Settings map[string]string // further lines of the worker's properties; they win
}

// StartConnect starts a worker for a test, on a bus that exists, and waits until it has joined its group.
func StartConnect(t testing.TB, bootstrap string, options ConnectOptions) *Connect {
	t.Helper()
	classes, plugins := connectJars(t)
	dir := t.TempDir()
	port := FreePort(t)
	write(t, filepath.Join(dir, "worker.properties"), workerProperties(bootstrap, port, plugins, options.Settings))
	write(t, filepath.Join(dir, "log4j2.properties"), logging)
	flags := append(slices.Clone(small), "-Xmx256m")
	if options.Shipped {
		flags = []string{"-Xms256M", "-Xmx2G", "-server", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20", "-XX:InitiatingHeapOccupancyPercent=35", "-XX:+ExplicitGCInvokesConcurrent", "-Djava.awt.headless=true"}
	}
	p := start(t, dir, "java", append(flags, "-Duser.timezone=UTC", "-Dlog4j2.configurationFile="+filepath.Join(dir, "log4j2.properties"),
		"-cp", filepath.Join(classes, "*"), "org.apache.kafka.connect.cli.ConnectDistributed", filepath.Join(dir, "worker.properties"))...)
	c := &Connect{URL: fmt.Sprintf("http://127.0.0.1:%d", port), PID: p.cmd.Process.Pid}
	c.stop = func() {
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
	}
	// "/" answers before the worker has joined its group, "/connectors" once it has
	eventually.Eventually(t, 2*time.Minute, "Kafka Connect to start", func() error { return answers(t, c.URL+"/connectors") })
	return c
}

func answers(t testing.TB, url string) error {
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return errors.New(response.Status)
	}
	return nil
}

// connectJars fetches the worker's class path and its folder of plugins.
func connectJars(t testing.TB) (classes, plugins string) {
	t.Helper()
	Need(t, "JDK 17 and Maven", "java", "mvn")
	classes = Once(t, "connect-"+KafkaVersion, func(dir string) error { return jars(dir, connectPOM) })
	plugins = Once(t, "connect-plugins-"+DebeziumVersion+"-"+avroConverterVersion, func(dir string) error {
		debezium, avro := filepath.Join(dir, "debezium"), filepath.Join(dir, "avro")
		return errors.Join(plugin(debezium, debeziumPOM), plugin(avro, avroConverterPOM), converterManifest(filepath.Join(avro, "services.jar")))
	})
	return classes, plugins
}

// plugin fetches a plugin's jars without those that the worker has itself: a second copy of an API is another API.
func plugin(dir, pom string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := jars(dir, pom); err != nil {
		return err
	}
	for _, shared := range []string{"kafka-clients", "connect-api", "connect-json", "lz4-java", "snappy-java", "zstd-jni", "slf4j-api", "jakarta.ws.rs-api", "javax.ws.rs-api"} {
		found, err := filepath.Glob(filepath.Join(dir, shared+"-*.jar"))
		if err != nil {
			return err
		}
		for _, jar := range found {
			if err := os.Remove(jar); err != nil {
				return err
			}
		}
	}
	return nil
}

// converterManifest writes the manifest that Apicurio's jar lacks: plugin.discovery=service_load finds plugins by it alone.
func converterManifest(jar string) error {
	file, err := os.Create(jar)
	if err != nil {
		return err
	}
	archive := zip.NewWriter(file)
	entry, err := archive.Create("META-INF/services/org.apache.kafka.connect.storage.Converter")
	if err == nil {
		_, err = entry.Write([]byte("io.apicurio.registry.utils.converter.AvroConverter\nio.apicurio.registry.utils.converter.ExtJsonConverter\n"))
	}
	return errors.Join(err, archive.Close(), file.Close())
}

func workerProperties(bootstrap string, port int, plugins string, more map[string]string) string {
	settings := map[string]string{
		"bootstrap.servers":                 bootstrap,
		"group.id":                          "connect",
		"listeners":                         fmt.Sprintf("http://127.0.0.1:%d", port),
		"rest.advertised.host.name":         "127.0.0.1",
		"plugin.path":                       plugins,
		"plugin.discovery":                  "service_load",
		"key.converter":                     "org.apache.kafka.connect.json.JsonConverter",
		"value.converter":                   "org.apache.kafka.connect.json.JsonConverter",
		"key.converter.schemas.enable":      "false",
		"value.converter.schemas.enable":    "false",
		"config.storage.topic":              "connect-configs",
		"offset.storage.topic":              "connect-offsets",
		"status.storage.topic":              "connect-status",
		"config.storage.replication.factor": "1",
		"offset.storage.replication.factor": "1",
		"status.storage.replication.factor": "1",
		"offset.storage.partitions":         "1",
		"status.storage.partitions":         "1",
		"offset.flush.interval.ms":          "1000",
		"scheduled.rebalance.max.delay.ms":  "0",
		"heartbeat.interval.ms":             "1000",
		"session.timeout.ms":                "6000",
	}
	for name, value := range more {
		settings[name] = value
	}
	var text strings.Builder
	for name, value := range settings {
		fmt.Fprintf(&text, "%s=%s\n", name, value)
	}
	return text.String()
}
