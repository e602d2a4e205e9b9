package gateway

import (
	"fmt"

	"github.com/weftmesh/weft/internal/engine/flink/web"
	"github.com/weftmesh/weft/internal/flinksql/ast"
	"github.com/weftmesh/weft/internal/flinksql/parse"
)

// configureSession runs a statement that sets the session up, at once.
func (g *Gateway) configureSession(r web.Request) (any, error) {
	var body struct {
		Statement        string `json:"statement"`
		ExecutionTimeout int64  `json:"executionTimeout"`
	}
	if err := r.Body("ConfigureSessionRequestBody", &body); err != nil {
		return nil, err
	}
	const failure = gatewayException + "Failed to configure session."
	s, err := g.session(r)
	if err != nil {
		return nil, internal(err, failure)
	}
	if err := configures(body.Statement); err != nil {
		return nil, internal(err, failure)
	}
	if _, err := s.ExecuteWith(r.Context(), body.Statement, nil); err != nil {
		return nil, internal(err, failure)
	}
	return struct{}{}, nil
}

// configures refuses statements that do more than to set a session up.
func configures(text string) error {
	statement, err := parse.Statement(text)
	if err != nil {
		return err
	}
	switch statement.(type) {
	case *ast.CreateTable, *ast.CreateView, *ast.Drop, *ast.Set, *ast.Reset, *ast.Use:
		return nil
	}
	return fmt.Errorf("java.lang.UnsupportedOperationException: Unsupported statement for configuring session: %s\nWhat may configure one is CREATE, DROP, SET, RESET and USE", text)
}
