package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// sqlServer is a stream processor behind Flink's SQL gateway: Flink itself, or the embedded engine.
type sqlServer struct {
	name          string
	gateway, rest string // base URLs
	pid           int    // of the process that does the work: Flink's TaskManager
}

// call makes a request and reads the answer, in JSON.
func (s sqlServer) call(method, url string, body, answer any) error {
	var content io.Reader = http.NoBody
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		content = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(context.Background(), method, url, content)
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("%s %s: %s: %s", method, url, response.Status, firstOf(string(text)))
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(text, answer)
}

// firstOf is the beginning of a long message.
func firstOf(text string) string { return text[:min(len(text), 1500)] }

// submit runs statements in a session of their own, and gives the job that the last one started.
func (s sqlServer) submit(settings map[string]string, statements ...string) (job string, err error) {
	path, err := s.open(settings)
	if err != nil {
		return "", err
	}
	for _, statement := range statements {
		if job, err = s.execute(path, statement); err != nil {
			return "", fmt.Errorf("%s: %s: %w", s.name, firstOf(strings.SplitN(statement, "\n", 2)[0]), err)
		}
	}
	return job, nil
}

// open opens a session and gives its address.
func (s sqlServer) open(settings map[string]string) (string, error) {
	var session struct {
		Handle string `json:"sessionHandle"`
	}
	err := s.call(http.MethodPost, s.gateway+"/v2/sessions", map[string]any{"properties": settings}, &session)
	return s.gateway + "/v2/sessions/" + session.Handle, err
}

// execute runs a statement until its first page is there.
func (s sqlServer) execute(session, statement string) (job string, err error) {
	var operation struct {
		Handle string `json:"operationHandle"`
	}
	if err := s.call(http.MethodPost, session+"/statements", map[string]any{"statement": statement}, &operation); err != nil {
		return "", err
	}
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); <-time.After(time.Millisecond) {
		var page struct {
			Type string `json:"resultType"`
			Job  string `json:"jobID"`
		}
		if err := s.call(http.MethodGet, session+"/operations/"+operation.Handle+"/result/0?rowFormat=JSON", nil, &page); err != nil {
			return "", err
		}
		if page.Type != "NOT_READY" {
			return page.Job, nil
		}
	}
	return "", errors.New("it gave nothing within a minute")
}

// awaitJob waits until a job is in a state, with all its vertices.
func (s sqlServer) awaitJob(job, state string) error {
	for deadline := time.Now().Add(5 * time.Minute); time.Now().Before(deadline); <-time.After(2 * time.Millisecond) {
		var detail struct {
			State    string `json:"state"`
			Vertices []struct {
				Status string `json:"status"`
			} `json:"vertices"`
		}
		if err := s.call(http.MethodGet, s.rest+"/jobs/"+job, nil, &detail); err != nil {
			return err
		}
		if detail.State == "FAILED" || detail.State == "FINISHED" && state != "FINISHED" {
			var why struct {
				Root string `json:"root-exception"`
			}
			_ = s.call(http.MethodGet, s.rest+"/jobs/"+job+"/exceptions", nil, &why)
			return fmt.Errorf("%s: the job is %s: %s", s.name, detail.State, firstOf(why.Root))
		}
		there := detail.State == state
		for _, v := range detail.Vertices {
			there = there && v.Status == state
		}
		if there {
			return nil
		}
	}
	return fmt.Errorf("%s: the job was not %s within five minutes", s.name, state)
}

// cancel ends a job.
func (s sqlServer) cancel(job string) error {
	if err := s.call(http.MethodPatch, s.rest+"/jobs/"+job+"?mode=cancel", nil, nil); err != nil {
		return err
	}
	return s.awaitJob(job, "CANCELED")
}
