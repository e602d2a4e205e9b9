// Package connect makes, changes, watches and ends connectors by Kafka Connect's REST API (KIP-26, KIP-875).
package connect

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
	"sync"
	"time"

	"github.com/weftmesh/weft/internal/traces"
)

// Config says how a Kafka Connect is reached, and what its REST API cannot do.
type Config struct {
	URL  string
	HTTP *http.Client // nil: one with a bound on time
	// Signal writes a record that asks a connector for something (Debezium: Kafka signal channel); nil: nothing is asked.
	Signal func(ctx context.Context, topic, key string, value []byte) error
	// Release takes away what a connector leaves in its database, by its configuration; nil: it stays.
	Release func(ctx context.Context, config map[string]string) error
}

// Timeout bounds one request: Connect answers a PUT of a configuration after it has validated it, which asks the
// database. Patience is how long a connector may take to run or to stop.
const (
	Timeout  = 90 * time.Second
	Patience = 60 * time.Second
)

// Connectors are the connectors of a Kafka Connect.
type Connectors struct {
	config Config
	base   string

	ending sync.Mutex // connectors end one by one
}

// New reads and changes the connectors of a Kafka Connect.
func New(config Config) *Connectors {
	if config.HTTP == nil {
		config.HTTP = &http.Client{Timeout: Timeout}
	}
	return &Connectors{config: config, base: strings.TrimRight(config.URL, "/")}
}

// apiError is an error that Connect answers.
type apiError struct {
	status int
	text   string
}

func (e apiError) Error() string { return "Kafka Connect says: " + e.text }

func answered(err error, status int) bool {
	var e apiError
	return errors.As(err, &e) && e.status == status
}

// busy is how long a worker is waited for whose group rebalances: it answers 409 to all that changes something.
const busy = 30 * time.Second

// call sends a request; body and into may be nil. A worker that rebalances is asked again.
func (t *Connectors) call(ctx context.Context, method, path string, body, into any) error {
	deadline := time.Now().Add(busy)
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		err := t.once(ctx, method, path, body, into)
		if !answered(err, http.StatusConflict) || time.Now().After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
}

func (t *Connectors) once(ctx context.Context, method, path string, body, into any) error {
	var reader io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		reader = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, t.base+path, reader)
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := t.config.HTTP.Do(request)
	if err != nil {
		return t.unreachable(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, 64<<20))
	if err != nil {
		return t.unreachable(err)
	}
	if response.StatusCode >= http.StatusBadRequest {
		return apiError{response.StatusCode, refusal(response.StatusCode, text)}
	}
	if into == nil || len(text) == 0 {
		return nil
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%s answered what is no JSON of Kafka Connect's API; check connect.url: %w", t.base, err)
	}
	return nil
}

// refusal is what an answer with an error says (Connect: {"error_code", "message"}).
func refusal(status int, text []byte) string {
	var answer struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(text, &answer) != nil || answer.Message == "" {
		return http.StatusText(status)
	}
	return traces.Cause(answer.Message)
}

func (t *Connectors) unreachable(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	if errors.Is(err, context.Canceled) {
		return err
	}
	return fmt.Errorf("Kafka Connect at %s cannot be reached: %w; check that it runs, and connect.url", t.base, err)
}

func path(name, rest string) string { return "/connectors/" + url.PathEscape(name) + rest }

// poll asks again and again until done says so, the patience ends or the context does.
func poll(ctx context.Context, done func() (bool, error)) error {
	deadline := time.Now().Add(Patience)
	for wait := 10 * time.Millisecond; ; wait = min(2*wait, 500*time.Millisecond) {
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
	}
}

var errPatience = fmt.Errorf("it takes longer than %s", Patience)
