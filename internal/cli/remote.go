package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/weftmesh/weft/internal/runfile"
)

// TokenVariable is the environment variable that holds the token for a server.
const TokenVariable = "WEFT_TOKEN"

// defaultServer is where `weft up` listens unless told.
const defaultServer = "http://127.0.0.1:8080"

// serverFlags say which server a command talks to.
type serverFlags struct {
	url string
	dir string
}

func (f *serverFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.url, "server", "", "URL of the server (default: the mesh that runs in this folder, else "+defaultServer+")")
	cmd.Flags().StringVarP(&f.dir, "dir", "C", ".", "folder of the mesh")
}

// remote is the server that a command talks to.
type remote struct {
	base  string
	token string
	http  *http.Client
}

// open finds the server: as told, else the mesh that runs in the folder or one above it, else the default.
func (f *serverFlags) open() *remote {
	base := f.url
	if base == "" {
		base = defaultServer
		if up, ok := running(f.dir); ok {
			base = up.HTTP
		}
	}
	return &remote{base: strings.TrimRight(base, "/"), token: os.Getenv(TokenVariable), http: &http.Client{}}
}

// running looks for the file that a running mesh leaves, in the folder and in those above it.
func running(dir string) (runfile.Up, bool) {
	at, err := filepath.Abs(dir)
	if err != nil {
		return runfile.Up{}, false
	}
	for {
		if up, err := runfile.Read(filepath.Join(at, runfile.Dir)); err == nil {
			return up, true
		}
		parent := filepath.Dir(at)
		if parent == at {
			return runfile.Up{}, false
		}
		at = parent
	}
}

// problemDetails is the server's error body (RFC 9457).
type problemDetails struct {
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	Errors []struct {
		Message  string `json:"message"`
		Location string `json:"location"`
	} `json:"errors"`
}

func (p problemDetails) Error() string {
	text := p.Detail
	if text == "" {
		text = p.Title
	}
	for _, e := range p.Errors {
		text += "\n  " + strings.TrimSpace(e.Location+" "+e.Message)
	}
	return text
}

// exitCode tells what the server refuses (who may not, what has moved since) from what was asked wrongly.
func (p problemDetails) exitCode() int {
	if p.Status == http.StatusForbidden || p.Status == http.StatusConflict {
		return ExitProblems
	}
	return ExitUsage
}

// call sends a request with a JSON body (nil for none) and reads the JSON answer into into (nil to drop it). It is
// bounded by half a minute.
func (r *remote) call(ctx context.Context, method, path string, body, into any) error {
	return r.callWithin(ctx, 30*time.Second, method, path, body, into)
}

// callWithin is call with another bound.
func (r *remote) callWithin(ctx context.Context, bound time.Duration, method, path string, body, into any) error {
	ctx, cancel := context.WithTimeout(ctx, bound)
	defer cancel()
	var reader io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		reader = bytes.NewReader(text)
	}
	answer, err := r.stream(ctx, method, path, reader)
	if err != nil {
		return err
	}
	defer answer.Close()
	if into == nil {
		return nil
	}
	if err := json.NewDecoder(answer).Decode(into); err != nil {
		return fmt.Errorf("%s %s: the answer is not JSON: %w", method, r.base+path, err)
	}
	return nil
}

// stream sends a request and gives the answer's body, which the caller closes. An answer of 400 or above is an error.
func (r *remote) stream(ctx context.Context, method, path string, body io.Reader) (io.ReadCloser, error) {
	request, err := http.NewRequestWithContext(ctx, method, r.base+path, body)
	if err != nil {
		return nil, usagef("%v", err)
	}
	request.Header.Set("Content-Type", "application/json")
	if r.token != "" {
		request.Header.Set("Authorization", "Bearer "+r.token)
	}
	response, err := r.http.Do(request)
	if err != nil {
		return nil, r.unreachable(err)
	}
	if response.StatusCode < 400 {
		return response.Body, nil
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	details := problemDetails{Status: response.StatusCode, Detail: strings.TrimSpace(string(text))}
	var parsed problemDetails
	if json.Unmarshal(text, &parsed) == nil && parsed.Title != "" {
		details = parsed
	}
	return nil, details
}

func (r *remote) unreachable(err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	return fmt.Errorf("no server answers at %s: %w\nStart a mesh with `weft up`, or name a server with --server", r.base, errors.Unwrap(err))
}
