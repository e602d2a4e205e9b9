package app

import "net/http"

// pending lets requests wait until there is who answers them: the address of a server is part of what it serves.
type pending struct {
	ready chan struct{}
	next  http.Handler
}

func (p *pending) serve(next http.Handler) {
	p.next = next
	close(p.ready)
}

// ServeHTTP waits for the handler, or until the client has gone.
func (p *pending) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	select {
	case <-p.ready:
		p.next.ServeHTTP(w, r)
	case <-r.Context().Done():
	}
}
