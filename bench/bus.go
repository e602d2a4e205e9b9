package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weftmesh/weft/conformance/engines"
)

// quiet lets the suites' helpers, which are made for tests, be used by this program.
type quiet struct {
	testing.TB
	host *host
}

func (q quiet) Helper()                           {}
func (q quiet) Failed() bool                      { return false }
func (q quiet) Logf(string, ...any)               {}
func (q quiet) Cleanup(f func())                  { q.host.cleanups = append(q.host.cleanups, f) }
func (q quiet) Fatal(args ...any)                 { panic(fmt.Sprint(args...)) }
func (q quiet) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }
func (q quiet) Skipf(format string, args ...any)  { panic(fmt.Sprintf(format, args...)) }
func (q quiet) Context() context.Context          { return context.Background() }

func (q quiet) TempDir() string {
	dir, err := os.MkdirTemp(q.host.dir, "engine")
	if err != nil {
		panic(err)
	}
	return dir
}

// throughput is what producer-performance said.
type throughput struct {
	records, megabytes float64
	p99                string
	peak               int64
	cpu                float64
}

// bus times Java's producer-performance against the embedded bus and against Apache Kafka.
func bus(h *host) (text string, err error) {
	defer func() {
		if failed := recover(); failed != nil {
			err = fmt.Errorf("%v", failed)
		}
	}()
	q := quiet{host: h}
	jars := filepath.Join(engines.KafkaJars(q), "*")
	ours, said, err := h.server(`kafka \S+`, h.weft, "engine", "kafka", "--listen", "127.0.0.1:0", "--data", filepath.Join(h.dir, "bus"))
	if err != nil {
		return "", err
	}
	theirs := engines.StartKafka(q, engines.KafkaOptions{})
	text = "## The embedded bus beside Apache Kafka " + engines.KafkaVersion + "\n\n`go run ./bench -only bus`: Java's producer-performance, acks=all, one topic of four partitions; each broker is idle while the other is\nmeasured. The embedded bus syncs every batch to disk before it answers; Kafka, by its defaults, does not.\n\n| | records/s | MB/s | p99 | broker's CPU-seconds | peak resident |\n|---|---|---|---|---|---|\n"
	for _, size := range []struct{ records, bytes int }{{2_000_000, 100}, {500_000, 1000}} {
		for _, broker := range []struct {
			name, bootstrap string
			pid             int
		}{{"embedded", after(said, "kafka"), ours.Process.Pid}, {"Apache Kafka", theirs.Bootstrap, theirs.PID}} {
			t, err := perform(jars, broker.bootstrap, broker.pid, size.records, size.bytes)
			if err != nil {
				return "", err
			}
			text += fmt.Sprintf("| %s, %d × %d B | %.0f | %.1f | %s ms | %.1f | %s |\n", broker.name, size.records, size.bytes, t.records, t.megabytes, t.p99, t.cpu, mb(t.peak))
		}
	}
	return text, nil
}

var performance = regexp.MustCompile(`records sent, ([\d.]+) records/sec \(([\d.]+) MB/sec\).* (\d+) ms 99th`)

func perform(jars, bootstrap string, pid, records, size int) (throughput, error) {
	topic := fmt.Sprintf("perf-%d", size)
	if err := fourPartitions(bootstrap, topic); err != nil {
		return throughput{}, err
	}
	before := cpuOf(pid)
	cmd := exec.Command("java", "-Xmx512m", "-cp", jars, "org.apache.kafka.tools.ProducerPerformance", "--topic", topic, "--num-records", strconv.Itoa(records),
		"--record-size", strconv.Itoa(size), "--throughput", "-1", "--producer-props", "bootstrap.servers="+bootstrap, "acks=all")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return throughput{}, fmt.Errorf("producer-performance: %w\n%s", err, lastLines(string(out)))
	}
	m := performance.FindStringSubmatch(string(out))
	if m == nil {
		return throughput{}, fmt.Errorf("producer-performance said\n%s", lastLines(string(out)))
	}
	t := throughput{p99: m[3], peak: peakResident(pid), cpu: (cpuOf(pid) - before).Seconds()}
	t.records, _ = strconv.ParseFloat(m[1], 64)
	t.megabytes, _ = strconv.ParseFloat(m[2], 64)
	return t, nil
}

func fourPartitions(bootstrap, topic string) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(bootstrap))
	if err != nil {
		return err
	}
	defer client.Close()
	_, err = kadm.NewClient(client).CreateTopic(context.Background(), 4, 1, nil, topic)
	return err
}
