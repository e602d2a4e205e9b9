package api

import (
	"context"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/catalog"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/diags"
)

// ProductPath names one product in a path.
type ProductPath struct {
	Domain  string `path:"domain" example:"logistics"`
	Product string `path:"product" example:"shipment-events"`
	Version string `path:"version" example:"v2"`
}

// find gives the product that a path names, or a problem that names the nearest one.
func (s *server) find(path ProductPath) (contracts.Product, error) {
	text := path.Domain + "/" + path.Product + "/" + path.Version
	addr, err := addrs.ParseProduct(text)
	if err != nil {
		return contracts.Product{}, huma.Error404NotFound(err.Error())
	}
	set := s.Set()
	if p, ok := set.Product(addr); ok {
		return p, nil
	}
	var known []string
	for _, p := range set.Products {
		known = append(known, p.Addr.String())
	}
	detail := fmt.Sprintf("no product %s is live in this mesh", text)
	if closest, ok := diags.Closest(text, known); ok {
		detail += "; did you mean " + closest + "?"
	}
	return contracts.Product{}, huma.Error404NotFound(detail)
}

type meshBody struct {
	Name     string   `json:"name"`
	Version  string   `json:"version" doc:"Weft's"`
	Domains  []string `json:"domains"`
	Products int      `json:"products"`
}

func (s *server) products(api huma.API) {
	huma.Register(api, huma.Operation{OperationID: "mesh", Method: http.MethodGet, Path: "/v1/mesh", Summary: "The mesh as a whole", Tags: []string{"products"}},
		func(context.Context, *struct{}) (*struct{ Body meshBody }, error) {
			set := s.Set()
			body := meshBody{Name: set.Mesh.Name, Version: s.Version, Products: len(set.Products), Domains: []string{}}
			for _, d := range set.Domains {
				body.Domains = append(body.Domains, d.Name)
			}
			return &struct{ Body meshBody }{body}, nil
		})
	huma.Register(api, huma.Operation{OperationID: "list-products", Method: http.MethodGet, Path: "/v1/products", Summary: "Every product that is live", Tags: []string{"products"}},
		func(context.Context, *struct{}) (*struct{ Body []catalog.Summary }, error) {
			return &struct{ Body []catalog.Summary }{catalog.List(s.Set())}, nil
		})
	huma.Register(api, huma.Operation{OperationID: "get-product", Method: http.MethodGet, Path: "/v1/products/{domain}/{product}/{version}", Summary: "One product: contract, owner, readers", Tags: []string{"products"}},
		func(_ context.Context, path *ProductPath) (*struct{ Body catalog.Page }, error) {
			p, err := s.find(*path)
			if err != nil {
				return nil, err
			}
			return &struct{ Body catalog.Page }{catalog.PageOf(s.Set(), p)}, nil
		})
	huma.Register(api, huma.Operation{OperationID: "search", Method: http.MethodGet, Path: "/v1/search", Summary: "Find products by words: names, owners, descriptions, fields", Tags: []string{"products"}},
		func(_ context.Context, request *struct {
			Query string `query:"q" required:"true" maxLength:"200"`
			Limit int    `query:"limit" default:"20" minimum:"1" maximum:"200"`
		},
		) (*struct{ Body []catalog.Hit }, error) {
			return &struct{ Body []catalog.Hit }{catalog.Search(s.Set(), request.Query, request.Limit)}, nil
		})
}
