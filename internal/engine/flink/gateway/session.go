package gateway

import (
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/weftmesh/weft/internal/engine/flink"
	"github.com/weftmesh/weft/internal/engine/flink/web"
)

// session is what one client has open.
type session struct {
	*flink.Session
	gateway *Gateway
	name    string

	mu         sync.Mutex
	used       time.Time
	operations map[string]*operation
	closed     bool
}

func (g *Gateway) openSession(r web.Request) (any, error) {
	var body struct {
		SessionName string            `json:"sessionName"`
		Properties  map[string]string `json:"properties"`
	}
	if err := r.Body("OpenSessionRequestBody", &body); err != nil {
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.sessions) >= g.config.MaxSessions {
		return nil, web.Internal(
			fmt.Errorf("Failed to create session, the count of active sessions exceeds the max count: %d", g.config.MaxSessions),
			gatewayException+"Failed to open session.")
	}
	s := &session{
		Session: g.config.Engine.OpenSession(body.Properties), gateway: g, name: body.SessionName,
		used: g.config.Clock.Now(), operations: map[string]*operation{},
	}
	g.sessions[s.Handle] = s
	return map[string]string{"sessionHandle": s.Handle}, nil
}

// session finds the session of a request and notes that it is used.
func (g *Gateway) session(r web.Request) (*session, error) {
	handle, err := r.Handle("session_handle")
	if err != nil {
		return nil, err
	}
	g.mu.Lock()
	s, ok := g.sessions[handle]
	g.mu.Unlock()
	if !ok {
		return nil, noSession(handle)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used = g.config.Clock.Now()
	return s, nil
}

// noSession is the cause of errors about sessions that are not there.
type noSession string

func (handle noSession) Error() string {
	return gatewayException + fmt.Sprintf("Session '%s' does not exist.", string(handle))
}

// asked turns the absence of a session or an operation into a handler's refusal; other errors stay as they are.
func asked(err error, doing string) error {
	var session noSession
	var operation noOperation
	if errors.As(err, &session) || errors.As(err, &operation) {
		return web.Refused(http.StatusInternalServerError, err, "Failed to %s.", doing)
	}
	return err
}

func (g *Gateway) sessionConfig(r web.Request) (any, error) {
	s, err := g.session(r)
	if err != nil {
		return nil, asked(err, "getSessionConfig")
	}
	return map[string]any{"properties": flink.Shown(s.Settings())}, nil
}

func (g *Gateway) heartbeat(r web.Request) (any, error) {
	if _, err := g.session(r); err != nil {
		return nil, asked(err, "getSessionConfig")
	}
	return struct{}{}, nil
}

func (g *Gateway) closeSession(r web.Request) (any, error) {
	s, err := g.session(r)
	if err != nil {
		return nil, asked(err, "closeSession")
	}
	g.mu.Lock()
	delete(g.sessions, s.Handle)
	g.mu.Unlock()
	s.close()
	return map[string]string{"status": "CLOSED"}, nil
}

// close ends the session's operations and its queries.
func (s *session) close() {
	s.mu.Lock()
	all := s.operations
	s.operations, s.closed = map[string]*operation{}, true
	s.mu.Unlock()
	for _, o := range all {
		o.close()
	}
	s.gateway.config.Engine.CloseSession(s.Handle)
}

// schedule looks for idle sessions after a while, again and again (sql-gateway.session.check-interval).
func (g *Gateway) schedule() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.stopDue = g.config.Clock.AfterFunc(min(time.Minute, g.config.IdleTimeout), func() {
		if g.ctx.Err() == nil {
			g.closeIdle()
			g.schedule()
		}
	})
}

func (g *Gateway) closeIdle() {
	now := g.config.Clock.Now()
	var idle []*session
	g.mu.Lock()
	for handle, s := range g.sessions {
		s.mu.Lock()
		if now.Sub(s.used) >= g.config.IdleTimeout {
			idle = append(idle, s)
			delete(g.sessions, handle)
		}
		s.mu.Unlock()
	}
	g.mu.Unlock()
	for _, s := range idle {
		g.config.Logger.Info("an idle session is closed", "session", s.Handle, "name", s.name)
		s.close()
	}
}
