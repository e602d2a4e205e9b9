package contracts

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/weftmesh/weft/internal/contracts/strict"
	"github.com/weftmesh/weft/internal/diags"
)

// ContractFile is the name of a contract's file in a mesh repository.
const ContractFile = "data-contract.yaml"

// MeshFile and RemoteFile mark the root of a mesh repository, or of one domain's part of it.
const (
	MeshFile   = "mesh.yaml"
	RemoteFile = "weft.yaml"
)

// Load reads a mesh repository, or any folder with contracts in it. Problems are people's mistakes in the files; the
// error is a file system that fails. What could be read is in the Set even where there are problems.
func Load(fsys fs.FS) (Set, diags.List, error) {
	files, err := find(fsys)
	if err != nil {
		return Set{}, nil, err
	}
	parts, err := readAll(fsys, files)
	if err != nil {
		return Set{}, nil, err
	}
	set, problems := assemble(fsys, parts)
	return set, problems.Sorted(), nil
}

// LoadFile reads one contract by itself, and the files that it names, in a folder.
func LoadFile(fsys fs.FS, name string) (Set, diags.List, error) {
	files := []file{{path: name, kind: contractFile}}
	beside, err := fs.Glob(fsys, path.Join(path.Dir(name), "tests", "*.y*ml"))
	if err != nil {
		return Set{}, nil, err
	}
	for _, test := range beside {
		if f, ok := classify(test); ok && f.kind == testFile {
			files = append(files, f)
		}
	}
	parts, err := readAll(fsys, files)
	if err != nil {
		return Set{}, nil, err
	}
	set, problems := assemble(fsys, parts)
	return set, problems.Sorted(), nil
}

// LoadContract reads one contract by itself, without the files that it names.
func LoadContract(name string, data []byte) (Set, diags.List) {
	only := decode(file{path: name, kind: contractFile}, data)
	set, problems := assemble(nil, []part{only})
	return set, problems.Sorted()
}

// fileKind is what a file declares, by its place.
type fileKind int

const (
	meshFile fileKind = iota
	remoteFile
	domainFile
	policyFile
	subscriptionFile
	contractFile
	testFile
)

type file struct {
	path   string
	kind   fileKind
	domain string // by folder; "" outside a domain's folder
}

// find lists the files of a repository that declare something.
func find(fsys fs.FS) ([]file, error) {
	var files []file
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
		if f, ok := classify(name); ok {
			files = append(files, f)
		}
		return nil
	})
	return files, err
}

// classify tells what a file declares by where it lies.
func classify(name string) (file, bool) {
	base, dir := path.Base(name), path.Dir(name)
	if ext := path.Ext(name); ext != ".yaml" && ext != ".yml" {
		return file{}, false
	}
	f := file{path: name, domain: domainOf(name)}
	switch {
	case name == MeshFile:
		f.kind = meshFile
	case name == RemoteFile:
		f.kind = remoteFile
	case base == "domain.yaml":
		f.kind = domainFile
	case path.Base(dir) == "policies":
		f.kind = policyFile
	case path.Base(dir) == "subscriptions":
		f.kind = subscriptionFile
	case path.Base(dir) == "tests":
		f.kind = testFile
	case base == ContractFile || strings.HasSuffix(base, "contract.yaml"):
		f.kind = contractFile
	default:
		return file{}, false
	}
	return f, true
}

// domainOf is the domain in whose folder a file lies.
func domainOf(name string) string {
	if rest, ok := strings.CutPrefix(name, "domains/"); ok {
		domain, _, _ := strings.Cut(rest, "/")
		return domain
	}
	return ""
}

// part is what one file declares.
type part struct {
	file
	value    any
	text     string
	problems diags.List
}

// readAll reads and decodes files side by side, keeping their order.
func readAll(fsys fs.FS, files []file) ([]part, error) {
	parts := make([]part, len(files))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, f := range files {
		group.Go(func() error {
			data, err := readBounded(fsys, f.path)
			if err != nil {
				return fmt.Errorf("read %s: %w", f.path, err)
			}
			parts[i] = decode(f, data)
			return nil
		})
	}
	return parts, group.Wait()
}

// readBounded reads a file, one byte more than strict takes at the most.
func readBounded(fsys fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, err
	}
	if info.Size() > strict.MaxBytes {
		return make([]byte, strict.MaxBytes+1), nil
	}
	return fs.ReadFile(fsys, name)
}

// decode reads one file. What cannot be read at all declares nothing, and has no other problems.
func decode(f file, data []byte) part {
	p := part{file: f, text: string(data)}
	var at *strict.Positions
	switch f.kind {
	case meshFile:
		v := &Mesh{}
		p.value, at = v, &v.Positions
	case remoteFile:
		v := &Remote{}
		p.value, at = v, &v.Positions
	case domainFile:
		v := &Domain{}
		p.value, at = v, &v.Positions
	case policyFile:
		v := &Policy{Domain: f.domain}
		p.value, at = v, &v.Positions
	case subscriptionFile:
		v := &Subscription{Domain: f.domain}
		p.value, at = v, &v.Positions
	case contractFile:
		v := &Contract{}
		p.value, at = v, &v.Positions
	case testFile:
		v := &testList{}
		p.value, at = v, &v.Positions
	}
	*at, p.problems = strict.Decode(f.path, data, p.value)
	if !at.Read() && f.kind != testFile {
		p.value = nil
	}
	return p
}

// Root finds the folder of the mesh that a path lies in, by asking for the files that mark one; ok is false where
// there is none above it.
func Root(dir string, exists func(name string) bool) (string, bool) {
	for {
		if exists(path.Join(dir, MeshFile)) || exists(path.Join(dir, RemoteFile)) {
			return dir, true
		}
		parent := path.Dir(dir)
		if parent == dir {
			return "", false
		}
		dir = parent
	}
}

// companion reads a file that a contract names, relative to the contract's folder.
func companion(fsys fs.FS, contract, name string) (string, error) {
	if fsys == nil {
		return "", errors.New("files beside a contract are read only within a folder")
	}
	full := path.Join(path.Dir(contract), name)
	if !fs.ValidPath(full) || strings.HasPrefix(name, "/") {
		return "", errors.New("the path leaves the mesh's folder")
	}
	data, err := readBounded(fsys, full)
	if err == nil && len(data) > strict.MaxBytes {
		err = errors.New("the file is larger than 1 MiB")
	}
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		err = pathError.Err
	}
	return string(data), err
}

func sortProducts(products []Product) {
	slices.SortStableFunc(products, func(a, b Product) int { return a.Addr.Compare(b.Addr) })
}
