package app

import (
	"context"

	"github.com/weftmesh/weft/internal/adapter/postgres"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/databases"
)

// table describes a table of a database that the mesh in a folder names.
func table(ctx context.Context, dir string, of contracts.Connection, name string) (databases.Table, error) {
	return postgres.New(relative{dir}.secret).Table(ctx, of, name)
}
