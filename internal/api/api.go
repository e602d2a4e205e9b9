// Package api is Weft's HTTP API: one file per resource, and an OpenAPI document that is made from them.
package api

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/weftmesh/weft/internal/access"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/observe"
	"github.com/weftmesh/weft/internal/records"
)

// Config is what the API shows and does. Every func may be called at any time from any goroutine and returns at once.
type Config struct {
	Version    string
	Set        func() contracts.Set    // the applied contracts
	Observed   func() observe.Snapshot // the newest measurements
	Records    Records
	Quarantine Quarantine             // nil: there are no gates
	Ready      func() error           // nil, or why the server cannot serve yet
	Metrics    []prometheus.Collector // served at /metrics beside those of the products
	Tokens     []access.Token         // none: everyone who reaches the address may do everything
	Hosts      []string               // names in the Host header that are answered beside those of loopback; nil with AnyHost
	AnyHost    bool                   // bound beyond loopback: answer whatever the Host header says
	Extra      []func(huma.API)       // registrations of other resources
	Logger     *slog.Logger           // nil: nothing is logged
	Now        func() time.Time       // nil: time.Now
}

// Records writes and reads the records of products.
type Records interface {
	Publish(ctx context.Context, p contracts.Product, t contracts.ProductTopic, lines io.Reader) (records.Published, error)
	Tail(ctx context.Context, request records.TailRequest, each func(records.Line) error) error
}

// New makes the handler of everything that the API serves.
func New(config Config) http.Handler { return newServer(config) }
