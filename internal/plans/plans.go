// Package plans compares what is desired with what is there, and holds the difference as a value that can be printed,
// stored, hashed and reviewed. Apply takes a plan and nothing else.
package plans

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/diags"
	"github.com/weftmesh/weft/internal/resources"
)

// Action is what is done to a resource.
type Action string

// The actions. Adopt makes a resource that exists Weft's own, with the changes that it needs.
const (
	Create  Action = "create"
	Update  Action = "update"
	Replace Action = "replace"
	Delete  Action = "delete"
	Adopt   Action = "adopt"
)

// Symbol is the action's mark in a printed plan.
func (a Action) Symbol() string {
	switch a {
	case Create:
		return "+"
	case Delete:
		return "-"
	case Replace:
		return "±"
	}
	return "~"
}

// AttributeChange is one attribute, old -> new. Old is "" where there was none, New where it goes.
type AttributeChange struct {
	Name string `json:"name"`
	Old  string `json:"old"`
	New  string `json:"new"`
	From string `json:"from,omitempty"` // where a derived value comes from
}

// Change is one step of a plan.
type Change struct {
	Addr       addrs.Resource     `json:"address"`
	Action     Action             `json:"action"`
	Domain     string             `json:"domain"`
	Product    addrs.Product      `json:"product"`
	Attributes []AttributeChange  `json:"attributes,omitempty"`
	Affected   []string           `json:"affected,omitempty"` // who reads it
	Desired    resources.Resource `json:"desired"`
	Seen       string             `json:"seen"` // fingerprint of the resource as it was observed
}

// Pending is a deletion that waits for --allow-delete.
type Pending struct {
	Addr     addrs.Resource `json:"address"`
	Domain   string         `json:"domain"`
	Action   Action         `json:"action"` // delete or replace
	Reason   string         `json:"reason"`
	Affected []string       `json:"affected,omitempty"`
}

// Plan is everything that an apply would do, and what it would not.
type Plan struct {
	Format      int                `json:"format"`
	Environment string             `json:"environment"`
	Changes     []Change           `json:"changes"`
	Pending     []Pending          `json:"pending,omitempty"`
	Gone        []addrs.Resource   `json:"gone,omitempty"` // Weft's, wanted by no file, and no longer there: to be forgotten
	Products    []Product          `json:"products"`
	NotYet      []resources.NotYet `json:"not_yet,omitempty"`
	Problems    diags.List         `json:"problems,omitempty"`
	Notes       []string           `json:"notes,omitempty"`
	Unchanged   int                `json:"unchanged"`
	Digest      string             `json:"digest"` // of the files that the plan was made from
	Hash        string             `json:"hash"`
}

// Product is one product of the plan, with what was derived of it.
type Product struct {
	Addr     addrs.Product `json:"address"`
	Version  string        `json:"version"`
	Owner    string        `json:"owner,omitempty"`
	Derived  []Derivation  `json:"derived,omitempty"`
	Affected []string      `json:"affected,omitempty"`
}

// Derivation is one attribute of a product that no file says.
type Derivation struct {
	Attribute string `json:"attribute"`
	Value     string `json:"value"`
	From      string `json:"from"`
}

// Format is the version of the plan's JSON form.
const Format = 1

// Empty reports whether there is nothing to do.
func (p Plan) Empty() bool { return len(p.Changes) == 0 }

// Drifted reports whether the world differs from what is desired, also where the difference only waits.
func (p Plan) Drifted() bool { return len(p.Changes)+len(p.Pending) > 0 || p.Problems.HasErrors() }

// Count is the number of changes with an action.
func (p Plan) Count(action Action) int {
	n := 0
	for _, c := range p.Changes {
		if c.Action == action {
			n++
		}
	}
	return n
}

// Sealed gives the plan with its hash, which covers its own changes, the fingerprints of the resources that they
// touch and the files that it was made from: not the whole world, so that domains do not invalidate each other's.
func (p Plan) Sealed() Plan {
	p.Format = Format
	text, err := json.Marshal(struct {
		Environment, Digest string
		Changes             []Change
	}{p.Environment, p.Digest, p.Changes})
	if err != nil {
		panic("plans: a plan cannot be written as JSON: " + err.Error())
	}
	sum := sha256.Sum256(text)
	p.Hash = hex.EncodeToString(sum[:8])
	return p
}
