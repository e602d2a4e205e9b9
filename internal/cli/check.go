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
	info, err := os.Stat(path)
	if err != nil {
		return views.Checked{}, usagef("%v", err)
	}
	root, inMesh := rootAbove(path, info.IsDir())
	if !inMesh && !info.IsDir() {
		data, err := os.ReadFile(path)
		if err != nil {
			return views.Checked{}, err
		}
		set, problems := contracts.LoadContract(path, data)
		problems.Add(policy.Check(set, time.Now())...)
		return checked(set, problems.Sorted(), ""), nil
	}
	if !inMesh {
		root = path
	}
	set, problems, err := contracts.Load(os.DirFS(root))
	if err != nil {
		return views.Checked{}, err
	}
	problems.Add(policy.Check(set, time.Now())...)
	return checked(set, relative(problems, root, path), root), nil
}

// rootAbove finds the mesh that a path lies in.
func rootAbove(path string, dir bool) (string, bool) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return "", false
	}
	if !dir {
		absolute = filepath.Dir(absolute)
	}
	root, ok := contracts.Root(absolute, func(name string) bool {
		_, err := os.Stat(name)
		return err == nil
	})
	if !ok {
		return "", false
	}
	if here, err := os.Getwd(); err == nil {
		if short, err := filepath.Rel(here, root); err == nil && len(short) < len(root) {
			return short, true
		}
	}
	return root, true
}

// relative names files as seen from where the user stands, and keeps the problems of the path that was asked for.
func relative(problems diags.List, root, path string) diags.List {
	var kept diags.List
	wanted, _ := filepath.Abs(path)
	for _, d := range problems {
		d.File = filepath.Join(root, d.File)
		at, _ := filepath.Abs(d.File)
		if at == wanted || strings.HasPrefix(at, strings.TrimRight(wanted, "/")+"/") {
			kept.Add(d)
		}
	}
	return kept.Sorted()
}

func checked(set contracts.Set, problems diags.List, root string) views.Checked {
	return views.Checked{Problems: problems, Products: len(set.Products), Read: func(name string) ([]byte, error) { return os.ReadFile(name) }, Root: root}
}
