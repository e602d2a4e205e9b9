package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/cli/views"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/databases"
)

// importFlags are the words of import table.
type importFlags struct {
	dir, env               string
	domain, product, owner string
	key                    []string
	print                  bool
}

func importCommand(streams Streams, services Services) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "import",
		Short: "Draft contracts for data that exists",
		Args:  words(cobra.NoArgs),
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(importTableCommand(streams, services))
	return cmd
}

func importTableCommand(streams Streams, services Services) *cobra.Command {
	var f importFlags
	cmd := &cobra.Command{
		Use:   "table CONNECTION SCHEMA.TABLE",
		Short: "Draft the contract of a product that is captured from a table",
		Long: `Look at a table of a PostgreSQL and draft the contract of a product that is captured from it: fields with their
types, the key, descriptions from comments, personal data with masks. CONNECTION is one of mesh.yaml, of domain.yaml or
of the mesh that runs here. The database is only read; no file is written over.`,
		Example: `  weft import table shop-db public.customers
  weft import table shop-db sales.order_lines --domain sales --product order-line --print`,
		Args: words(cobra.ExactArgs(2)),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.run(cmd.Context(), streams, services, args[0], args[1])
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&f.dir, "dir", "C", ".", "folder of the mesh, or one in it")
	flags.StringVar(&f.env, "env", "", "environment of mesh.yaml whose connection is meant (default: the one that has it)")
	flags.StringVar(&f.domain, "domain", "", "domain of the product (default: that of the folder or of the connection)")
	flags.StringVar(&f.product, "product", "", "name of the product (default: the table's)")
	flags.StringVar(&f.owner, "owner", "", "who answers for the product (default: the domain's owner)")
	flags.StringSliceVar(&f.key, "key", nil, "columns that tell rows apart (default: the primary key)")
	flags.BoolVar(&f.print, "print", false, "print the contract instead of writing its file")
	return cmd
}

func (f importFlags) run(ctx context.Context, streams Streams, services Services, connection, table string) error {
	root, err := meshRoot(f.dir)
	if err != nil {
		return err
	}
	set, _, err := contracts.Load(os.DirFS(root))
	if err != nil {
		return err
	}
	drafting := databases.Drafting{Product: f.product, Owner: f.owner, Connection: connection, Key: f.key}
	if drafting.Domain, err = f.domainOf(set, root, connection); err != nil {
		return err
	}
	found, err := connectionNamed(set, root, place{f.env, drafting.Domain}, connection)
	if err != nil {
		return err
	}
	if d, ok := set.Domain(drafting.Domain); ok && drafting.Owner == "" {
		drafting.Owner = d.Owner
	}
	if drafting.Owner == "" {
		drafting.Owner = drafting.Domain + "-leads@example.com"
	}
	live, err := services.Table(ctx, root, found, table)
	if err != nil {
		return err
	}
	draft, err := databases.New(live, drafting)
	if err != nil {
		return usageError{err}
	}
	return f.deliver(streams, set, root, drafting, live, draft)
}

// deliver writes the draft's file, and that of its domain where there is none, or prints the contract.
func (f importFlags) deliver(streams Streams, set contracts.Set, root string, drafting databases.Drafting, live databases.Table, draft databases.Draft) error {
	name := fmt.Sprintf("domains/%s/%s/%s", drafting.Domain, draft.Product, contracts.ContractFile)
	about := streams.Out
	if f.print {
		about = streams.Err
		fmt.Fprint(streams.Out, draft.Text)
	} else {
		files := written{name: draft.Text}
		if _, known := set.Domain(drafting.Domain); !known {
			files[fmt.Sprintf("domains/%s/domain.yaml", drafting.Domain)] = domainFiles(drafting.Domain, drafting.Owner)[fmt.Sprintf("domains/%s/domain.yaml", drafting.Domain)]
		}
		if err := files.write(streams, root); err != nil {
			return err
		}
	}
	views.Drafted(about, live, draft)
	alone, _ := contracts.LoadContract(filepath.Join(root, name), []byte(draft.Text))
	for _, p := range alone.Products {
		for _, d := range databases.Problems(p, live) {
			views.Hint(about, d)
		}
	}
	return nil
}

// domainOf is the domain that a product of a connection is meant for: the one that is named, in whose folder the user
// stands, that has the connection for itself, that captures from it already, or the only one.
func (f importFlags) domainOf(set contracts.Set, root, connection string) (string, error) {
	if f.domain != "" {
		if !addrs.Segment(f.domain) {
			return "", usagef("--domain %q is not a name; use lower-case letters, digits and hyphens", f.domain)
		}
		return f.domain, nil
	}
	if domain, ok := domainAround(root, f.dir); ok {
		return domain, nil
	}
	owning, capturing := map[string]bool{}, map[string]bool{}
	var all []string
	for _, d := range set.Domains {
		all = append(all, d.Name)
		if _, has := d.Connections[connection]; has {
			owning[d.Name] = true
		}
	}
	for _, p := range set.Products {
		if s := p.Source; s != nil && s.Postgres != nil && s.Postgres.Connection == connection {
			capturing[p.Domain] = true
		}
	}
	for _, likely := range []map[string]bool{owning, capturing} {
		if len(likely) == 1 {
			return sortedKeys(likely)[0], nil
		}
	}
	if len(all) == 1 {
		return all[0], nil
	}
	return "", usagef("which domain answers for the product? name it with --domain; there are: %s", strings.Join(all, ", "))
}

// domainAround is the domain in whose folder a path lies.
func domainAround(root, path string) (string, bool) {
	from, errRoot := filepath.Abs(root)
	to, errPath := filepath.Abs(path)
	relative, err := filepath.Rel(from, to)
	if errRoot != nil || errPath != nil || err != nil {
		return "", false
	}
	parts := strings.Split(filepath.ToSlash(relative), "/")
	if len(parts) < 2 || parts[0] != "domains" {
		return "", false
	}
	return parts[1], true
}
