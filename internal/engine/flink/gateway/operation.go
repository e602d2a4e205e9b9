package gateway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/weftmesh/weft/internal/engine/flink"
)

// status is what an operation is doing, by Flink's names (OperationStatus).
type status string

const (
	running  status = "RUNNING"
	finished status = "FINISHED" // of a query: its job runs, and its rows can be fetched
	canceled status = "CANCELED"
	closed   status = "CLOSED"
	failed   status = "ERROR"
)

// pageBound is how many rows a page has at most.
const pageBound = 5000

// patience is how long a request waits for the rows of a query: those that come within it are not asked for in vain.
const patience = 50 * time.Millisecond

// operation is a statement that was handed in.
type operation struct {
	handle string
	cancel context.CancelFunc

	mu     sync.Mutex
	status status
	result *flink.Result
	err    error

	fetching sync.Mutex // one at a time, as the rest is
	next     int64      // the token that gives new rows
	before   []flink.Row
	left     []flink.Row
	ended    bool
}

// run executes the statement; it returns when the result can be fetched.
func (o *operation) run(ctx context.Context, execute func(context.Context) (*flink.Result, error)) {
	result, err := execute(ctx)
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.status != running { // it was given up meanwhile
		if result != nil {
			result.Close()
		}
		return
	}
	o.status, o.result, o.err = finished, result, err
	if err != nil {
		o.status = failed
	}
}

func (o *operation) now() status {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.status
}

// giveUp cancels an operation that runs.
func (o *operation) giveUp() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.status != running {
		return fmt.Errorf("%sFailed to convert the Operation Status from %s to %s for %s.", gatewayException, o.status, canceled, o.handle)
	}
	o.status = canceled
	o.cancel()
	return nil
}

// close ends the operation and, if it is a query, its job.
func (o *operation) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.status = closed
	o.cancel()
	if o.result != nil {
		o.result.Close()
	}
}

// page is a part of a result.
type page struct {
	ready  bool
	result *flink.Result
	rows   []flink.Row
	end    bool
}

// fetch gives the page of a token: that of the last call or the one after it.
func (o *operation) fetch(ctx context.Context, token int64) (page, error) {
	o.mu.Lock()
	state, result, err := o.status, o.result, o.err
	o.mu.Unlock()
	switch state {
	case running:
		return page{}, nil
	case failed:
		return page{}, err
	case canceled, closed:
		return page{}, fmt.Errorf("%sCan only fetch results from the %s in FINISHED state but the current state is %s.", gatewayException, o.handle, state)
	}
	o.fetching.Lock()
	defer o.fetching.Unlock()
	p := page{ready: true, result: result}
	switch {
	case token >= 0 && token == o.next-1:
		p.rows = o.before
		return p, nil
	case token != o.next:
		return page{}, fmt.Errorf("%sExpecting token to be %d or %d, but found %d.", gatewayException, max(o.next-1, 0), o.next, token)
	}
	if err := o.gather(ctx); err != nil {
		return page{}, err
	}
	if len(o.left) == 0 && o.ended {
		p.end = true
		return p, nil
	}
	n := min(len(o.left), pageBound)
	p.rows, o.before, o.left = o.left[:n], o.left[:n], o.left[n:]
	o.next++
	return p, nil
}

// gather takes rows of the result, where none are left of the last time.
func (o *operation) gather(ctx context.Context) error {
	if len(o.left) > 0 || o.ended {
		return nil
	}
	waiting, stop := context.WithTimeout(ctx, patience)
	defer stop()
	rows, err := o.result.Next(waiting)
	switch {
	case errors.Is(err, io.EOF):
		o.ended = true
	case errors.Is(err, context.DeadlineExceeded):
	case err != nil:
		o.fail(err)
		return err
	}
	o.left = rows
	return nil
}

func (o *operation) fail(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.status == finished {
		o.status, o.err = failed, err
	}
}
