package gateway

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/weftmesh/weft/internal/engine/flink"
	"github.com/weftmesh/weft/internal/engine/flink/formats"
	"github.com/weftmesh/weft/internal/engine/flink/web"
	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/rows"
)

// fetched is a page as it is sent (FetchResultsResponseBody).
type fetched struct {
	ResultType    string   `json:"resultType"`
	IsQueryResult *bool    `json:"isQueryResult,omitempty"`
	JobID         string   `json:"jobID,omitempty"`
	ResultKind    string   `json:"resultKind,omitempty"`
	Results       *results `json:"results,omitempty"`
	NextResultURI string   `json:"nextResultUri,omitempty"`
}

// results are the rows of a page with their columns (ResultInfo).
type results struct {
	Columns   []column `json:"columns"`
	RowFormat string   `json:"rowFormat"`
	Data      []row    `json:"data"`
}

type column struct {
	Name        string      `json:"name"`
	LogicalType logicalType `json:"logicalType"`
	Comment     *string     `json:"comment"`
}

type row struct {
	Kind   string            `json:"kind"`
	Fields []json.RawMessage `json:"fields"`
}

// The forms that values are sent in.
const (
	asJSON = "JSON"
	asText = "PLAIN_TEXT"
)

func (g *Gateway) fetchResults(r web.Request) (any, error) {
	const failure = gatewayException + "Failed to fetchResults."
	token, err := r.Number("token")
	if err != nil {
		return nil, err
	}
	format, err := r.Choice("rowFormat", asJSON, asText)
	if err != nil {
		return nil, err
	}
	s, o, err := g.operation(r)
	if err != nil {
		return nil, internal(err, gatewayException+failure, failure)
	}
	p, err := o.fetch(r.Context(), token)
	if err != nil {
		return nil, internal(err, gatewayException+failure, failure)
	}
	answer, err := p.answer(format, zone(s.Settings()))
	if err != nil {
		return nil, web.Problem{Status: http.StatusInternalServerError, Errors: []string{"Internal server error. Could not map response to JSON.\n" + err.Error()}}
	}
	if !p.end {
		answer.NextResultURI = nextURI(r.URL, token, p.ready, format)
	}
	return answer, nil
}

// nextURI is where the page after a token is; v1 knows no formats.
func nextURI(asked *url.URL, token int64, ready bool, format string) string {
	path := asked.Path[:strings.LastIndexByte(asked.Path, '/')]
	if ready {
		token++
	}
	uri := fmt.Sprintf("%s/%d", path, token)
	switch {
	case strings.HasPrefix(path, "/v1/"):
		return uri
	case strings.HasPrefix(path, "/sessions/"):
		uri = "/" + versions[len(versions)-1] + uri
	}
	return uri + "?rowFormat=" + format
}

// zone is the one that TIMESTAMP_LTZ is written in as text.
func zone(settings map[string]string) *time.Location {
	if z, err := expr.Zone(settings["table.local-time-zone"]); err == nil {
		return z
	}
	return time.UTC
}

func (p page) answer(format string, zone *time.Location) (fetched, error) {
	if !p.ready {
		return fetched{ResultType: "NOT_READY"}, nil
	}
	f := fetched{ResultType: "PAYLOAD", IsQueryResult: &p.result.Query, JobID: p.result.JobID, ResultKind: "SUCCESS"}
	if p.end {
		f.ResultType = "EOS"
	}
	if p.result.Content {
		f.ResultKind = "SUCCESS_WITH_CONTENT"
	}
	f.Results = &results{RowFormat: format, Columns: columns(p.result.Columns), Data: make([]row, len(p.rows))}
	for i, r := range p.rows {
		encoded, err := fields(r, p.result.Columns, format, zone)
		if err != nil {
			return f, err
		}
		f.Results.Data[i] = row{kinds[r.Change], encoded}
	}
	return f, nil
}

var kinds = map[rows.Change]string{
	rows.Insert: "INSERT", rows.UpdateBefore: "UPDATE_BEFORE", rows.UpdateAfter: "UPDATE_AFTER", rows.Delete: "DELETE",
}

func columns(schema rows.Schema) []column {
	out := make([]column, len(schema))
	for i, f := range schema {
		out[i] = column{Name: f.Name, LogicalType: logical(f.Type)}
	}
	return out
}

func fields(r flink.Row, schema rows.Schema, format string, zone *time.Location) ([]json.RawMessage, error) {
	out := make([]json.RawMessage, len(r.Values))
	for i, v := range r.Values {
		var err error
		if out[i], err = field(v, schema[i], format, zone); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func field(v any, f rows.Field, format string, zone *time.Location) (json.RawMessage, error) {
	switch {
	case v == nil:
		return json.RawMessage("null"), nil
	case format == asText && f.Type.Kind.IsBytes():
		return json.Marshal(fmt.Sprintf("x'%x'", v))
	case format == asText:
		return json.Marshal(expr.TextOf(v, f.Type, zone))
	}
	if err := formats.CheckJSON(f); err != nil {
		return nil, fmt.Errorf("%w; fetch the result with rowFormat=PLAIN_TEXT", err)
	}
	return formats.AppendJSON(nil, v, f.Type)
}
