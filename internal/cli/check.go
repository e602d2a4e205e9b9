package cli

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/weftmesh/weft/internal/cli/views"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/diags"
	"github.com/weftmesh/weft/internal/policy"
)

func checkCommand(streams Streams) *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "check [PATH]",
		Short: "Check contracts: a mesh, a folder, or one contract by itself",
		Long: `Check every contract below PATH, with the mesh around it: every problem at once, at file:line:column, with what to
write. Exit 1 when there are errors. Nothing is sent anywhere.`,
		Args: words(cobra.MaximumNArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			path := "."
			if len(args) == 1 {
				path = args[0]
			}
			if !slices.Contains(views.DiagnosticFormats, format) {
				return usagef("--format %q is not known; write one of: %s", format, strings.Join(views.DiagnosticFormats, ", "))
			}
			report, err := checkPath(path)
			if err != nil {
				return err
			}
			if err := views.Diagnostics(streams.Out, format, report); err != nil {
				return err
			}
			if report.Problems.HasErrors() {
				return errProblems
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", strings.Join(views.DiagnosticFormats, ", "))
	return cmd
}

// checkPath checks a mesh, a folder within one, or one contract. Files are named relative to where the user stands.
func checkPath(path string) (views.Checked, error) {
	set, problems, root, err := loadAround(path)
	if err != nil {
		return views.Checked{}, err
	}
	return checked(set, problems, root, path), nil
}

// checked adds what the rules say, and keeps what is about the path that was asked for. Files are named as seen from
// where the user stands.
func checked(set contracts.Set, problems diags.List, root, path string) views.Checked {
	within := inside(path)
	result := views.Checked{Root: root, Read: os.ReadFile}
	for _, p := range set.Products {
		if within(filepath.Join(root, p.File)) {
			result.Products++
		}
	}
	problems.Add(policy.Check(set, time.Now())...)
	for _, d := range problems {
		if d.File = filepath.Join(root, d.File); within(d.File) {
			result.Problems.Add(d)
		}
	}
	result.Problems = result.Problems.Sorted()
	return result
}
