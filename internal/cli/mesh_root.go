package cli

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/weftmesh/weft/internal/contracts"
)

// meshRoot is the folder of the mesh that a folder, or a file, lies in: the one above it with mesh.yaml or weft.yaml,
// else the folder itself, if contracts lie in it.
func meshRoot(path string) (string, error) {
	info, err := stat(path)
	if err != nil {
		return "", err
	}
	if root, ok := rootAbove(path, info.IsDir()); ok {
		return root, nil
	}
	if !info.IsDir() {
		path = filepath.Dir(path)
	}
	return path, loose(path)
}

// stat says of a path that people wrote where it leads.
func stat(path string) (fs.FileInfo, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, usagef("there is no file or folder %s", path)
	}
	if err != nil {
		return nil, usagef("%v", err)
	}
	return info, nil
}

// loose makes sure that a folder without mesh.yaml holds contracts of its own.
func loose(dir string) error {
	found, err := contractsBelow(dir)
	if err == nil && !found {
		return usagef("there is neither a mesh nor a contract (%s) in %s", contracts.ContractFile, dir)
	}
	return err
}

// contractsBelow reports whether contracts lie in a folder without mesh.yaml. Those of a mesh below it are a mistake:
// they would be read as if its root were here.
func contractsBelow(dir string) (found bool, err error) {
	err = filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != dir && strings.HasPrefix(entry.Name(), "."):
			return fs.SkipDir
		case entry.Name() == contracts.MeshFile:
			return usagef("%s is not the folder of a mesh, but %s is; name that one", dir, filepath.Dir(name))
		}
		found = found || strings.HasSuffix(entry.Name(), "contract.yaml")
		return nil
	})
	return found, err
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
