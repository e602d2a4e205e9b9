package flink

import (
	"context"
	"fmt"
	"strings"
)

// session is one of the SQL gateway (Flink docs, SQL Gateway, REST Endpoint, v2).
type session struct {
	client client
	path   string
}

func openSession(ctx context.Context, c client, settings map[string]string) (*session, error) {
	var answer struct {
		Handle string `json:"sessionHandle"`
	}
	body := map[string]any{"sessionName": "weft", "properties": settings}
	if err := c.call(ctx, "POST", "/v2/sessions", body, &answer); err != nil {
		return nil, err
	}
	return &session{c, "/v2/sessions/" + answer.Handle}, nil
}

// close ends the session, also where the context has ended. Its jobs go on.
func (s *session) close(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), Timeout)
	defer cancel()
	_ = s.client.call(ctx, "DELETE", s.path, nil, nil) // one that stays is closed by the gateway when it has been idle
}

// fetched is a page of a statement's result.
type fetched struct {
	Type  string `json:"resultType"` // NOT_READY, PAYLOAD, EOS
	JobID string `json:"jobID"`
	Next  string `json:"nextResultUri"`
}

// run executes a statement to its end and gives the ID of the job that it started, if it did.
func (s *session) run(ctx context.Context, statement string) (string, error) {
	var answer struct {
		Handle string `json:"operationHandle"`
	}
	if err := s.client.call(ctx, "POST", s.path+"/statements", map[string]any{"statement": statement}, &answer); err != nil {
		return "", statementError(statement, err)
	}
	path, job := s.path+"/operations/"+answer.Handle+"/result/0?rowFormat=JSON", ""
	err := poll(ctx, func() (bool, error) {
		var page fetched
		if err := s.client.call(ctx, "GET", path, nil, &page); err != nil {
			return false, statementError(statement, err)
		}
		if page.JobID != "" {
			job = page.JobID
		}
		if page.Type == "EOS" || page.Type == "PAYLOAD" && page.Next == "" {
			return true, nil
		}
		if page.Next != "" {
			path = page.Next
		}
		return false, nil
	})
	if err == errPatience { //nolint:errorlint // it is never wrapped
		err = fmt.Errorf("%s: %w", firstLine(statement), err)
	}
	return job, err
}

func statementError(statement string, err error) error {
	return fmt.Errorf("%s: %w", firstLine(statement), err)
}

// firstLine names a statement without telling all of it.
func firstLine(statement string) string {
	line, _, _ := strings.Cut(statement, "\n")
	if len(line) > 60 {
		line = strings.ToValidUTF8(line[:60], "") + "..."
	}
	return strings.TrimSuffix(line, " (")
}
