package reconcile

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/plans"
)

// State is what the ledger holds.
type State struct {
	Owned    map[addrs.Resource]plans.Owner
	Products map[addrs.Product]ProductRecord
	Bundle   contracts.Bundle // the files that were applied last
	Changes  int              // how many changes the journal has
	Tip      string           // the hash of the journal's last record
}

// NewState holds nothing.
func NewState() State {
	return State{Owned: map[addrs.Resource]plans.Owner{}, Products: map[addrs.Product]ProductRecord{}, Bundle: contracts.Bundle{}}
}

// Entry is one record of the ledger: of the desired state, by key, or of the journal.
type Entry struct {
	Key    string        // of the desired state; "" for the journal
	Value  any           // nil takes the key away
	Change *ChangeRecord // of the journal
}

// Statuses of a product in the desired state. What is being made is not shown as live.
const (
	StatusApplying = "applying"
	StatusLive     = "live"
)

// ProductRecord is a product in the desired state.
type ProductRecord struct {
	Product addrs.Product `json:"product"`
	Version string        `json:"version"`
	Status  string        `json:"status"`
	Plan    string        `json:"plan"` // hash of the plan that brought it here
	At      time.Time     `json:"at"`
}

// OwnerRecord says that a resource is Weft's. It is written before the resource is made, so that what an interrupted
// apply made is known to be ours.
type OwnerRecord struct {
	Resource addrs.Resource `json:"resource"`
	Domain   string         `json:"domain"`
	Product  addrs.Product  `json:"product"`
	Adopted  bool           `json:"adopted,omitempty"`  // it was there before Weft
	Snapshot string         `json:"snapshot,omitempty"` // of a connector: the tables whose rows it has read
}

// FileRecord is one file of the bundle that was applied last.
type FileRecord struct {
	Path string `json:"path"`
	Text string `json:"text"`
}

// ChangeRecord is one line of the journal. Each carries the hash of the one before.
type ChangeRecord struct {
	At       time.Time               `json:"at"`
	By       string                  `json:"by,omitempty"`
	Plan     string                  `json:"plan"`
	Step     string                  `json:"step"` // intended, made, failed, finished
	Resource addrs.Resource          `json:"resource,omitzero"`
	Action   plans.Action            `json:"action,omitempty"`
	Changed  []plans.AttributeChange `json:"changed,omitempty"`
	Error    string                  `json:"error,omitempty"`
	Previous string                  `json:"previous"`
}

// Steps of the journal.
const (
	StepIntended = "intended"
	StepMade     = "made"
	StepFailed   = "failed"
	StepFinished = "finished"
)

// Prefixes of the keys of the desired state.
const (
	productPrefix  = "product/"
	resourcePrefix = "resource/"
	filePrefix     = "file/"
)

// Take brings one record of the desired state into the state; a nil value takes the key away. Keys that are not known
// are a later version's and are left alone.
func (s *State) Take(key string, value []byte) error {
	switch kind, name := cutKey(key); kind {
	case productPrefix:
		addr, err := addrs.ParseProduct(name)
		if err != nil {
			return err
		}
		return take(s.Products, addr, value, func(r ProductRecord) ProductRecord { return r })
	case resourcePrefix:
		addr, err := addrs.ParseResource(name)
		if err != nil {
			return err
		}
		return take(s.Owned, addr, value, func(r OwnerRecord) plans.Owner {
			return plans.Owner{Domain: r.Domain, Product: r.Product, Adopted: r.Adopted, Snapshot: r.Snapshot}
		})
	case filePrefix:
		return take(s.Bundle, name, value, func(r FileRecord) string { return r.Text })
	}
	return nil
}

func cutKey(key string) (kind, name string) {
	for _, prefix := range []string{productPrefix, resourcePrefix, filePrefix} {
		if rest, ok := strings.CutPrefix(key, prefix); ok {
			return prefix, rest
		}
	}
	return "", key
}

func take[K comparable, R, V any](into map[K]V, key K, value []byte, of func(R) V) error {
	if value == nil {
		delete(into, key)
		return nil
	}
	var record R
	if err := json.Unmarshal(value, &record); err != nil {
		return err
	}
	into[key] = of(record)
	return nil
}
