// Package gateway serves the engine by the REST API of Flink's SQL Gateway: sessions, statements as operations, and
// their results page by page.
package gateway

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/weftmesh/weft/internal/engine/flink"
	"github.com/weftmesh/weft/internal/engine/flink/runtime"
	"github.com/weftmesh/weft/internal/engine/flink/web"
)

// Config says what a gateway serves. What is zero is as Flink has it (sql-gateway.session.idle-timeout and others).
type Config struct {
	Engine        *flink.Engine
	IdleTimeout   time.Duration // of a session; 0 for 10 minutes
	MaxSessions   int           // 0 for 1000
	MaxOperations int           // of a session that are not closed; 0 for 500
	Clock         runtime.Clock // nil: the machine's
	Logger        *slog.Logger
}

// Gateway holds the sessions of clients.
type Gateway struct {
	config  Config
	ctx     context.Context //nolint:containedctx // of all operations: it ends with Close
	stop    context.CancelFunc
	running sync.WaitGroup // operations

	mu       sync.Mutex
	sessions map[string]*session
	stopDue  func() // of the next look for idle sessions
}

// New makes a gateway; Close ends it.
func New(config Config) *Gateway {
	if config.IdleTimeout == 0 {
		config.IdleTimeout = 10 * time.Minute
	}
	if config.MaxSessions == 0 {
		config.MaxSessions = 1000
	}
	if config.MaxOperations == 0 {
		config.MaxOperations = 500
	}
	if config.Clock == nil {
		config.Clock = runtime.Wall{}
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	g := &Gateway{config: config, sessions: map[string]*session{}}
	g.ctx, g.stop = context.WithCancel(context.Background())
	g.schedule()
	return g
}

// Close ends all sessions and waits for what runs in them. Jobs of INSERT go on.
func (g *Gateway) Close() {
	g.stop()
	g.mu.Lock()
	g.stopDue()
	all := g.sessions
	g.sessions = map[string]*session{}
	g.mu.Unlock()
	for _, s := range all {
		s.close()
	}
	g.running.Wait()
}

// versions of the API, as prefixes of paths.
var versions = []string{"v1", "v2", "v3", "v4"}

// Handler is the API. A path without a version is of the newest.
func (g *Gateway) Handler() http.Handler {
	return web.Routes(g.endpoints(), prefixes, func(path string) string { return "Not found: " + path })
}

// prefixes are the versions that a path is there in.
func prefixes(path string) []string {
	since := 0
	if strings.HasSuffix(path, "/configure-session") || strings.HasSuffix(path, "/complete-statement") {
		since = 1 // FLIP-275
	}
	all := []string{""}
	for _, v := range versions[since:] {
		all = append(all, "/"+v)
	}
	return all
}

func (g *Gateway) endpoints() map[string]web.Endpoint {
	const session, operation = "/sessions/{session_handle}", "/sessions/{session_handle}/operations/{operation_handle}"
	return map[string]web.Endpoint{
		"GET /info":                              info,
		"GET /api_versions":                      apiVersions,
		"POST /sessions":                         g.openSession,
		"GET " + session:                         g.sessionConfig,
		"DELETE " + session:                      g.closeSession,
		"POST " + session + "/heartbeat":         g.heartbeat,
		"POST " + session + "/configure-session": g.configureSession,
		"GET " + session + "/complete-statement": g.completeStatement,
		"POST " + session + "/statements":        g.executeStatement,
		"GET " + operation + "/status":           g.operationStatus,
		"POST " + operation + "/cancel":          g.cancelOperation,
		"DELETE " + operation + "/close":         g.closeOperation,
		"GET " + operation + "/result/{token}":   g.fetchResults,
	}
}

func info(web.Request) (any, error) {
	return struct {
		ProductName string `json:"productName"`
		Version     string `json:"version"`
	}{"Apache Flink", flink.Version}, nil
}

func apiVersions(web.Request) (any, error) {
	names := make([]string, len(versions))
	for i, v := range versions {
		names[i] = strings.ToUpper(v)
	}
	return map[string][]string{"versions": names}, nil
}
