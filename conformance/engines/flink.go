package engines

import (
	_ "embed"
	"testing"
)

// FlinkVersion is the Flink that the embedded engine is held against.
const FlinkVersion = "2.3.0"

//go:embed flink.pom.xml
var flinkPOM string

// opens are the packages of the JDK that Flink reaches into, as its own configuration for Java 17 opens them.
var opens = []string{
	"--add-opens=java.base/java.lang=ALL-UNNAMED",
	"--add-opens=java.base/java.lang.reflect=ALL-UNNAMED",
	"--add-opens=java.base/java.io=ALL-UNNAMED",
	"--add-opens=java.base/java.net=ALL-UNNAMED",
	"--add-opens=java.base/java.nio=ALL-UNNAMED",
	"--add-opens=java.base/java.text=ALL-UNNAMED",
	"--add-opens=java.base/java.time=ALL-UNNAMED",
	"--add-opens=java.base/java.util=ALL-UNNAMED",
	"--add-opens=java.base/java.util.concurrent=ALL-UNNAMED",
	"--add-opens=java.base/java.util.concurrent.atomic=ALL-UNNAMED",
	"--add-opens=java.base/java.util.concurrent.locks=ALL-UNNAMED",
	"--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
}

// FlinkJars fetches Flink's jars, the SQL gateway, the Kafka connector and the formats among them, and gives their folder.
func FlinkJars(t testing.TB) string {
	t.Helper()
	Need(t, "JDK 17 and Maven", "java", "mvn")
	return Once(t, "flink-"+FlinkVersion, func(dir string) error { return jars(dir, flinkPOM) })
}

// FlinkOpens are the options of a JVM that runs Flink.
func FlinkOpens() []string { return append([]string(nil), opens...) }
