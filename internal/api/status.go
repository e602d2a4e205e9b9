package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/weftmesh/weft/internal/observe"
)

func (s *server) status(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "status", Method: http.MethodGet, Path: "/v1/status", Summary: "How every product is: rates, age against the promise, lag of its readers", Tags: []string{"status"},
	}, func(context.Context, *struct{}) (*struct{ Body observe.Snapshot }, error) {
		return &struct{ Body observe.Snapshot }{s.Observed()}, nil
	})
	huma.Register(api, huma.Operation{
		OperationID: "product-status", Method: http.MethodGet, Path: "/v1/status/{domain}/{product}/{version}", Summary: "How one product is", Tags: []string{"status"},
	}, func(_ context.Context, path *ProductPath) (*struct{ Body observe.Product }, error) {
		p, err := s.find(*path)
		if err != nil {
			return nil, err
		}
		measured, ok := s.Observed().Product(p.Addr)
		if !ok {
			measured = observe.Product{Product: p.Addr, State: observe.Unknown, Why: "not measured yet", Topics: []observe.Topic{}, Groups: []observe.Group{}}
		}
		return &struct{ Body observe.Product }{measured}, nil
	})
}
