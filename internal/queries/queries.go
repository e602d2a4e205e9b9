// Package queries answers SQL over live products: as they are now, or as they change, personal data masked.
package queries

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/diags"
	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/transforms"
)

// Gateway runs statements on a stream processor.
type Gateway interface {
	// Query runs statements in a session of its own, of which the last is a SELECT, and gives its rows as they come,
	// until there are no more, each gives an error, or the context ends. The query has ended when it returns.
	Query(ctx context.Context, statements []string, settings map[string]string, each func([]Row) error) error
}

// Row is one row of a result, or a change of one.
type Row struct {
	Change string            // +I, -U, +U, -D
	Fields []json.RawMessage // by column
}

// Limits on every query, and what holds where none is asked for.
const (
	DefaultRows    = 1000
	MaxRows        = 1_000_000
	DefaultTimeout = 30 * time.Second
	MaxTimeout     = time.Hour
)

// Config is what a desk is made with.
type Config struct {
	Set        func() contracts.Set // the applied contracts
	Gateway    Gateway              // nil: the environment has no stream processor
	Connection transforms.Connection
	Settings   map[string]string // of sessions
	MaskKey    []byte
}

// Desk answers queries.
type Desk struct {
	config  Config
	running chan struct{} // has room for as many queries as may run at the same time
}

// MaxRunning is how many queries of a server run at the same time.
const MaxRunning = 16

// NewDesk makes a desk.
func NewDesk(config Config) *Desk {
	return &Desk{config, make(chan struct{}, MaxRunning)}
}

// Request is a query, and for whom it is asked.
type Request struct {
	SQL     string
	Rights  transforms.Rights
	Follow  bool
	Rows    int
	Timeout time.Duration
}

// Prepared is a query that may run.
type Prepared struct {
	request Request
	query   transforms.Query
}

// ErrNoEngine says that the environment runs no SQL.
var ErrNoEngine = errors.New("this environment has no stream processor; add flink: {gateway: ..., rest: ...} to it in mesh.yaml")

// Prepare plans a query and holds it against what whoever asks may read.
func (d *Desk) Prepare(request Request) (Prepared, diags.List) {
	most := request.Rows + 1 // one more tells that there are more
	if request.Follow {
		most = 0
	}
	query, problems := transforms.CompileQuery(d.config.Set(), request.SQL, request.Rights, most)
	return Prepared{request, query}, problems
}

// Explain is the plan of a query: its operators as a tree, the result first, each with the changes that it gives.
func (p Prepared) Explain() string { return plan.Explain(p.query.Plan, true) }

// Line is one line of an answer: first the columns, then rows, last the end.
type Line struct {
	Columns []Column          `json:"columns,omitempty"`
	Change  string            `json:"change,omitempty" doc:"What the row does to the result, where the query is followed: +I, -U, +U, -D"`
	Row     []json.RawMessage `json:"row,omitempty"`
	End     *End              `json:"end,omitempty"`
	Error   string            `json:"error,omitempty"`
}

// Column is a column of a result.
type Column struct {
	Name string `json:"name"`
	Type string `json:"type" doc:"The type in Flink SQL; a masked column is text, or nothing"`
	Mask string `json:"mask,omitempty" doc:"How its personal data is hidden: hash, redact, partial, null"`
}

// End says why there are no more rows.
type End struct {
	Rows   int    `json:"rows"`
	Reason string `json:"reason" enum:"complete,limit,timeout" doc:"complete: there are no more; limit, timeout: there may be"`
}

// Reasons for an end.
const (
	Complete = "complete"
	AtLimit  = "limit"
	AtTime   = "timeout"
)

// errEnough ends a query whose limit is reached.
var errEnough = errors.New("enough")

// Run answers a query line by line, until each gives an error.
func (d *Desk) Run(ctx context.Context, p Prepared, each func(Line) error) error {
	if d.config.Gateway == nil {
		return ErrNoEngine
	}
	select {
	case d.running <- struct{}{}:
		defer func() { <-d.running }()
	default:
		return fmt.Errorf("%d queries run already, which is the most; try again when one has ended", MaxRunning)
	}
	if err := each(Line{Columns: p.columns()}); err != nil {
		return err
	}
	timed, stop := context.WithTimeout(ctx, p.request.Timeout)
	defer stop()
	a := newAnswer(p, d.config.MaskKey, each)
	err := d.config.Gateway.Query(timed, p.query.Statements(d.config.Connection, !p.request.Follow), d.config.Settings, a.take)
	reason := Complete
	switch {
	case errors.Is(err, errEnough):
		reason = AtLimit
	case ctx.Err() != nil:
		return ctx.Err()
	case timed.Err() != nil:
		if reason = AtTime; a.folds {
			return fmt.Errorf("the query was not done within %s, and its rows are not known before it is; give it longer with --timeout, or watch it with --follow", p.request.Timeout)
		}
	case err != nil:
		return p.told(err)
	}
	cut, err := a.finish()
	if err != nil {
		return err
	}
	if cut {
		reason = AtLimit
	}
	return each(Line{End: &End{a.given, reason}})
}

// told is what may be said of a failure: an engine's message may hold the value that it failed on.
func (p Prepared) told(err error) error {
	if slices.ContainsFunc(p.query.Columns, func(c transforms.Shown) bool { return c.Mask != "" }) {
		return errors.New("the query failed; why is not told, since it reads personal data that is masked. Leave that out, or ask in the name of a domain that may read it in clear")
	}
	return err
}

func (p Prepared) columns() []Column {
	all := make([]Column, len(p.query.Columns))
	for i, c := range p.query.Columns {
		all[i] = Column(c)
	}
	return all
}
