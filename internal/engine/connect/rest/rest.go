// Package rest is Kafka Connect's REST API (KIP-26, KIP-875 and those that followed) over a worker, as Kafka 4.3 serves it.
package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"

	"github.com/weftmesh/weft/internal/engine/connect/worker"
)

// Version is the version of Kafka Connect whose API this is.
const Version = "4.3.1"

// MaxBody bounds a request, in bytes.
const MaxBody = 8 << 20

// Config says what is served.
type Config struct {
	Worker *worker.Worker
	Commit string // of the program
	Logger *slog.Logger
}

type api struct {
	worker *worker.Worker
	commit string
	log    *slog.Logger
}

// endpoint answers with a status and a value that is written as JSON, nil for none, or with an error: a worker.Refusal, or any
// other, which counts as internal.
type endpoint func(r *http.Request) (int, any, error)

// Handler serves the API.
func Handler(config Config) http.Handler {
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	a := &api{config.Worker, config.Commit, config.Logger}
	mux := http.NewServeMux()
	paths := map[string]bool{}
	for pattern, answer := range a.endpoints() {
		mux.HandleFunc(pattern, a.serve(answer))
		_, path, _ := strings.Cut(pattern, " ")
		paths[path] = true
	}
	for path := range paths { // with another method
		mux.HandleFunc(path, a.serve(wrongMethod))
	}
	mux.HandleFunc("/", a.serve(noSuchPath))
	return mux
}

func (a *api) endpoints() map[string]endpoint {
	return map[string]endpoint{
		"GET /{$}":                                        a.root,
		"GET /health":                                     a.health,
		"GET /connectors":                                 a.list,
		"POST /connectors":                                a.create,
		"GET /connectors/{name}":                          a.info,
		"DELETE /connectors/{name}":                       a.remove,
		"GET /connectors/{name}/config":                   a.config,
		"PUT /connectors/{name}/config":                   a.configure,
		"PATCH /connectors/{name}/config":                 a.patch,
		"GET /connectors/{name}/status":                   a.status,
		"GET /connectors/{name}/tasks":                    a.tasks,
		"GET /connectors/{name}/tasks/{id}/status":        a.taskStatus,
		"POST /connectors/{name}/tasks/{id}/restart":      a.restartTask,
		"POST /connectors/{name}/restart":                 a.restart,
		"PUT /connectors/{name}/pause":                    a.pause,
		"PUT /connectors/{name}/resume":                   a.resume,
		"PUT /connectors/{name}/stop":                     a.stop,
		"GET /connectors/{name}/topics":                   a.topics,
		"PUT /connectors/{name}/topics/reset":             a.resetTopics,
		"GET /connectors/{name}/offsets":                  a.offsets,
		"PATCH /connectors/{name}/offsets":                a.alterOffsets,
		"DELETE /connectors/{name}/offsets":               a.resetOffsets,
		"GET /connector-plugins":                          a.plugins,
		"GET /connector-plugins/{plugin}/config":          a.pluginConfig,
		"PUT /connector-plugins/{plugin}/config/validate": a.validate,
		"GET /admin/loggers":                              a.loggers,
		"GET /admin/loggers/{logger}":                     a.logger,
	}
}

// problem is an error as Connect answers it (ErrorMessage).
type problem struct {
	Code    int    `json:"error_code"`
	Message string `json:"message"`
}

// Refuse answers a request that is turned down before it reaches an endpoint.
func Refuse(w http.ResponseWriter, status int, reason string) {
	write(w, status, problem{status, reason})
}

func noSuchPath(*http.Request) (int, any, error) {
	return 0, nil, worker.Refusal{Status: http.StatusNotFound, Message: "HTTP 404 Not Found"}
}

func wrongMethod(*http.Request) (int, any, error) {
	return 0, nil, worker.Refusal{Status: http.StatusMethodNotAllowed, Message: "HTTP 405 Method Not Allowed"}
}

func (a *api) serve(answer endpoint) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, MaxBody)
		status, value, err := answer(r)
		var refusal worker.Refusal
		switch {
		case errors.As(err, &refusal):
			write(w, refusal.Status, problem{refusal.Status, refusal.Message})
		case err != nil:
			a.log.Error("a request failed", "method", r.Method, "path", r.URL.Path, "error", err)
			write(w, http.StatusInternalServerError, problem{http.StatusInternalServerError, err.Error()})
		default:
			write(w, status, value)
		}
	}
}

func write(w http.ResponseWriter, status int, value any) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if value == nil {
		w.WriteHeader(status)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(value) // all that is written can be
	w.WriteHeader(status)
	_, _ = w.Write(bytes.TrimSuffix(text.Bytes(), []byte("\n")))
}

// body reads a request's JSON. What is no such object is an internal error, as it is with Connect.
func body(r *http.Request, into any) error {
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return worker.Refusal{Status: http.StatusRequestEntityTooLarge, Message: "The request is larger than 8 MiB."}
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return worker.Refusal{Status: http.StatusInternalServerError, Message: "The request is no JSON of the form that is wanted here: " + err.Error()}
	}
	if decoder.More() {
		return worker.Refusal{Status: http.StatusInternalServerError, Message: "The request goes on after its JSON."}
	}
	return nil
}
