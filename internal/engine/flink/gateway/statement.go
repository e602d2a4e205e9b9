package gateway

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"

	"github.com/weftmesh/weft/internal/engine/flink"
	"github.com/weftmesh/weft/internal/engine/flink/web"
)

func (g *Gateway) executeStatement(r web.Request) (any, error) {
	var body struct {
		Statement        string            `json:"statement"`
		ExecutionTimeout int64             `json:"executionTimeout"` // milliseconds
		ExecutionConfig  map[string]string `json:"executionConfig"`
	}
	if err := r.Body("ExecuteStatementRequestBody", &body); err != nil {
		return nil, err
	}
	const failure = gatewayException + "Failed to execute statement."
	s, err := g.session(r)
	if err != nil {
		return nil, internal(err, failure)
	}
	if body.ExecutionTimeout > 0 {
		return nil, web.Internal(errors.New("java.lang.UnsupportedOperationException: SqlGatewayService doesn't support timeout mechanism now."), failure)
	}
	o, err := s.submit(func(ctx context.Context) (*flink.Result, error) {
		return s.ExecuteWith(ctx, body.Statement, body.ExecutionConfig)
	})
	if err != nil {
		return nil, internal(err, failure)
	}
	return map[string]string{"operationHandle": o.handle}, nil
}

// submit starts an operation.
func (s *session) submit(execute func(context.Context) (*flink.Result, error)) (*operation, error) {
	ctx, cancel := context.WithCancel(s.gateway.ctx)
	o := &operation{handle: newHandle(), cancel: cancel, status: running}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		cancel()
		return nil, noSession(s.Handle)
	}
	if len(s.operations) >= s.gateway.config.MaxOperations && !s.dropFetched() {
		cancel()
		return nil, fmt.Errorf("%sthis session has %d operations that are not closed; close some, or fetch their results to the end", gatewayException, len(s.operations))
	}
	s.operations[o.handle] = o
	s.gateway.running.Go(func() {
		defer cancel()
		o.run(ctx, execute)
	})
	return o, nil
}

// dropFetched closes the operations that have nothing more to give; false if there are none.
func (s *session) dropFetched() (dropped bool) {
	for handle, o := range s.operations {
		if o.done() {
			o.close()
			delete(s.operations, handle)
			dropped = true
		}
	}
	return dropped
}

// done reports that the result was fetched to its end, or failed.
func (o *operation) done() bool {
	switch o.now() {
	case running:
		return false
	case failed, canceled, closed:
		return true
	}
	if !o.fetching.TryLock() {
		return false
	}
	defer o.fetching.Unlock()
	return o.ended && len(o.left) == 0
}

// noOperation is the cause of errors about operations that are not there.
type noOperation string

func (handle noOperation) Error() string {
	return gatewayException + fmt.Sprintf("Can not find the submitted operation in the OperationManager with the %s.", string(handle))
}

func (g *Gateway) operation(r web.Request) (*session, *operation, error) {
	handle, err := r.Handle("operation_handle")
	if err != nil {
		return nil, nil, err
	}
	s, err := g.session(r)
	if err != nil {
		return nil, nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	o, ok := s.operations[handle]
	if !ok {
		return s, nil, noOperation(handle)
	}
	return s, o, nil
}

func (g *Gateway) operationStatus(r web.Request) (any, error) {
	_, o, err := g.operation(r)
	if err != nil {
		return nil, asked(err, "getOperationInfo")
	}
	return map[string]status{"status": o.now()}, nil
}

func (g *Gateway) cancelOperation(r web.Request) (any, error) {
	_, o, err := g.operation(r)
	if err != nil {
		return nil, asked(err, "cancelOperation")
	}
	if err := o.giveUp(); err != nil {
		return nil, web.Refused(http.StatusInternalServerError, err, "Failed to cancelOperation.")
	}
	return map[string]status{"status": canceled}, nil
}

// closeOperation forgets an operation; closing what is not there is no error.
func (g *Gateway) closeOperation(r web.Request) (any, error) {
	s, o, err := g.operation(r)
	var missing noOperation
	if err != nil && !errors.As(err, &missing) {
		return nil, asked(err, "closeOperation")
	}
	if o != nil {
		s.mu.Lock()
		delete(s.operations, o.handle)
		s.mu.Unlock()
		o.close()
	}
	return map[string]status{"status": closed}, nil
}

// newHandle is a random UUID.
func newHandle() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	text := hex.EncodeToString(b[:])
	return text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:]
}
