package registry

import "fmt"

// apiError is an answer that is an error, in Confluent's form: {"error_code": N, "message": "..."} and nothing else,
// as its clients fail on more.
type apiError struct {
	status  int
	Code    int    `json:"error_code"`
	Message string `json:"message"`
}

func (e apiError) Error() string { return fmt.Sprintf("%d: %s", e.Code, e.Message) }

func problem(status, code int, format string, args ...any) apiError {
	return apiError{status: status, Code: code, Message: fmt.Sprintf(format, args...)}
}

func subjectNotFound(subject string) apiError {
	return problem(404, 40401, "Subject '%s' not found.", subject)
}

func versionNotFound(version int) apiError {
	return problem(404, 40402, "Version %d not found.", version)
}

func schemaNotFound() apiError { return problem(404, 40403, "Schema not found") }

func schemaIDNotFound(id int) apiError { return problem(404, 40403, "Schema %d not found", id) }

func invalidVersion(text string) apiError {
	return problem(422, 42202, `The specified version '%s' is not a valid version id. Allowed values are between [1, 2^31-1] and the string "latest"`, text)
}

func invalidSchema(err error) apiError { return problem(422, 42201, "Invalid schema: %s", err) }

func notPermitted(format string, args ...any) apiError { return problem(422, 42205, format, args...) }

func referenceExists(subject string, version int) apiError {
	return problem(422, 42206, "One or more references exist to the schema {magic=1,keytype=SCHEMA,subject=%s,version=%d}.", subject, version)
}
