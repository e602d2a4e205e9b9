package engines

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/weftmesh/weft/internal/eventually"
)

// StartApicurio starts a registry that keeps its data in memory, waits until it answers, and gives the URL of its
// Confluent-compatible API. Its global level is set to BACKWARD, as Confluent's is.
func StartApicurio(t testing.TB) string {
	t.Helper()
	Need(t, "JDK 17 and Maven", "java", "mvn", "tar")
	home := Once(t, "apicurio-"+ApicurioVersion, func(dir string) error {
		artifact := "io.apicurio:apicurio-registry-app:" + ApicurioVersion + ":tar.gz:all"
		if err := Command(dir, "mvn", "-B", "-ntp", "-q", "dependency:copy", "-Dartifact="+artifact, "-DoutputDirectory="+dir); err != nil {
			return err
		}
		return Command(dir, "tar", "xzf", "apicurio-registry-app-"+ApicurioVersion+"-all.tar.gz")
	})
	port := FreePort(t)
	jar := filepath.Join(home, "apicurio-registry-app-"+ApicurioVersion+"-runner.jar")
	start(t, t.TempDir(), "java", append(small, "-Xmx384m", "-Dquarkus.http.host=127.0.0.1", fmt.Sprintf("-Dquarkus.http.port=%d", port), "-jar", jar)...)
	base := fmt.Sprintf("http://127.0.0.1:%d/apis/ccompat/v7", port)
	eventually.Eventually(t, 2*time.Minute, "Apicurio to start", func() error { return put(t, base+"/config", `{"compatibility":"BACKWARD"}`) })
	return base
}

func put(t testing.TB, url, body string) error {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPut, url, bytes.NewReader([]byte(body)))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/vnd.schemaregistry.v1+json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if text, _ := io.ReadAll(response.Body); response.StatusCode != http.StatusOK {
		return fmt.Errorf("%d: %s", response.StatusCode, text)
	}
	return nil
}
