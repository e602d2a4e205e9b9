package engines

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weftmesh/weft/internal/eventually"
)

// Kafka is a real Apache Kafka: one node that is broker and controller (KRaft).
type Kafka struct {
	Bootstrap     string // PLAINTEXT
	SASLBootstrap string // SASL_PLAINTEXT with PLAIN and SCRAM; "" unless asked for
	TLSBootstrap  string // SSL; "" unless asked for
	MTLSBootstrap string // SSL that asks for the client's certificate
	PID           int
}

// KafkaOptions say what is wanted beyond a plain listener.
type KafkaOptions struct {
	SASL    bool       // a second listener; users admin and alice, with NAME-secret as password
	TLS     *Authority // two more listeners: one for whoever trusts it, one for whoever has a certificate from it
	Shipped bool       // heap, collector and threads as Kafka's own scripts and server.properties set them, not small
}

// shipped are the flags of bin/kafka-server-start.sh and bin/kafka-run-class.sh.
var shipped = []string{
	"-Xmx1G", "-Xms1G", "-server", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20", "-XX:InitiatingHeapOccupancyPercent=35", "-XX:+ExplicitGCInvokesConcurrent",
	"-Djava.awt.headless=true",
}

// few are settings that keep a broker small.
const few = `log.cleaner.dedupe.buffer.size=4194304
log.cleaner.threads=1
num.network.threads=2
num.io.threads=4
background.threads=2
`

func (o KafkaOptions) flags() []string {
	if o.Shipped {
		return slices.Clone(shipped)
	}
	return append(slices.Clone(small), "-Xmx256m")
}

// KafkaJars fetches Kafka's jars, its clients and tools among them, and gives their folder.
func KafkaJars(t testing.TB) string {
	t.Helper()
	Need(t, "JDK 17 and Maven", "java", "mvn")
	return Once(t, "kafka-"+KafkaVersion, func(dir string) error { return jars(dir, kafkaPOM) })
}

// StartKafka starts a broker for a test and waits until it answers.
func StartKafka(t testing.TB, options KafkaOptions) *Kafka {
	t.Helper()
	classes := filepath.Join(KafkaJars(t), "*")
	dir := t.TempDir()
	plain, controller, sasl := FreePort(t), FreePort(t), FreePort(t)
	k := &Kafka{Bootstrap: fmt.Sprintf("127.0.0.1:%d", plain)}
	format := []string{"-Xmx128m", "-cp", classes, "kafka.tools.StorageTool", "format", "-t", "MkU3OEVBNTcwNTJENDM2Qg", "-c", filepath.Join(dir, "server.properties")}
	if options.SASL {
		k.SASLBootstrap = fmt.Sprintf("127.0.0.1:%d", sasl)
		for _, user := range []string{"admin", "alice"} {
			for _, mechanism := range []string{"SCRAM-SHA-256", "SCRAM-SHA-512"} {
				format = append(format, "--add-scram", fmt.Sprintf("%s=[name=%s,password=%s-secret]", mechanism, user, user))
			}
		}
	}
	listeners, settings := k.secure(t, dir, options.TLS)
	write(t, filepath.Join(dir, "server.properties"), properties(dir, plain, controller, sasl, listeners, options)+settings)
	write(t, filepath.Join(dir, "log4j2.properties"), logging)
	if err := Command(dir, "java", append(small, format...)...); err != nil {
		t.Fatal(err)
	}
	p := start(t, dir, "java", append(options.flags(), "-Dlog4j2.configurationFile="+filepath.Join(dir, "log4j2.properties"), "-cp", classes, "kafka.Kafka", filepath.Join(dir, "server.properties"))...)
	k.PID = p.cmd.Process.Pid
	eventually.Eventually(t, time.Minute, "Kafka to start", func() error {
		if text, err := os.ReadFile(p.log); err != nil || !strings.Contains(string(text), "Kafka Server started") {
			return fmt.Errorf("it has not said so yet (%w)", err)
		}
		return nil
	})
	return k
}

func write(t testing.TB, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func properties(dir string, plain, controller, sasl int, more string, options KafkaOptions) string {
	listeners := fmt.Sprintf("PLAINTEXT://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d", plain, controller)
	advertised := fmt.Sprintf("PLAINTEXT://127.0.0.1:%d", plain)
	extra := ""
	if options.SASL {
		listeners += fmt.Sprintf(",SASL_PLAINTEXT://127.0.0.1:%d", sasl)
		advertised += fmt.Sprintf(",SASL_PLAINTEXT://127.0.0.1:%d", sasl)
		extra = `sasl.enabled.mechanisms=SCRAM-SHA-256,SCRAM-SHA-512,PLAIN
listener.name.sasl_plaintext.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_admin="admin-secret" user_alice="alice-secret";
listener.name.sasl_plaintext.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.sasl_plaintext.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
`
	}
	listeners, advertised = listeners+more, advertised+more
	if !options.Shipped {
		extra += few
	}
	return fmt.Sprintf(`process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:%d
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,TLS:SSL,MTLS:SSL
listeners=%s
advertised.listeners=%s
log.dirs=%s
num.partitions=1
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
controlled.shutdown.enable=false
%s`, controller, listeners, advertised, filepath.Join(dir, "data"), extra)
}

const logging = `status = error
appender.c.type = Console
appender.c.name = c
appender.c.layout.type = PatternLayout
appender.c.layout.pattern = [%d] %p %m (%c)%n
rootLogger.level = info
rootLogger.appenderRef.c.ref = c
`
