package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/contracts/format"
)

func fmtCommand(streams Streams) *cobra.Command {
	var check, derived, infer bool
	cmd := &cobra.Command{
		Use:   "fmt [PATH]",
		Short: "Write contracts in one way: order of keys, quoted versions",
		Args:  words(cobra.MaximumNArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			path := "."
			if len(args) == 1 {
				path = args[0]
			}
			names, err := contractFiles(path)
			if err != nil {
				return err
			}
			if infer {
				return inferFields(streams, path, check)
			}
			changed, err := formatFiles(streams, names, check, derived)
			if err == nil && check && changed > 0 {
				return errProblems
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&check, "check", false, "change nothing; name the files that would change, and exit 1 if there are any")
	cmd.Flags().BoolVar(&derived, "derived", false, "write out what Weft derives: entity, events, key, event time")
	cmd.Flags().BoolVar(&infer, "infer-fields", false, "write the fields of derived products from their SQL, with what is said of them already")
	return cmd
}

// formatFiles formats contracts, and names those that change; those of which it is not sure it leaves as they are.
func formatFiles(streams Streams, names []string, check, derived bool) (changed int, err error) {
	for _, name := range names {
		would, err := formatFile(name, check, derived)
		if errors.Is(err, format.ErrUnsure) || errors.Is(err, format.ErrUnderived) {
			fmt.Fprintf(streams.Err, "%s: %v\n", name, err)
			continue
		}
		if err != nil {
			return changed, err
		}
		if would {
			changed++
			fmt.Fprintln(streams.Out, name)
		}
	}
	return changed, nil
}

// contractFiles lists the contracts below a path.
func contractFiles(path string) ([]string, error) {
	info, err := stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	var names []string
	err = filepath.WalkDir(path, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && name != path && strings.HasPrefix(entry.Name(), ".") {
			return fs.SkipDir
		}
		if !entry.IsDir() && entry.Name() == contracts.ContractFile {
			names = append(names, name)
		}
		return nil
	})
	return names, err
}

// formatFile formats one file, and reports whether that changes it. It is written whole or not at all.
func formatFile(name string, check, derived bool) (bool, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return false, err
	}
	formatted, err := format.Contract(name, string(text), derived)
	if err != nil || formatted == string(text) || check {
		return err == nil && formatted != string(text), err
	}
	return true, replaceFile(name, formatted)
}

// replaceFile writes a file whole or not at all.
func replaceFile(name, text string) error {
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	temporary := filepath.Join(filepath.Dir(name), "."+filepath.Base(name)+".weft")
	if err := os.WriteFile(temporary, []byte(text), info.Mode().Perm()); err != nil {
		return err
	}
	return os.Rename(temporary, name)
}
