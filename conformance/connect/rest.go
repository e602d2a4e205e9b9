package connect

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// reply is an answer of the REST API.
type reply struct {
	Status int `json:"status"`
	Body   any `json:"body,omitempty"` // nil if there was none
}

// ask makes a request; a body that is a string is sent as it is, nil as none, all else as JSON.
func ask(method, url string, body any) (reply, error) {
	var content io.Reader = http.NoBody
	switch body := body.(type) {
	case nil:
	case string:
		content = strings.NewReader(body)
	default:
		text, err := json.Marshal(body)
		if err != nil {
			return reply{}, err
		}
		content = bytes.NewReader(text)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, url, content)
	if err != nil {
		return reply{}, err
	}
	if content != http.NoBody {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return reply{}, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return reply{}, err
	}
	r := reply{Status: response.StatusCode}
	if len(text) == 0 {
		return r, nil
	}
	if err := parse(text, &r.Body); err != nil {
		r.Body = string(text)
	}
	return r, nil
}

// wanted makes a request that must succeed, and fills a value from its answer.
func wanted(method, url string, body, into any) error {
	r, err := ask(method, url, body)
	if err != nil {
		return err
	}
	if r.Status >= http.StatusBadRequest {
		return fmt.Errorf("%s %s: %d %v", method, url, r.Status, r.Body)
	}
	if into == nil {
		return nil
	}
	text, err := json.Marshal(r.Body)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}

// status is what GET /connectors/NAME/status says.
type status struct {
	Connector struct{ State, Trace string }
	Tasks     []struct{ State, Trace string }
}

func (s status) String() string {
	text := s.Connector.State
	for _, task := range s.Tasks {
		text += " " + task.State
	}
	return text
}

// traces are what failed, with why.
func (s status) traces() string {
	text := s.Connector.Trace
	for _, task := range s.Tasks {
		text += task.Trace
	}
	if len(text) > 2000 {
		text = text[:2000]
	}
	return text
}
