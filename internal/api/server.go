package api

import (
	"context"
	"crypto/subtle"
	"log/slog"
	"net"
	"net/http"
	"path"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/weftmesh/weft/internal/access"
)

// server is the API with what it was given.
type server struct {
	Config
}

func newServer(config Config) http.Handler {
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	s := &server{Config: config}
	mux := http.NewServeMux()
	document := huma.DefaultConfig("Weft", config.Version)
	document.Info.Description = "The self-serve, real-time data mesh: products, their records, their health, plans and applies."
	document.DocsPath = ""
	document.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	document.CreateHooks = nil
	registered := humago.New(mux, document)
	for _, register := range append([]func(huma.API){s.products, s.status, s.records, s.quarantine}, config.Extra...) {
		register(registered)
	}
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	mux.HandleFunc("GET /readyz", s.ready)
	mux.Handle("GET /metrics", s.metrics())
	return s.guard(mux)
}

func (s *server) ready(w http.ResponseWriter, _ *http.Request) {
	if s.Ready != nil {
		if err := s.Ready(); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
	}
	_, _ = w.Write([]byte("ready\n"))
}

func (s *server) metrics() http.Handler {
	registry := prometheus.NewRegistry()
	for _, collector := range s.Metrics {
		registry.MustRegister(collector)
	}
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4})
}

// identityKey is where a request's identity is kept.
type identityKey struct{}

func identityOf(ctx context.Context) access.Identity {
	identity, _ := ctx.Value(identityKey{}).(access.Identity)
	return identity
}

// open are the paths that need no token: they tell nothing of the mesh.
var open = []string{"/healthz", "/readyz"}

// guard asks who sends a request, and refuses hosts that are not this server's: a page in a browser must not reach a
// server on loopback by a name that it made resolve there.
func (s *server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.AnyHost && !s.knownHost(r.Host) {
			refuse(w, http.StatusForbidden, "This server does not answer for the host "+r.Host+".")
			return
		}
		identity := access.Identity{Local: true, Name: "local"}
		if len(s.Tokens) > 0 && !slices.Contains(open, r.URL.Path) {
			secret, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
			found, ok := access.Authenticate(s.Tokens, secret)
			if !ok {
				refuse(w, http.StatusUnauthorized, "A token is needed: set WEFT_TOKEN, or send Authorization: Bearer TOKEN.")
				return
			}
			identity = found
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), identityKey{}, identity)))
	})
}

func refuse(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(`{"title":"` + http.StatusText(status) + `","status":` + statusText(status) + `,"detail":` + quoted(detail) + "}\n")) //nolint:gosec // JSON, and said to be
}

func (s *server) knownHost(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	ip := net.ParseIP(strings.Trim(name, "[]"))
	if name == "localhost" || ip != nil && ip.IsLoopback() {
		return true
	}
	return slices.ContainsFunc(s.Hosts, func(known string) bool { return subtle.ConstantTimeCompare([]byte(known), []byte(name)) == 1 })
}

// schemaName tells types of one name apart by their package: ObserveTopic, CatalogTopic.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if pkg := path.Base(t.PkgPath()); t.Name() != "" && strings.Contains(t.PkgPath(), "/internal/") && pkg != "api" {
		return strings.ToUpper(pkg[:1]) + pkg[1:] + name
	}
	return name
}
