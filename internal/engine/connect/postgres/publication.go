package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/weftmesh/weft/internal/engine/connect/postgres/tables"
)

// checkPublication refuses a publication that is missing and may not be created.
func (s *settings) checkPublication(ctx context.Context, conn *pgx.Conn) error {
	var there bool
	if err := conn.QueryRow(ctx, `SELECT count(*) > 0 FROM pg_publication WHERE pubname = $1`, s.publication).Scan(&there); err != nil {
		return s.explain(err)
	}
	if !there && s.autocreate == "disabled" {
		return s.noPublication()
	}
	return nil
}

func (s *settings) noPublication() error {
	return fmt.Errorf("the publication %q is missing, and publication.autocreate.mode=disabled forbids to create it: CREATE PUBLICATION %s FOR TABLE ..., or set the mode to filtered", s.publication, tables.Quote(s.publication))
}

// ensurePublication creates the publication as publication.autocreate.mode says, or brings the tables of a filtered one
// in line.
func (s *settings) ensurePublication(ctx context.Context, conn *pgx.Conn, captured []tables.Name) error {
	var all, there bool
	err := conn.QueryRow(ctx, `SELECT count(*) > 0, coalesce(bool_or(puballtables), false) FROM pg_publication WHERE pubname = $1`, s.publication).Scan(&there, &all)
	if err != nil {
		return s.explain(err)
	}
	switch {
	case there && s.autocreate == "filtered" && !all:
		return s.alterPublication(ctx, conn, captured)
	case there:
		return nil
	case s.autocreate == "disabled":
		return s.noPublication()
	}
	return s.createPublication(ctx, conn, captured)
}

func (s *settings) createPublication(ctx context.Context, conn *pgx.Conn, captured []tables.Name) error {
	statement := "CREATE PUBLICATION " + tables.Quote(s.publication)
	switch s.autocreate {
	case "all_tables":
		statement += " FOR ALL TABLES"
	case "filtered":
		if len(captured) == 0 {
			return fmt.Errorf("no table of the database %q passes the filters (table.include.list, ...), so there is nothing to publish", s.rules.Database)
		}
		statement += " FOR TABLE " + strings.Join(quoted(s.published(captured)), ", ")
	}
	if s.is("publish.via.partition.root") {
		statement += " WITH (publish_via_partition_root = true)"
	}
	if _, err := conn.Exec(ctx, statement); err != nil {
		return fmt.Errorf("create the publication %q: %w", s.publication, s.explain(err))
	}
	return nil
}

// published are the tables to name: a partition comes with its partitioned table.
func (s *settings) published(captured []tables.Name) []tables.Name {
	return slices.DeleteFunc(slices.Clone(captured), func(n tables.Name) bool {
		return n.Parent != 0 && n.Parent != n.OID && slices.ContainsFunc(captured, func(root tables.Name) bool { return root.OID == n.Parent })
	})
}

func quoted(list []tables.Name) []string {
	var names []string
	for _, n := range list {
		names = append(names, tables.Quote(n.Schema)+"."+tables.Quote(n.Name))
	}
	slices.Sort(names)
	return names
}

// alterPublication sets the tables of a filtered publication, if they are others.
func (s *settings) alterPublication(ctx context.Context, conn *pgx.Conn, captured []tables.Name) error {
	rows, err := conn.Query(ctx, `SELECT n.nspname, c.relname FROM pg_publication p JOIN pg_publication_rel r ON r.prpubid = p.oid
		JOIN pg_class c ON c.oid = r.prrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE p.pubname = $1`, s.publication)
	if err != nil {
		return s.explain(err)
	}
	have, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (n tables.Name, err error) {
		return n, row.Scan(&n.Schema, &n.Name)
	})
	if err != nil {
		return s.explain(err)
	}
	want := s.published(captured)
	if len(want) == 0 || slices.Equal(quoted(have), quoted(want)) {
		return nil
	}
	statement := fmt.Sprintf("ALTER PUBLICATION %s SET TABLE %s", tables.Quote(s.publication), strings.Join(quoted(want), ", "))
	if _, err := conn.Exec(ctx, statement); err != nil {
		return fmt.Errorf("set the tables of the publication %q: %w", s.publication, s.explain(err))
	}
	return nil
}

// setIdentities gives tables the replica identities of replica.identity.autoset.values.
func (s *settings) setIdentities(ctx context.Context, conn *pgx.Conn, captured []tables.Name) error {
	for _, n := range captured {
		for _, identity := range s.identities {
			if !identity.table.MatchString(n.Schema + "." + n.Name) {
				continue
			}
			statement := fmt.Sprintf("ALTER TABLE %s.%s REPLICA IDENTITY %s", tables.Quote(n.Schema), tables.Quote(n.Name), identity.value)
			if _, err := conn.Exec(ctx, statement); err != nil {
				return fmt.Errorf("replica.identity.autoset.values: %s: %w", statement, s.explain(err))
			}
			break
		}
	}
	return nil
}
