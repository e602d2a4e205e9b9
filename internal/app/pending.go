package app

import (
	"net/http"
	"time"

	"github.com/weftmesh/weft/internal/engine/connect/rest"
)

// pending lets requests wait until there is who answers them: a worker starts once its Kafka answers.
type pending struct {
	ready chan struct{}
	next  http.Handler
}

// waiting is how long a request waits.
const waiting = 30 * time.Second

func (p *pending) serve(next http.Handler) {
	p.next = next
	close(p.ready)
}

// ServeHTTP waits for the handler, for a while or until the client has gone.
func (p *pending) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	timer := time.NewTimer(waiting)
	defer timer.Stop()
	select {
	case <-p.ready:
		p.next.ServeHTTP(w, r)
	case <-timer.C:
		rest.Refuse(w, http.StatusServiceUnavailable, "The worker has not started yet: it waits for its Kafka to answer.")
	case <-r.Context().Done():
	}
}
