package flink

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/weftmesh/weft/internal/flinksql/plan"
)

// checkFiles refuses a filesystem table outside of the folders that the engine is confined to. Links count as what they
// lead to.
func (e *Engine) checkFiles(t *plan.Table) error {
	if t.Options["connector"] != "filesystem" || len(e.config.Files) == 0 && !e.config.Confined {
		return nil
	}
	path := strings.TrimPrefix(strings.TrimPrefix(t.Options["path"], "file://"), "file:")
	where, err := resolved(path)
	if err != nil {
		return err
	}
	for _, folder := range e.config.Files {
		allowed, err := resolved(folder)
		if err != nil {
			return err
		}
		if where == allowed || strings.HasPrefix(where, strings.TrimSuffix(allowed, "/")+"/") {
			return nil
		}
	}
	return fmt.Errorf("table %s: this engine reads and writes no files at %s; start it with --files FOLDER to allow it", t.Name, path)
}

// resolved gives an absolute path without links, of which the end need not exist.
func resolved(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	whole, err := filepath.EvalSymlinks(path)
	if err == nil {
		return whole, nil
	}
	if !os.IsNotExist(err) || path == "/" {
		return "", err
	}
	parent, err := resolved(filepath.Dir(path))
	return filepath.Join(parent, filepath.Base(path)), err
}
