package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/weftmesh/weft/internal/access"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/gate"
)

// Quarantine shows what gates set aside, and replays or drops it.
type Quarantine interface {
	List(ctx context.Context, spec gate.Spec, filter gate.Filter) ([]gate.Item, error)
	Show(ctx context.Context, spec gate.Spec, item gate.Item, inClear bool) (gate.Item, error)
	Replay(ctx context.Context, spec gate.Spec, order gate.Order) (gate.Handled, error)
	Drop(ctx context.Context, spec gate.Spec, order gate.Order) (gate.Handled, error)
}

// quarantineTimeout bounds a request: quarantines are read through, and raw topics from the first replayed record on.
const quarantineTimeout = 5 * time.Minute

func (s *server) quarantine(api huma.API) {
	if s.Quarantine == nil {
		return
	}
	const path = "/v1/products/{domain}/{product}/{version}/quarantine"
	tags := []string{"quarantine"}
	huma.Register(api, huma.Operation{
		OperationID: "list-quarantine", Method: http.MethodGet, Path: path, Tags: tags, Summary: "Records that the product's gate set aside, and why",
		Description: "Reasons hold no values of personal data.",
	}, s.listQuarantine)
	huma.Register(api, huma.Operation{
		OperationID: "show-quarantined", Method: http.MethodGet, Path: path + "/{id}", Tags: tags, Summary: "One record that was set aside",
		Description: "The row is masked, and the record's bytes are left out, unless `as` names a domain that may read personal data in clear.",
	}, s.showQuarantined)
	huma.Register(api, huma.Operation{
		OperationID: "replay-quarantine", Method: http.MethodPost, Path: path + "/replay", Tags: tags, Summary: "Judge records again by today's contract, and let those in that pass",
		Description: "Each once, in the order in which they came. One whose key has moved on stays, unless it is forced.",
	}, func(ctx context.Context, request *orderRequest) (*struct{ Body gate.Handled }, error) {
		return s.decide(ctx, request, s.Quarantine.Replay)
	})
	huma.Register(api, huma.Operation{
		OperationID: "drop-quarantine", Method: http.MethodPost, Path: path + "/drop", Tags: tags, Summary: "Mark records as not wanted",
	}, func(ctx context.Context, request *orderRequest) (*struct{ Body gate.Handled }, error) {
		return s.decide(ctx, request, s.Quarantine.Drop)
	})
}

type quarantineRequest struct {
	ProductPath
	Event  string `query:"event" doc:"The event, where the product has several"`
	Status string `query:"status" enum:"new,replayed,dropped,all" default:"new"`
	Reason string `query:"reason" doc:"A check's name, or a part of the reason"`
	Limit  int    `query:"limit" default:"100" minimum:"0" maximum:"100000" doc:"Of the newest; 0 for all"`
}

// gateOf finds the gate that a request is about.
func (s *server) gateOf(path ProductPath, event string) (contracts.Product, gate.Spec, error) {
	p, err := s.find(path)
	if err != nil {
		return p, gate.Spec{}, err
	}
	spec, err := gate.SpecOf(gate.Specs(s.Set()), p.Addr, event)
	if err != nil {
		return p, spec, huma.Error422UnprocessableEntity(err.Error())
	}
	return p, spec, nil
}

func (s *server) listQuarantine(ctx context.Context, request *quarantineRequest) (*struct{ Body []gate.Item }, error) {
	_, spec, err := s.gateOf(request.ProductPath, request.Event)
	if err != nil {
		return nil, err
	}
	filter := gate.Filter{Reason: request.Reason, Limit: request.Limit, Fate: gate.Fate(request.Status)}
	if request.Status == "all" {
		filter.Fate = ""
	}
	ctx, cancel := context.WithTimeout(ctx, quarantineTimeout)
	defer cancel()
	items, err := s.Quarantine.List(ctx, spec, filter)
	if err != nil {
		return nil, huma.Error502BadGateway(err.Error())
	}
	if items == nil {
		items = []gate.Item{}
	}
	return &struct{ Body []gate.Item }{items}, nil
}

type quarantinedRequest struct {
	ProductPath
	ID    string `path:"id" doc:"PARTITION-OFFSET"`
	Event string `query:"event"`
	As    string `query:"as" doc:"The domain in whose name personal data is read in clear"`
}

func (s *server) showQuarantined(ctx context.Context, request *quarantinedRequest) (*struct{ Body gate.Item }, error) {
	p, spec, err := s.gateOf(request.ProductPath, request.Event)
	if err != nil {
		return nil, err
	}
	inClear, err := s.mayReadClear(ctx, p, request.As)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, quarantineTimeout)
	defer cancel()
	items, err := s.Quarantine.List(ctx, spec, gate.Filter{IDs: []string{request.ID}})
	switch {
	case err != nil:
		return nil, huma.Error502BadGateway(err.Error())
	case len(items) == 0:
		return nil, huma.Error404NotFound("no record " + request.ID + " is in the quarantine of " + string(spec.Topic.Name))
	}
	item, err := s.Quarantine.Show(ctx, spec, items[0], inClear)
	if err != nil {
		return nil, huma.Error502BadGateway(err.Error())
	}
	return &struct{ Body gate.Item }{item}, nil
}

type orderRequest struct {
	ProductPath
	Event string `query:"event"`
	Body  struct {
		IDs    []string `json:"ids,omitempty" doc:"PARTITION-OFFSET; none: all that reason chooses"`
		Reason string   `json:"reason,omitempty" doc:"A check's name, or a part of the reason"`
		All    bool     `json:"all,omitempty" doc:"All that are new, where neither ids nor reason say which"`
		Force  bool     `json:"force,omitempty" doc:"Replay although the key has moved on"`
		Note   string   `json:"note,omitempty" maxLength:"1000"`
	}
}

// decide replays or drops, in the name of the product's own domain.
func (s *server) decide(ctx context.Context, request *orderRequest, decision func(context.Context, gate.Spec, gate.Order) (gate.Handled, error)) (*struct{ Body gate.Handled }, error) {
	p, spec, err := s.gateOf(request.ProductPath, request.Event)
	if err != nil {
		return nil, err
	}
	identity := identityOf(ctx)
	if err := owns(identity, p); err != nil {
		return nil, err
	}
	body := request.Body
	if len(body.IDs) == 0 && body.Reason == "" && !body.All {
		return nil, huma.Error422UnprocessableEntity("say which records: ids, a reason, or all")
	}
	ctx, cancel := context.WithTimeout(ctx, quarantineTimeout)
	defer cancel()
	handled, err := decision(ctx, spec, gate.Order{Filter: gate.Filter{IDs: body.IDs, Reason: body.Reason}, Force: body.Force, Note: body.Note, By: identity.Name})
	if err != nil {
		return nil, huma.Error502BadGateway(err.Error())
	}
	return &struct{ Body gate.Handled }{handled}, nil
}

// owns refuses tokens that do not stand for a product's domain.
func owns(identity access.Identity, p contracts.Product) error {
	if identity.Local || len(identity.Domains) == 0 {
		return nil
	}
	if err := identity.ActAs(p.Domain); err != nil {
		return huma.Error403Forbidden(err.Error())
	}
	return nil
}
