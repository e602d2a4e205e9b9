// Package web is HTTP in the manner of Flink's servers: JSON answers, and errors as lists of texts.
package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"regexp"
	"strings"
)

// MaxBody bounds a request, in bytes.
const MaxBody = 8 << 20

// Endpoint answers a request with a value that is written as JSON, or with an error: a Problem, or any other, which
// counts as internal.
type Endpoint func(Request) (any, error)

// Answer is a value with a status other than 200.
type Answer struct {
	Status int
	Value  any
}

// Request is a request with what Flink makes of its parts.
type Request struct{ *http.Request }

// Routes serves endpoints by "METHOD /path/{parameter}", each below all the prefixes. Whatever else is asked for is
// missing.
func Routes(endpoints map[string]Endpoint, prefixes func(path string) []string, missing func(path string) string) http.Handler {
	mux := http.NewServeMux()
	for pattern, answer := range endpoints {
		method, path, _ := strings.Cut(pattern, " ")
		for _, prefix := range prefixes(path) {
			mux.HandleFunc(method+" "+prefix+path, serve(answer))
		}
	}
	mux.HandleFunc("/", serve(func(r Request) (any, error) {
		return nil, Problem{http.StatusNotFound, []string{missing(r.URL.Path)}}
	}))
	return mux
}

func serve(answer Endpoint) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, MaxBody)
		value, err := answer(Request{r})
		var problem Problem
		var other Answer
		switch {
		case errors.As(err, &problem):
			write(w, problem, problem.Status)
		case err != nil:
			write(w, Internal(err), http.StatusInternalServerError)
		default:
			status := http.StatusOK
			if other, _ = value.(Answer); other.Status != 0 {
				status, value = other.Status, other.Value
			}
			write(w, value, status)
		}
	}
}

// Refuse answers a request that is turned down before it reaches an endpoint.
func Refuse(w http.ResponseWriter, status int, reason string) {
	write(w, Problem{status, []string{reason}}, status)
}

func write(w http.ResponseWriter, value any, status int) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(value) // all that is written can be
	w.WriteHeader(status)
	_, _ = w.Write(bytes.TrimSuffix(text.Bytes(), []byte("\n")))
}

// Body reads a request's JSON; an empty body counts as {}. The name is that of Flink's class, for the error.
func (r Request) Body(name string, into any) error {
	text, err := io.ReadAll(r.Request.Body)
	if err != nil {
		return Problem{http.StatusRequestEntityTooLarge, []string{"The request is larger than 8 MiB."}}
	}
	if len(text) == 0 {
		return nil
	}
	if err := json.Unmarshal(text, into); err != nil {
		return Refused(http.StatusBadRequest, err, "Request did not match expected format %s.", name)
	}
	return nil
}

// Forms of the parameters of paths.
var (
	uuid = regexp.MustCompile(`^[0-9a-fA-F]{1,8}-[0-9a-fA-F]{1,4}-[0-9a-fA-F]{1,4}-[0-9a-fA-F]{1,4}-[0-9a-fA-F]{1,12}$`)
	id   = regexp.MustCompile(`^[0-9a-fA-F]{32}$`)
)

// Handle gives a UUID of the path.
func (r Request) Handle(name string) (string, error) { return r.match(name, uuid) }

// ID gives an identifier of the path: 32 digits in hexadecimal.
func (r Request) ID(name string) (string, error) { return r.match(name, id) }

func (r Request) match(name string, form *regexp.Regexp) (string, error) {
	value := r.PathValue(name)
	if !form.MatchString(value) {
		return "", badParameter("path", name, value)
	}
	return strings.ToLower(value), nil
}

// Number gives a whole number of the path.
func (r Request) Number(name string) (int64, error) {
	var n int64
	value := r.PathValue(name)
	if err := json.Unmarshal([]byte(value), &n); err != nil {
		return 0, badParameter("path", name, value)
	}
	return n, nil
}

// Choice gives a parameter of the query that is one of some words, whatever their case; the first if it is not there.
func (r Request) Choice(name string, words ...string) (string, error) {
	value := r.URL.Query().Get(name)
	if value == "" {
		return words[0], nil
	}
	for _, word := range words {
		if strings.EqualFold(word, value) {
			return word, nil
		}
	}
	return "", badParameter("query", name, value)
}

// List gives the words of a parameter of the query, which commas separate.
func (r Request) List(name string) []string {
	value := r.URL.Query().Get(name)
	if value == "" {
		return nil
	}
	return strings.Split(value, ",")
}
