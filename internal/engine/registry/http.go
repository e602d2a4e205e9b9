package registry

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// maxBody bounds a request.
const maxBody = 8 << 20

// mediaTypes are what the API is spoken in; the first is answered where a client names none.
var mediaTypes = []string{"application/vnd.schemaregistry.v1+json", "application/vnd.schemaregistry+json", "application/json"}

// exchange is one request with the context of subjects that its path names.
type exchange struct {
	*http.Request
	registry *Registry
	context  string
}

// endpoint answers one request: a value that is written as JSON, or an error.
type endpoint func(exchange) (any, error)

// rawText is an answer that is written as it is.
type rawText string

// handler routes requests; every path is also there below /contexts/{context}.
func (r *Registry) handler(authorize func(*http.Request) error) http.Handler {
	mux := http.NewServeMux()
	paths := map[string]bool{}
	for pattern, answer := range endpoints() {
		method, path, _ := strings.Cut(pattern, " ")
		for _, full := range below(path) {
			paths[full] = true
			mux.HandleFunc(method+" "+full, r.serveAs(answer, authorize))
		}
	}
	for path := range paths {
		mux.HandleFunc(path, r.serveAs(func(exchange) (any, error) { return nil, problem(405, 405, "HTTP 405 Method Not Allowed") }, authorize))
	}
	mux.HandleFunc("/", r.serveAs(func(exchange) (any, error) { return nil, problem(404, 404, "HTTP 404 Not Found") }, authorize))
	return mux
}

// below gives a path by itself and below a context.
func below(path string) []string {
	if path == "/{$}" || path == "/contexts" {
		return []string{path}
	}
	return []string{path, "/contexts/{context}" + path}
}

func (r *Registry) serveAs(answer endpoint, authorize func(*http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, request *http.Request) {
		request.Body = http.MaxBytesReader(w, request.Body, maxBody)
		if authorize != nil {
			if err := authorize(request); err != nil {
				w.Header().Set("WWW-Authenticate", `Basic realm="schema registry"`)
				respond(w, request, problem(401, 401, "%v", err), 401)
				return
			}
		}
		value, err := answer(exchange{Request: request, registry: r, context: request.PathValue("context")})
		var problem apiError
		switch {
		case errors.As(err, &problem):
			respond(w, request, problem, problem.status)
		case err != nil:
			respond(w, request, apiError{Code: 500, Message: err.Error()}, 500)
		default:
			respond(w, request, value, 200)
		}
	}
}

func respond(w http.ResponseWriter, request *http.Request, value any, status int) {
	w.Header().Set("Content-Type", mediaType(request.Header.Get("Accept")))
	w.WriteHeader(status)
	if text, raw := value.(rawText); raw {
		_, _ = io.WriteString(w, string(text))
		return
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(value)
}

// mediaType is the first that a client accepts, by the order of its own list.
func mediaType(accept string) string {
	for wanted := range strings.SplitSeq(accept, ",") {
		name, _, _ := strings.Cut(wanted, ";")
		if i := slices.Index(mediaTypes, strings.ToLower(strings.TrimSpace(name))); i >= 0 {
			return mediaTypes[i]
		}
	}
	return mediaTypes[0]
}

// body reads a request's JSON.
func (e exchange) body(into any) error {
	text, err := io.ReadAll(e.Body)
	if err != nil {
		return problem(422, 42209, "the request is larger than %d bytes", maxBody)
	}
	if err := json.Unmarshal(text, into); err != nil {
		return problem(400, 400, "the request is not JSON of the right form: %v", err)
	}
	return nil
}

func (e exchange) subject() string { return qualified(e.context, e.PathValue("subject")) }

func (e exchange) flag(name string) bool { return strings.EqualFold(e.URL.Query().Get(name), "true") }

func (e exchange) number(name string) (int, error) {
	n, err := strconv.ParseInt(e.PathValue(name), 10, 32)
	if err != nil {
		return 0, problem(404, 404, "HTTP 404 Not Found")
	}
	return int(n), nil
}

// page cuts a list by the parameters offset and limit.
func page[T any](e exchange, list []T) []T {
	query := e.URL.Query()
	if offset, err := strconv.Atoi(query.Get("offset")); err == nil && offset > 0 {
		list = list[min(offset, len(list)):]
	}
	if limit, err := strconv.Atoi(query.Get("limit")); err == nil && limit >= 0 && query.Get("limit") != "-1" {
		list = list[:min(limit, len(list))]
	}
	if list == nil {
		list = []T{}
	}
	return list
}

// ask answers from the state.
func ask[T any](e exchange, question func(*state) (T, error)) (any, error) {
	return read(e.registry.log, question)
}

// change writes, and answers what the decision put into result.
func (e exchange) change(decide func(*state) ([]entry, error)) error {
	return e.registry.log.write(context.WithoutCancel(e.Context()), decide)
}
