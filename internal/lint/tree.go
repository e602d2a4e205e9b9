package lint

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// tree is the parsed sources of a module.
type tree struct {
	module string // the module's path, from go.mod
	fset   *token.FileSet
	files  []file // in the order of their paths
}

// file is a parsed Go file.
type file struct {
	path   string // from the root, with slashes
	test   bool   // *_test.go
	lines  int
	syntax *ast.File
}

// dir is the package that the file belongs to, as a path from the root.
func (f file) dir() string { return path.Dir(f.path) }

// imported is one import of a file; those of the module itself are paths from its root.
type imported struct {
	path string
	line int
}

// load parses a module. A file that cannot be parsed is a problem, and left out.
func load(fsys fs.FS) (tree, []Problem, error) {
	module, err := moduleOf(fsys)
	if err != nil {
		return tree{}, nil, err
	}
	t := tree{module: module, fset: token.NewFileSet()}
	var problems []Problem
	err = fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && passedOver(fsys, name):
			return fs.SkipDir
		case entry.IsDir() || path.Ext(name) != ".go":
			return nil
		}
		problem, err := t.parse(fsys, name)
		problems = append(problems, problem...)
		return err
	})
	return t, problems, err
}

func (t *tree) parse(fsys fs.FS, name string) ([]Problem, error) {
	source, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, err
	}
	syntax, err := parser.ParseFile(t.fset, name, source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return []Problem{{Path: name, Text: fmt.Sprintf("cannot be parsed: %v", err)}}, nil
	}
	t.files = append(t.files, file{
		path:   name,
		test:   strings.HasSuffix(name, "_test.go"),
		lines:  bytes.Count(source, []byte("\n")),
		syntax: syntax,
	})
	return nil, nil
}

// imports lists a file's imports.
func (t tree) imports(f file) []imported {
	var list []imported
	for _, spec := range f.syntax.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue // the parser lets no such path through
		}
		name = strings.TrimPrefix(name, t.module+"/")
		list = append(list, imported{path: name, line: t.line(spec)})
	}
	return list
}

func (t tree) line(node ast.Node) int { return t.fset.Position(node.Pos()).Line }

// passedOver reports whether a folder holds no sources of this module.
func passedOver(fsys fs.FS, name string) bool {
	base := path.Base(name)
	if name == "." {
		return false
	}
	if base == "testdata" || base == "node_modules" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") {
		return true
	}
	_, err := fs.Stat(fsys, path.Join(name, "go.mod"))
	return err == nil
}

// moduleOf reads the module's path from go.mod.
func moduleOf(fsys fs.FS) (string, error) {
	text, err := fs.ReadFile(fsys, "go.mod")
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(text)) {
		if name, found := strings.CutPrefix(line, "module "); found {
			return strings.TrimSpace(name), nil
		}
	}
	return "", errors.New("go.mod names no module")
}
