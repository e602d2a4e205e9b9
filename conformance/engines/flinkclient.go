package engines

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// FlinkSQLClient runs a script with Flink's own SQL client against a gateway, and gives what the client printed.
func FlinkSQLClient(t testing.TB, gateway, script string) string {
	t.Helper()
	jars := FlinkJars(t)
	client := Once(t, "flink-sql-client-"+FlinkVersion, func(dir string) error {
		return Command(dir, "mvn", "-B", "-ntp", "-q", "dependency:copy", "-Dartifact=org.apache.flink:flink-sql-client:"+FlinkVersion, "-DoutputDirectory="+dir)
	})
	dir := t.TempDir()
	write(t, filepath.Join(dir, "config.yaml"), "parallelism.default: 1\n")
	write(t, filepath.Join(dir, "log4j2.properties"), strings.ReplaceAll(logging, "info", "error"))
	write(t, filepath.Join(dir, "script.sql"), script)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	args := append(append([]string{}, small...), opens...)
	args = append(args, "-Xmx256m", "-Duser.home="+dir, "-Djava.io.tmpdir="+dir, "-Dlog4j2.configurationFile="+filepath.Join(dir, "log4j2.properties"),
		"-cp", filepath.Join(client, "*")+":"+filepath.Join(jars, "*"), "org.apache.flink.table.client.SqlClient", "gateway",
		"--endpoint", strings.TrimPrefix(gateway, "http://"), "-f", filepath.Join(dir, "script.sql"))
	cmd := exec.CommandContext(ctx, "java", args...)
	cmd.Env = append(os.Environ(), "FLINK_CONF_DIR="+dir)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("Flink's SQL client: %v\n%s", err, out)
	}
	return string(out)
}
