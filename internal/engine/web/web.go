// Package web opens the HTTP servers of engines that ask nobody who they are: on loopback, with a guard before them.
package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// ErrAddress says that an address cannot be listened on.
var ErrAddress = errors.New("the address cannot be listened on")

// Config says how a server is opened.
type Config struct {
	Name    string   // for errors
	Listen  string   // host:port; port 0 picks a free one
	Hosts   []string // names beside loopback that requests may be sent to; without them it listens on loopback alone
	Handler http.Handler
	Refuse  Refusal // nil: the reason as text
	Logger  *slog.Logger
}

// Refusal answers a request that the guard turns down, in the manner of the server's protocol.
type Refusal func(w http.ResponseWriter, status int, reason string)

// Server answers requests until it is closed.
type Server struct {
	name     string
	server   *http.Server
	listener net.Listener
	served   chan struct{}
	failed   chan error
}

// Open listens and answers. Whoever may send statements may read and write what this process may: so an address beyond
// this machine needs the names by which it is to be reached.
func Open(config Config) (*Server, error) {
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	if config.Refuse == nil {
		config.Refuse = func(w http.ResponseWriter, status int, reason string) { http.Error(w, reason, status) }
	}
	listener, err := net.Listen("tcp", config.Listen)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrAddress, config.Listen, err)
	}
	if address, ok := listener.Addr().(*net.TCPAddr); ok && !address.IP.IsLoopback() && len(config.Hosts) == 0 {
		listener.Close()
		return nil, fmt.Errorf("%s on %s reaches beyond this machine and asks nobody who they are: listen on 127.0.0.1, or name the hosts that it may be reached by", config.Name, config.Listen)
	}
	s := &Server{name: config.Name, listener: listener, served: make(chan struct{}), failed: make(chan error, 1)}
	s.server = &http.Server{
		Handler:           guard(config.Handler, config.Hosts, config.Refuse),
		ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, WriteTimeout: time.Minute, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 64 << 10,
		ErrorLog:       slog.NewLogLogger(config.Logger.Handler(), slog.LevelDebug),
	}
	go s.serve()
	return s, nil
}

func (s *Server) serve() {
	defer close(s.served)
	if err := s.server.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
		s.failed <- fmt.Errorf("%s stopped: %w", s.name, err)
	}
}

// Addr is the host:port that is listened on.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// URL is the base of the API.
func (s *Server) URL() string { return "http://" + s.Addr() }

// Failed gives the error that took the server down, where it was not Close.
func (s *Server) Failed() <-chan error { return s.failed }

// Close answers what is under way and stops.
func (s *Server) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	err := s.server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = s.server.Close()
	}
	<-s.served
	return err
}
