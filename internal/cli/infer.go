package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/weftmesh/weft/internal/cli/views"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/contracts/format"
	"github.com/weftmesh/weft/internal/diags"
	"github.com/weftmesh/weft/internal/transforms"
)

// inferFields writes the fields of the derived products below a path; the mesh around it says what their inputs have.
func inferFields(streams Streams, path string, check bool) error {
	info, err := os.Stat(path)
	if err != nil {
		return usagef("%v", err)
	}
	root, inMesh := rootAbove(path, info.IsDir())
	if !inMesh {
		root = path
	}
	set, _, err := contracts.Load(os.DirFS(root))
	if err != nil {
		return err
	}
	wanted, err := absoluteContracts(path)
	if err != nil {
		return err
	}
	var problems diags.List
	changed := 0
	for _, p := range set.Products {
		name, err := filepath.Abs(filepath.Join(root, p.File))
		if err != nil {
			return err
		}
		if p.Transform == nil || !slices.Contains(wanted, name) {
			continue
		}
		would, found, err := inferFile(set, p, name, check)
		problems.Add(found...)
		switch {
		case errors.Is(err, format.ErrUnsure):
			fmt.Fprintf(streams.Err, "%s: %v\n", name, err)
		case err != nil:
			return err
		case would:
			changed++
			fmt.Fprintln(streams.Out, filepath.Join(root, p.File))
		}
	}
	if problems.HasErrors() {
		return showProblems(streams, problems, root)
	}
	if check && changed > 0 {
		return errProblems
	}
	return nil
}

// absoluteContracts lists the contracts below a path, from the root of the file system.
func absoluteContracts(path string) ([]string, error) {
	names, err := contractFiles(path)
	for i := 0; i < len(names) && err == nil; i++ {
		names[i], err = filepath.Abs(names[i])
	}
	return names, err
}

// showProblems shows what is wrong with transforms, the files named as seen from where the user stands.
func showProblems(streams Streams, problems diags.List, root string) error {
	shown := views.Checked{Root: root, Read: os.ReadFile}
	for _, d := range problems.Sorted() {
		d.File = filepath.Join(root, d.File)
		shown.Problems.Add(d)
	}
	if err := views.Diagnostics(streams.Err, "text", shown); err != nil {
		return err
	}
	return errProblems
}

// inferFile writes the fields of one product, and reports whether that changes its file.
func inferFile(set contracts.Set, p contracts.Product, name string, check bool) (bool, diags.List, error) {
	if _, problems := set.Inputs(p); problems.HasErrors() {
		return false, problems, nil
	}
	inferred, problems := transforms.Infer(set, p)
	if problems.HasErrors() {
		return false, problems, nil
	}
	text, err := format.Fields(p.Text, inferred)
	if err != nil || text == p.Text || check {
		return text != p.Text, problems, err
	}
	return true, problems, replaceFile(name, text)
}
