package web

import (
	"fmt"
	"net/http"
	"strings"
)

// Names of Flink's exceptions, which clients find in the texts of errors.
const (
	restException    = "org.apache.flink.runtime.rest.handler.RestHandlerException: "
	requestException = "org.apache.flink.runtime.rest.handler.HandlerRequestException: "
	missingException = "org.apache.flink.runtime.rest.NotFoundException: "
)

// Problem is an error with its status, as {"errors": [...]}.
type Problem struct {
	Status int      `json:"-"`
	Errors []string `json:"errors"`
}

func (p Problem) Error() string { return strings.Join(p.Errors, " ") }

// Refused is a request that a handler turns down, with its reason; the cause may be nil.
func Refused(status int, cause error, format string, args ...any) Problem {
	return Problem{status, []string{caused(restException+fmt.Sprintf(format, args...), cause)}}
}

// Missing is a thing that is not there: "Job 12" is not found.
func Missing(what string) Problem {
	return Problem{http.StatusNotFound, []string{missingException + what + " not found"}}
}

// Internal is a failure inside of the server, as Flink tells it: the exceptions from the outermost to the cause. Clients
// take the last of them, up to the first place of a stack, for the reason: so there is one.
func Internal(cause error, exceptions ...string) Problem {
	text := caused(strings.Join(exceptions, "\nCaused by: "), cause)
	return Problem{http.StatusInternalServerError, []string{
		"Internal server error.", "<Exception on server side:\n" + text + "\n\tat weft(embedded engine)\n\nEnd of exception on server side>",
	}}
}

func caused(text string, cause error) string {
	if cause == nil {
		return text
	}
	return text + "\nCaused by: " + cause.Error()
}

// badParameter is a parameter that cannot be read. Kind is path or query.
func badParameter(kind, name, value string) Problem {
	text := fmt.Sprintf("Cannot resolve %s parameter (%s) from value %q.", kind, name, value)
	return Problem{http.StatusBadRequest, []string{restException + "Bad request, could not parse parameters: " + text + "\nCaused by: " + requestException + text}}
}
