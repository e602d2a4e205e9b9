package strict

import (
	"strings"

	"github.com/weftmesh/weft/internal/diags"
)

// Positions knows where each value and key of a file stands, by path: schema.fields[2].type.
type Positions struct {
	File   string
	values map[string]diags.Range
	keys   map[string]diags.Range
	read   bool
}

// Read reports whether the file could be read at all: its problems are then about what it says, not how.
func (p Positions) Read() bool { return p.read }

// At is where the value at a path stands, or the nearest enclosing value where the path is absent.
func (p Positions) At(path string) diags.Range { return p.nearest(p.values, path) }

// KeyAt is where the key of a path stands, or the nearest enclosing key.
func (p Positions) KeyAt(path string) diags.Range { return p.nearest(p.keys, path) }

// Has reports whether the file has a value at the path.
func (p Positions) Has(path string) bool {
	_, ok := p.values[path]
	return ok
}

// HasKey reports whether the file has a key at the path, with or without a value.
func (p Positions) HasKey(path string) bool {
	_, ok := p.keys[path]
	return ok
}

func (p Positions) nearest(places map[string]diags.Range, path string) diags.Range {
	for {
		if r, ok := places[path]; ok {
			return r
		}
		cut := strings.LastIndexAny(path, ".[")
		if cut < 0 {
			break
		}
		path = path[:cut]
	}
	return diags.Range{File: p.File, Line: 1, Column: 1}
}
