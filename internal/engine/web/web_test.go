package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/weftmesh/weft/internal/engine/web"
)

func open(t *testing.T, hosts ...string) *web.Server {
	t.Helper()
	routes := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	s, err := web.Open(web.Config{Name: "a server", Listen: "127.0.0.1:0", Hosts: hosts, Handler: routes})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func status(t *testing.T, s *web.Server, method string, change func(*http.Request)) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.URL()+"/thing", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	change(r)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	return response.StatusCode
}

func TestPagesFromElsewhereAreRefused(t *testing.T) {
	s := open(t, "flink.example")
	for _, c := range []struct {
		name, method string
		change       func(*http.Request)
		want         int
	}{
		{"a client", "POST", func(*http.Request) {}, 200},
		{"by localhost", "GET", func(r *http.Request) { r.Host = "localhost:1" }, 200},
		{"by a name that it has", "GET", func(r *http.Request) { r.Host = "flink.example:1" }, 200},
		{"by a name that a page made resolve here", "GET", func(r *http.Request) { r.Host = "evil.example" }, 403},
		{"a form of a page", "POST", func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") }, 403},
		{"a browser that says so", "POST", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, 403},
	} {
		if got := status(t, s, c.method, c.change); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

func TestItDoesNotListenBeyondThisMachineUnasked(t *testing.T) {
	if s, err := web.Open(web.Config{Name: "a server", Listen: "0.0.0.0:0", Handler: http.NotFoundHandler()}); err == nil {
		s.Close()
		t.Error("it listens")
	} else if !strings.Contains(err.Error(), "beyond this machine") {
		t.Errorf("it says %v", err)
	}
}
