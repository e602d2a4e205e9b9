package gate

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/contracts"
)

// Gates runs the gates of a mesh's contracts in this process.
type Gates struct {
	config Config
	mu     sync.Mutex
	ctx    context.Context
	stop   context.CancelFunc
	gates  map[addrs.Topic]*running
}

type running struct {
	*worker
	fingerprint string
	cancel      context.CancelFunc
	done        chan struct{}
}

// NewGates runs nothing yet. Close ends what it will run.
func NewGates(config Config) *Gates {
	ctx, stop := context.WithCancel(context.Background())
	return &Gates{config: config, ctx: ctx, stop: stop, gates: map[addrs.Topic]*running{}}
}

// Follow starts, restarts and ends gates so that those run which a set of contracts calls for. It returns when those
// that are to end have ended.
func (g *Gates) Follow(set contracts.Set, only ...addrs.Product) {
	g.mu.Lock()
	defer g.mu.Unlock()
	wanted := map[addrs.Topic]Spec{}
	for _, spec := range Specs(set) {
		if len(only) == 0 || slices.Contains(only, spec.Product.Addr) {
			wanted[spec.Topic.Name] = spec
		}
	}
	for name, r := range g.gates {
		if spec, stays := wanted[name]; !stays || spec.Fingerprint() != r.fingerprint {
			r.cancel()
		}
	}
	for name, r := range g.gates {
		if spec, stays := wanted[name]; !stays || spec.Fingerprint() != r.fingerprint {
			<-r.done
			delete(g.gates, name)
		}
	}
	for name, spec := range wanted {
		if g.gates[name] == nil && g.ctx.Err() == nil {
			g.gates[name] = g.start(spec)
		}
	}
}

func (g *Gates) start(spec Spec) *running {
	ctx, cancel := context.WithCancel(g.ctx)
	r := &running{worker: newWorker(g.config, spec), fingerprint: spec.Fingerprint(), cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(r.done)
		r.run(ctx)
	}()
	return r
}

// Status tells of each gate how it is, in the order of topics.
func (g *Gates) Status() []Status {
	g.mu.Lock()
	defer g.mu.Unlock()
	all := make([]Status, 0, len(g.gates))
	for _, r := range g.gates {
		all = append(all, r.status.get())
	}
	slices.SortFunc(all, func(a, b Status) int { return strings.Compare(string(a.Topic), string(b.Topic)) })
	return all
}

// Close ends all gates and waits for them.
func (g *Gates) Close() {
	g.stop()
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, r := range g.gates {
		<-r.done
	}
}
