package api

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/weftmesh/weft/internal/access"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/records"
)

// maxPublish bounds one request to publish.
const maxPublish = 16 << 20

func (s *server) records(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "publish", Method: http.MethodPost, Path: "/v1/products/{domain}/{product}/{version}/records",
		Summary:     "Publish rows: one JSON object a line, each judged before it is written",
		Description: "A line that breaks the contract is refused with its reasons; the rest goes on. The answer comes when what was accepted is durable.",
		Tags:        []string{"records"}, MaxBodyBytes: maxPublish, SkipValidateBody: true,
	}, s.publish)
	huma.Register(api, huma.Operation{
		OperationID: "tail", Method: http.MethodGet, Path: "/v1/products/{domain}/{product}/{version}/records",
		Summary: "Read rows, decoded, personal data masked: one JSON object a line", Tags: []string{"records"},
		Description: "Personal data is masked unless `as` names a domain that may read it in clear: the product's own, or one with a grant. " +
			"Without tokens (on loopback) any domain can be named; a token must stand for the domain.",
	}, s.tail)
}

type publishRequest struct {
	ProductPath
	Event   string `query:"event" doc:"The event, where the product has several"`
	RawBody []byte `contentType:"application/x-ndjson"`
}

func (s *server) publish(ctx context.Context, request *publishRequest) (*struct{ Body records.Published }, error) {
	p, err := s.find(request.ProductPath)
	if err != nil {
		return nil, err
	}
	if identity := identityOf(ctx); !identity.Local && len(identity.Domains) > 0 {
		if err := identity.ActAs(p.Domain); err != nil {
			return nil, huma.Error403Forbidden(err.Error())
		}
	}
	if p.Transform != nil {
		return nil, huma.Error422UnprocessableEntity(fmt.Sprintf("%s is derived by its transform; nobody writes to it", p.Addr))
	}
	if p.Source != nil {
		return nil, huma.Error422UnprocessableEntity(fmt.Sprintf("%s is made from its source; nobody else writes to it", p.Addr))
	}
	topics, err := topicsOf(p, request.Event)
	if err != nil {
		return nil, err
	}
	if len(topics) != 1 {
		return nil, huma.Error422UnprocessableEntity(fmt.Sprintf("%s has several events; name one with event: %s", p.Addr, eventNames(p)))
	}
	published, err := s.Records.Publish(ctx, p, topics[0], strings.NewReader(string(request.RawBody)))
	if err != nil {
		return nil, huma.Error502BadGateway(err.Error())
	}
	return &struct{ Body records.Published }{published}, nil
}

// topicsOf gives the topic of one event, or of all for "".
func topicsOf(p contracts.Product, event string) ([]contracts.ProductTopic, error) {
	if event == "" {
		return p.Topics, nil
	}
	for _, t := range p.Topics {
		if t.Event == event {
			return []contracts.ProductTopic{t}, nil
		}
	}
	return nil, huma.Error404NotFound(fmt.Sprintf("%s has no event %s; it has: %s", p.Addr, event, eventNames(p)))
}

func eventNames(p contracts.Product) string {
	names := make([]string, len(p.Topics))
	for i, t := range p.Topics {
		names[i] = t.Event
	}
	return strings.Join(names, ", ")
}

type tailRequest struct {
	ProductPath
	Event  string `query:"event" doc:"One event; all without"`
	From   string `query:"from" default:"latest" doc:"earliest, latest, or -N for the last N of each partition"`
	Follow bool   `query:"follow" doc:"Go on with what is written from now on"`
	Limit  int    `query:"limit" minimum:"0" maximum:"1000000" doc:"Rows at the most; 0 for no limit"`
	As     string `query:"as" doc:"The domain in whose name personal data is read in clear"`
}

func (s *server) tail(ctx context.Context, request *tailRequest) (*huma.StreamResponse, error) {
	p, err := s.find(request.ProductPath)
	if err != nil {
		return nil, err
	}
	topics, err := topicsOf(p, request.Event)
	if err != nil {
		return nil, err
	}
	from, err := parseFrom(request.From)
	if err != nil {
		return nil, err
	}
	inClear, err := s.mayReadClear(ctx, p, request.As)
	if err != nil {
		return nil, err
	}
	from.Follow = request.Follow
	read := records.TailRequest{Product: p, Topics: topics, From: from, Limit: request.Limit, Clear: inClear}
	return jsonLines(func(write func(any)) {
		if err := s.Records.Tail(ctx, read, func(line records.Line) error {
			write(line)
			return ctx.Err()
		}); err != nil && ctx.Err() == nil {
			write(map[string]string{"error": err.Error()})
		}
	}), nil
}

func (s *server) mayReadClear(ctx context.Context, p contracts.Product, as string) (bool, error) {
	if as == "" {
		return false, nil
	}
	if err := identityOf(ctx).ActAs(as); err != nil {
		return false, huma.Error403Forbidden(err.Error())
	}
	if err := access.ReadClear(p, as, s.Now()); err != nil {
		return false, huma.Error403Forbidden(err.Error())
	}
	return true, nil
}

func parseFrom(text string) (records.From, error) {
	switch text {
	case "", "latest":
		return records.From{}, nil
	case "earliest":
		return records.From{Earliest: true}, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n >= 0 || n < -1_000_000 {
		return records.From{}, huma.Error422UnprocessableEntity(fmt.Sprintf("from %q is not earliest, latest, or -N for the last N", text))
	}
	return records.From{Last: -n}, nil
}
