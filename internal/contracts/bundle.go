package contracts

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"testing/fstest"
)

// Bundle is the text of a mesh repository's files by path: what a command sends to a server.
type Bundle map[string]string

// Limits on a bundle.
const (
	MaxBundleFiles = 50_000
	MaxBundleBytes = 128 << 20
)

// companions are the endings of files that contracts name.
var companions = []string{".sql", ".avsc", ".json", ".proto"}

// Collect gathers the files of a repository that a contract can be made of.
func Collect(fsys fs.FS) (Bundle, error) {
	bundle, size := Bundle{}, 0
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		if entry.IsDir() {
			if skipped(name) {
				return fs.SkipDir
			}
			return nil
		}
		if _, declares := classify(name); !declares && !slices.Contains(companions, path.Ext(name)) {
			return nil
		}
		data, err := readBounded(fsys, name)
		if err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		bundle[name], size = string(data), size+len(data)
		return bounded(len(bundle), size)
	})
	return bundle, err
}

func bounded(files, size int) error {
	if files > MaxBundleFiles || size > MaxBundleBytes {
		return fmt.Errorf("the folder holds more than %d files or %d MiB of contracts", MaxBundleFiles, MaxBundleBytes>>20)
	}
	return nil
}

// FS is the bundle as a file system. A path that leaves it is an error.
func (b Bundle) FS() (fs.FS, error) {
	files, size := fstest.MapFS{}, 0
	for name, text := range b {
		if !fs.ValidPath(name) {
			return nil, fmt.Errorf("%q is not a path within a mesh", name)
		}
		files[name], size = &fstest.MapFile{Data: []byte(text)}, size+len(text)
	}
	return files, bounded(len(files), size)
}

// Digest stands for the bundle's content.
func (b Bundle) Digest() string {
	hash := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(b)) {
		fmt.Fprintf(hash, "%d %s %d ", len(name), name, len(b[name]))
		io.WriteString(hash, b[name]) //nolint:errcheck // a hash does not fail
	}
	return hex.EncodeToString(hash.Sum(nil)[:8])
}

// skipped reports whether a folder holds nothing of a mesh.
func skipped(name string) bool {
	base := path.Base(name)
	return name != "." && (strings.HasPrefix(base, ".") || base == "node_modules" || base == "testdata")
}
