// Package rest serves the engine's jobs by the part of Flink's REST API that clients and dashboards use.
package rest

import (
	"net/http"

	"github.com/weftmesh/weft/internal/engine/flink"
	"github.com/weftmesh/weft/internal/engine/flink/web"
)

// API answers for the jobs of an engine.
type API struct {
	engine *flink.Engine
}

// New makes the API of an engine.
func New(engine *flink.Engine) *API { return &API{engine: engine} }

// Handler is the API.
func (a *API) Handler() http.Handler {
	return web.Routes(a.endpoints(), func(string) []string { return []string{"", "/v1"} }, func(path string) string {
		return "Unable to load requested file " + path + "."
	})
}

func (a *API) endpoints() map[string]web.Endpoint {
	return map[string]web.Endpoint{}
}
