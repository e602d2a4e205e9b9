package cli

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/diags"
	"github.com/weftmesh/weft/internal/runfile"
)

// place is where a connection is looked for.
type place struct {
	env    string // "" for any
	domain string
}

// connectionNamed finds the database that a connection means: of the environment that is named; else of the mesh that
// runs here, of the only environment that has it, or of the domain.
func connectionNamed(set contracts.Set, root string, of place, name string) (contracts.Connection, error) {
	if _, known := set.Mesh.Environments[of.env]; of.env != "" && !known {
		return contracts.Connection{}, usagef("mesh.yaml has no environment %s; it has: %s", of.env, strings.Join(sortedKeys(set.Mesh.Environments), ", "))
	}
	own, _ := set.Domain(of.domain)
	places := placesOf(set, own, root, of, name)
	switch len(places) {
	case 1:
		return postgresOnly(name, slices.Collect(maps.Values(places))[0])
	case 0:
		return contracts.Connection{}, usagef("there is no connection %s; %s", name, connectionFix(set, own, name))
	}
	return contracts.Connection{}, usagef("connection %s is several: of %s; say which with --env", name, strings.Join(sortedKeys(places), ", of "))
}

// placesOf are the databases that a connection may mean, by where they are declared.
func placesOf(set contracts.Set, own contracts.Domain, root string, of place, name string) map[string]contracts.Connection {
	places := map[string]contracts.Connection{}
	for at, e := range set.Mesh.Environments {
		if c, ok := e.Connections[name]; ok && (of.env == "" || of.env == at) {
			places["environment "+at] = c
		}
	}
	if c, ok := own.Connections[name]; ok && (of.env == "" || len(places) == 0) {
		places["domain "+of.domain] = c
	}
	if up, err := runfile.Read(filepath.Join(root, runfile.Dir)); err == nil && (of.env == "" || of.env == "local") {
		if c, ok := up.Connections[name]; ok {
			return map[string]contracts.Connection{"the mesh that runs here": c}
		}
	}
	return places
}

func postgresOnly(name string, c contracts.Connection) (contracts.Connection, error) {
	if c.Postgres == nil {
		return c, usagef("connection %s is none of PostgreSQL, and only its tables can be imported so far", name)
	}
	return c, nil
}

func connectionFix(set contracts.Set, own contracts.Domain, name string) string {
	known := map[string]bool{}
	for _, e := range set.Mesh.Environments {
		for other := range e.Connections {
			known[other] = true
		}
	}
	for other := range own.Connections {
		known[other] = true
	}
	if closest, ok := diags.Closest(name, sortedKeys(known)); ok {
		return "did you mean " + closest + "?"
	}
	return "declare it below connections of an environment in mesh.yaml: " + name + ": {postgres: {host: HOST, database: NAME, user: NAME, password: {env: NAME}}}"
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
