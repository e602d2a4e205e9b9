package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/contracts"
)

func initCommand(streams Streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Write the first files of a mesh, a domain or a product",
		Args:  words(cobra.NoArgs),
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(initMeshCommand(streams), initDomainCommand(streams), initProductCommand(streams))
	return cmd
}

// written are the files that an init writes, by path below the mesh's folder.
type written map[string]string

// write puts the files there. None is overwritten: where one exists, nothing is written.
func (w written) write(streams Streams, dir string) error {
	for name := range w {
		if _, err := os.Stat(filepath.Join(dir, name)); !errors.Is(err, fs.ErrNotExist) {
			return usagef("%s exists already; nothing was written", filepath.Join(dir, name))
		}
	}
	for _, name := range sortedNames(w) {
		full := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(full, []byte(strings.TrimLeft(w[name], "\n")), 0o644); err != nil {
			return err
		}
		fmt.Fprintln(streams.Out, full)
	}
	return nil
}

func initMeshCommand(streams Streams) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "mesh NAME",
		Short: "Write mesh.yaml, CI for GitHub and GitLab, and CODEOWNERS",
		Args:  words(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			if !addrs.Segment(args[0]) {
				return usagef("%q is not a name; use lower-case letters, digits and hyphens", args[0])
			}
			return meshFiles(args[0]).write(streams, dir)
		},
	}
	cmd.Flags().StringVarP(&dir, "dir", "C", ".", "folder of the mesh")
	return cmd
}

func initDomainCommand(streams Streams) *cobra.Command {
	var dir, owner string
	cmd := &cobra.Command{
		Use:   "domain NAME",
		Short: "Write domains/NAME/domain.yaml",
		Args:  words(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			if !addrs.Segment(args[0]) {
				return usagef("%q is not a name; use lower-case letters, digits and hyphens", args[0])
			}
			if owner == "" {
				owner = args[0] + "-leads@example.com"
			}
			return domainFiles(args[0], owner).write(streams, dir)
		},
	}
	cmd.Flags().StringVarP(&dir, "dir", "C", ".", "folder of the mesh")
	cmd.Flags().StringVar(&owner, "owner", "", "who answers for the domain (default NAME-leads@example.com)")
	return cmd
}

func initProductCommand(streams Streams) *cobra.Command {
	var dir, from, input string
	cmd := &cobra.Command{
		Use:   "product DOMAIN/NAME",
		Short: "Write a contract: of events, of a table that is captured, or of a query",
		Args:  words(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			domain, name, ok := strings.Cut(args[0], "/")
			if !ok || !addrs.Segment(domain) || !addrs.Segment(name) {
				return usagef("%q does not name a product; write DOMAIN/NAME, as in logistics/shipment-events", args[0])
			}
			set, _, err := contracts.Load(os.DirFS(dir))
			if err != nil {
				return usagef("%v", err)
			}
			files, err := productFiles(set, domain, name, from, input)
			if err != nil {
				return err
			}
			return files.write(streams, dir)
		},
	}
	cmd.Flags().StringVarP(&dir, "dir", "C", ".", "folder of the mesh")
	cmd.Flags().StringVar(&from, "from", "event", "event, table or sql")
	cmd.Flags().StringVar(&input, "input", "", "with --from sql: the topic that the query reads (default: the first of the mesh)")
	return cmd
}

// productFiles writes a contract, and the domain's file where there is none.
func productFiles(set contracts.Set, domain, name, from, input string) (written, error) {
	files, owner := written{}, domain+"-leads@example.com"
	if d, ok := set.Domain(domain); ok {
		owner = d.Owner
	} else {
		files = domainFiles(domain, owner)
	}
	path := fmt.Sprintf("domains/%s/%s/%s", domain, name, contracts.ContractFile)
	switch from {
	case "event":
		files[path] = eventContract(domain, name, owner)
	case "table":
		files[path] = tableContract(domain, name, owner)
	case "sql":
		p, topic, ok := inputOf(set, domain, input)
		if !ok {
			return nil, usagef("--from sql needs a topic of this mesh to read, named by --input; there is none yet: start with --from event")
		}
		files[path] = queryContract(domain, name, owner, p, topic)
		if p.Domain != domain && p.Classification != contracts.Public && !subscribes(set, domain, p.Addr) {
			files[fmt.Sprintf("domains/%s/subscriptions/%s.yaml", domain, p.Name)] = subscriptionFile(p, domain, name)
		}
	default:
		return nil, usagef("--from %q is not known; write event, table or sql", from)
	}
	return files, nil
}

func subscribes(set contracts.Set, domain string, product addrs.Product) bool {
	return slices.ContainsFunc(set.SubscriptionsTo(product), func(s contracts.Subscription) bool { return s.Domain == domain })
}

// inputOf is the topic of the mesh that a query of a domain shall read: one that is named, else the first that it may
// read without asking.
func inputOf(set contracts.Set, domain, input string) (contracts.Product, contracts.ProductTopic, bool) {
	if input != "" {
		return set.ProductOf(addrs.Topic(input))
	}
	for _, p := range set.Products {
		open := p.Domain == domain || p.Classification != contracts.Restricted && !p.HasPII()
		if p.EventTime.Field != "" && p.Transform == nil && open {
			return p, p.Topics[0], true
		}
	}
	return contracts.Product{}, contracts.ProductTopic{}, false
}
