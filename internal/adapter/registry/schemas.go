package registry

import (
	"context"
	"fmt"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/records"
)

// Schemas looks schemas up: by id, and by text within a subject. It registers nothing.
type Schemas struct{ client *client }

var _ records.Registry = (*Schemas)(nil)

// NewSchemas looks up in a registry.
func NewSchemas(config Config) *Schemas { return &Schemas{newClient(config)} }

// SchemaByID gives the text of a schema.
func (s *Schemas) SchemaByID(ctx context.Context, id int) (string, error) {
	var found struct {
		Schema string `json:"schema"`
	}
	err := s.client.call(ctx, "GET", fmt.Sprintf("/schemas/ids/%d", id), nil, &found)
	return found.Schema, err
}

// SchemaID gives the id under which a subject has a schema.
func (s *Schemas) SchemaID(ctx context.Context, subject addrs.Subject, text string) (int, error) {
	var found struct {
		ID int `json:"id"`
	}
	err := s.client.call(ctx, "POST", subjectPath("/subjects/%s", string(subject)), map[string]string{"schema": text}, &found)
	return found.ID, err
}

// Unknown reports whether an error says that the registry does not have what was asked for, rather than that it did not
// answer.
func (s *Schemas) Unknown(err error) bool { return notFound(err) }
