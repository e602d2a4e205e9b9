package cli

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weftmesh/weft/internal/cli/views"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/diags"
	"github.com/weftmesh/weft/internal/trials"
)

func testCommand(streams Streams, services Services) *cobra.Command {
	var format, name string
	cmd := &cobra.Command{
		Use:   "test [PATH]",
		Short: "Run the tests of contracts: rows through a transform, against the rows that are expected",
		Long: `Run the tests of every contract below PATH, in the contract (tests:) or in tests/*.yaml beside it. A transform runs on
the embedded stream processor: the rows that are given come in the order in which they are written, those of several
inputs by event time, and event time ends after the last, so that all windows close. A product without a transform
gives the rows that its contract lets pass. Exit 1 when a test fails. Nothing is sent anywhere.`,
		Args: words(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			path := "."
			if len(args) == 1 {
				path = args[0]
			}
			if !slices.Contains(views.TestFormats, format) {
				return usagef("--format %q is not known; write one of: %s", format, strings.Join(views.TestFormats, ", "))
			}
			tested, err := testPath(cmd.Context(), services.Tests, path, name)
			if err != nil {
				return err
			}
			if err := views.Tests(streams.Out, format, tested); err != nil {
				return err
			}
			if tested.Failed() > 0 || tested.Problems.HasErrors() {
				return errProblems
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&name, "run", "", "only tests whose names contain this")
	cmd.Flags().StringVar(&format, "format", "text", strings.Join(views.TestFormats, ", "))
	return cmd
}

// testPath runs the tests of a mesh, a folder within one, or one contract, with the mesh around it.
func testPath(ctx context.Context, engine trials.Engine, at, name string) (views.Tested, error) {
	set, problems, root, err := loadAround(at)
	if err != nil {
		return views.Tested{}, err
	}
	within := inside(at)
	tested := views.Tested{}
	for _, d := range problems {
		if d.File = filepath.Join(root, d.File); d.Severity == diags.Error && within(d.File) {
			tested.Problems.Add(d)
		}
	}
	tested.Report, err = trials.Run(ctx, engine, set, trials.Filter{Name: name, File: func(file string) bool { return within(filepath.Join(root, file)) }})
	if err == nil && name != "" && len(tested.Results) == 0 {
		err = usagef("no test below %s has %q in its name", at, name)
	}
	for i := range tested.Results {
		relocate(&tested.Results[i], root)
	}
	return tested, err
}

// loadAround reads the mesh that a path lies in, or the one contract that it is.
func loadAround(at string) (contracts.Set, diags.List, string, error) {
	info, err := stat(at)
	if err != nil {
		return contracts.Set{}, nil, "", err
	}
	if _, inMesh := rootAbove(at, info.IsDir()); !inMesh && !info.IsDir() {
		root := filepath.Dir(at)
		set, problems, err := contracts.LoadFile(os.DirFS(root), filepath.Base(at))
		return set, problems, root, err
	}
	root, err := meshRoot(at)
	if err != nil {
		return contracts.Set{}, nil, "", err
	}
	set, problems, err := contracts.Load(os.DirFS(root))
	return set, problems, root, err
}

// inside tells which files a path means: itself, or all below it.
func inside(at string) func(string) bool {
	wanted, _ := filepath.Abs(at)
	return func(name string) bool {
		file, _ := filepath.Abs(name)
		return file == wanted || strings.HasPrefix(file, strings.TrimRight(wanted, "/")+"/")
	}
}

// relocate names files as seen from where the user stands.
func relocate(r *trials.Result, root string) {
	from := func(file string) string { return filepath.Join(root, file) }
	r.At.File = from(r.At.File)
	r.Problems = slices.Clone(r.Problems) // those of a transform are the same in all its tests
	for i := range r.Problems {
		r.Problems[i].File = from(r.Problems[i].File)
	}
	for i := range r.Differences {
		r.Differences[i].At.File = from(r.Differences[i].At.File)
	}
}
