// Package registry reaches a schema registry by Confluent's REST API: subjects as resources, and the registry's own
// judgement of a schema before it is registered.
package registry

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
)

// Config says how a registry is reached.
type Config struct {
	URL      string
	User     string
	Password string
	Token    string
	HTTP     *http.Client // nil for one with a time-out
}

// Timeout bounds one request.
const Timeout = 10 * time.Second

// client sends requests.
type client struct {
	Config
	base string
}

func newClient(config Config) *client {
	if config.HTTP == nil {
		transport := http.DefaultTransport.(*http.Transport).Clone() //nolint:errcheck // it is one
		transport.MaxIdleConnsPerHost = 64
		config.HTTP = &http.Client{Transport: transport, Timeout: Timeout}
	}
	return &client{Config: config, base: strings.TrimRight(config.URL, "/")}
}

// apiError is an error that the registry answers.
type apiError struct {
	Status  int    `json:"-"`
	Code    int    `json:"error_code"`
	Message string `json:"message"`
}

func (e apiError) Error() string { return fmt.Sprintf("the registry says %d: %s", e.Code, e.Message) }

// notFound reports whether the registry says that something is not there.
func notFound(err error) bool {
	var e apiError
	return errors.As(err, &e) && e.Status == http.StatusNotFound
}

// notPermitted reports whether the registry refuses because of a mode (Confluent: error 42205).
func notPermitted(err error) bool {
	var e apiError
	return errors.As(err, &e) && e.Code == 42205
}

// call sends a request; body and into may be nil.
func (c *client) call(ctx context.Context, method, path string, body, into any) error {
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
	request.Header.Set("Content-Type", "application/vnd.schemaregistry.v1+json")
	request.Header.Set("Accept", "application/vnd.schemaregistry.v1+json, application/json")
	switch {
	case c.Token != "":
		request.Header.Set("Authorization", "Bearer "+c.Token)
	case c.User != "":
		request.SetBasicAuth(c.User, c.Password)
	}
	response, err := c.HTTP.Do(request)
	if err != nil {
		return c.unreachable(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, 64<<20))
	if err != nil {
		return c.unreachable(err)
	}
	return c.answer(response.StatusCode, text, into)
}

func (c *client) answer(status int, text []byte, into any) error {
	if status >= 400 {
		e := apiError{Status: status}
		if json.Unmarshal(text, &e) != nil || e.Message == "" {
			e.Code, e.Message = status, http.StatusText(status)
		}
		if status == http.StatusUnauthorized || status == http.StatusForbidden {
			return fmt.Errorf("the schema registry at %s refused the user or the password (%d); check registry.user and where registry.password points to", c.base, status)
		}
		return e
	}
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("the schema registry at %s answered what is no JSON of its API; check registry.url: %w", c.base, err)
	}
	return nil
}

// errUnreachable marks that no answer came.
var errUnreachable = errors.New("cannot be reached")

func (c *client) unreachable(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	if errors.Is(err, context.Canceled) {
		return err
	}
	return fmt.Errorf("the schema registry at %s %w within %s: %w; check that it runs, and registry.url", c.base, errUnreachable, Timeout, err)
}

func subjectPath(format, subject string) string { return fmt.Sprintf(format, url.PathEscape(subject)) }
