// Package flink starts, watches and ends jobs by Flink's public protocols: the SQL Gateway's REST API for statements,
// Flink's own REST API for jobs.
package flink

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/weftmesh/weft/internal/traces"
)

// Config says how a Flink is reached.
type Config struct {
	Gateway string // base URL of the SQL gateway
	REST    string // base URL of the JobManager's REST API
	HTTP    *http.Client
}

// Timeout bounds one request; Patience how long a job may take to run, to stop or to be cancelled.
const (
	Timeout  = 30 * time.Second
	Patience = 90 * time.Second
)

// client sends requests to one of the two APIs.
type client struct {
	http *http.Client
	base string
	what string // for people: the SQL gateway
	key  string // of mesh.yaml: flink.gateway
}

func newClient(config Config, base, what, key string) client {
	if config.HTTP == nil {
		config.HTTP = &http.Client{Timeout: Timeout}
	}
	return client{config.HTTP, strings.TrimRight(base, "/"), what, key}
}

// apiError is an error that Flink answers.
type apiError struct {
	status int
	text   string
}

func (e apiError) Error() string { return "Flink says: " + e.text }

func notFound(err error) bool {
	var e apiError
	return errors.As(err, &e) && e.status == http.StatusNotFound
}

// call sends a request; body and into may be nil.
func (c client) call(ctx context.Context, method, path string, body, into any) error {
	var reader io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		reader = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, reader)
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := c.http.Do(request)
	if err != nil {
		return c.unreachable(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, 64<<20))
	if err != nil {
		return c.unreachable(err)
	}
	if response.StatusCode >= http.StatusBadRequest {
		return apiError{response.StatusCode, refusal(response.StatusCode, text)}
	}
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%s at %s answered what is no JSON of its API; check %s: %w", c.what, c.base, c.key, err)
	}
	return nil
}

// refusal is what an answer with errors says, in its shortest form.
func refusal(status int, text []byte) string {
	var answer struct {
		Errors []string `json:"errors"`
	}
	if json.Unmarshal(text, &answer) != nil || len(answer.Errors) == 0 {
		return http.StatusText(status)
	}
	return traces.Cause(answer.Errors[len(answer.Errors)-1])
}

func (c client) unreachable(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	if errors.Is(err, context.Canceled) {
		return err
	}
	return fmt.Errorf("%s at %s cannot be reached within %s: %w; check that it runs, and %s", c.what, c.base, Timeout, err, c.key)
}

// poll asks again and again until done says so, the patience ends or the context does.
func poll(ctx context.Context, done func() (bool, error)) error {
	deadline := time.Now().Add(Patience)
	wait := 5 * time.Millisecond
	for {
		ok, err := done()
		if ok || err != nil {
			return err
		}
		if time.Now().After(deadline) {
			return errPatience
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
		wait = min(2*wait, 500*time.Millisecond)
	}
}

var errPatience = fmt.Errorf("it takes longer than %s", Patience)
