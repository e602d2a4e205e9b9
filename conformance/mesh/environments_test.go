package mesh_test

import (
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/weftmesh/weft/conformance/engines"
)

// TestTLSOnApacheKafka: an authority that is named, one that is not, no TLS at all; then a broker that asks for the
// client's certificate, with it and without. Files are found beside mesh.yaml.
func TestTLSOnApacheKafka(t *testing.T) {
	certificates := t.TempDir()
	authority := engines.NewAuthority(t, certificates)
	kafka := engines.StartKafka(t, engines.KafkaOptions{TLS: authority})
	cert, key := authority.Issue(t, "weft")
	for _, c := range []struct {
		name, address, tls string
		says               []string // none: it works
	}{
		{"TLS", kafka.TLSBootstrap, "tls: {ca: ca.pem}", nil},
		{"an authority that is not named", kafka.TLSBootstrap, "tls: {}", []string{"certificate that is not trusted", "tls.ca"}},
		{"another host's certificate", kafka.TLSBootstrap, "tls: {ca: ca.pem, server_name: elsewhere}", []string{"elsewhere", "certificate"}},
		{"no TLS", kafka.TLSBootstrap, "", []string{"kafka at 127.0.0.1:", "tls"}},
		{"a file that is not there", kafka.TLSBootstrap, "tls: {ca: nowhere.pem}", []string{"tls.ca", "nowhere.pem", "no such file"}},
		{"a file that is no certificate", kafka.TLSBootstrap, "tls: {ca: mesh.yaml}", []string{"holds no certificate in PEM"}},
		{"mutual TLS", kafka.MTLSBootstrap, "tls: {ca: ca.pem, cert: weft.pem, key: weft.key}", nil},
		{"mutual TLS without a certificate", kafka.MTLSBootstrap, "tls: {ca: ca.pem}", []string{"asks for a certificate", "tls.cert and tls.key"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.tls != "" {
				c.tls = ", " + c.tls
			}
			dir := small(t, fmt.Sprintf("environments:\n  prod: {kafka: {bootstrap: [%q]%s}}\n", c.address, c.tls))
			for from, name := range map[string]string{authority.CA: "ca.pem", cert: "weft.pem", key: "weft.key"} {
				copyFile(t, from, filepath.Join(dir, name))
			}
			args := []string{"serve", dir, "--env", "prod", "--http", "127.0.0.1:0", "--registry", "127.0.0.1:0"}
			if len(c.says) > 0 {
				saysWithin(t, 15*time.Second, 3, c.says, args...)
				return
			}
			server := serve(t, `serves environment prod.*API \S+\n`, args...)
			if plan := planned(t, server.after("API"), dir); plan.Problems.HasErrors() || plan.Empty() {
				t.Errorf("the plan: %+v", plan)
			}
		})
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	text, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestARegistryBehindTLSAndAPassword: the right one works; a wrong one, and an authority that is not named, are said;
// the password is in no output.
func TestARegistryBehindTLSAndAPassword(t *testing.T) {
	bus := serve(t, `kafka \S+\n`, "engine", "kafka", "--listen", "127.0.0.1:0", "--data", t.TempDir()).after("kafka")
	schemas := serve(t, `registry \S+\n`, "engine", "registry", "--listen", "127.0.0.1:0", "--kafka", bus).after("registry")
	target, err := url.Parse(schemas)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	front := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "weft" || password != "right" {
			http.Error(w, `{"error_code":401,"message":"Unauthorized"}`, http.StatusUnauthorized)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	defer front.Close()
	mesh := func(tls, password string) []string {
		dir := small(t, fmt.Sprintf("environments:\n  prod:\n    kafka: {bootstrap: [%q]}\n    registry: {url: %q, user: weft, password: {file: password}%s}\n", bus, front.URL, tls))
		ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: front.Certificate().Raw})
		for name, text := range map[string][]byte{"ca.pem": ca, "password": []byte(password + "\n")} {
			if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return []string{"serve", dir, "--env", "prod", "--http", "127.0.0.1:0"}
	}
	saysWithin(t, 15*time.Second, 3, []string{"refused the user or the password", "registry.password"}, mesh(", tls: {ca: ca.pem}", "secret-of-ours")...)
	saysWithin(t, 15*time.Second, 3, []string{"the schema registry at https://", "certificate"}, mesh("", "right")...)
	args := mesh(", tls: {ca: ca.pem}", "right")
	server := serve(t, `serves environment prod.*API \S+\n`, args...)
	if code, out := run(t, "apply", args[1], "--server", server.after("API")); code != 0 {
		t.Errorf("apply exits %d:\n%s", code, out)
	}
}

// TestAServerBeyondLoopbackAsksForItsToken, and so does the registry that it runs.
func TestAServerBeyondLoopbackAsksForItsToken(t *testing.T) {
	bus := serve(t, `kafka \S+\n`, "engine", "kafka", "--listen", "127.0.0.1:0", "--data", t.TempDir()).after("kafka")
	dir := small(t, fmt.Sprintf("environments:\n  prod: {kafka: {bootstrap: [%q]}}\n", bus))
	saysWithin(t, 5*time.Second, 3, []string{"--registry 0.0.0.0:0", "needs a token", "WEFT_SERVER_TOKEN"},
		"serve", dir, "--env", "prod", "--http", "127.0.0.1:0", "--registry", "0.0.0.0:0")
	t.Setenv("WEFT_SERVER_TOKEN", "secret-of-ours")
	server := serve(t, `serves environment prod.*API \S+\n`, "serve", dir, "--env", "prod", "--http", "0.0.0.0:0", "--registry", "0.0.0.0:0")
	api := server.after("API")
	saysWithin(t, 5*time.Second, 3, []string{"A token is needed", "WEFT_TOKEN"}, "status", "--server", api)
	t.Setenv("WEFT_TOKEN", "a-guess")
	saysWithin(t, 5*time.Second, 3, []string{"A token is needed"}, "plan", dir, "--server", api)
	t.Setenv("WEFT_TOKEN", "secret-of-ours")
	saysWithin(t, 15*time.Second, 0, nil, "apply", dir, "--server", api)
	for secret, want := range map[string]int{"": 401, "a-guess": 401, "secret-of-ours": 200} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.after("registry")+"/subjects", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.SetBasicAuth("anyone", secret)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("the registry answers %q with %d, want %d", secret, response.StatusCode, want)
		}
	}
}

// TestAServerDoesNotGuessItsEnvironment: a mesh.yaml with errors is not served.
func TestAServerDoesNotGuessItsEnvironment(t *testing.T) {
	dir := small(t, "environments:\n  prod: {kafka: {bootstrap: [\"k:9093\"], sasl: {mechanism: PLAIN, user: weft, password: secret-of-ours}}}\n")
	saysWithin(t, 5*time.Second, 3, []string{"mesh.yaml:3:", "stands in the file in clear"}, "serve", dir, "--env", "prod")
}
