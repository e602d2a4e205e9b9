package views

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/observe"
)

// gateLine shows how a gate is, and what it let through and set aside since it started.
func gateLine(g observe.Gate) string {
	text := fmt.Sprintf("%s, from %s: %d in, %d passed, %d quarantined", g.State, g.Input, g.In, g.Passed+g.Removed, g.Quarantined)
	var refused []string
	for _, check := range slices.Sorted(maps.Keys(g.Refused)) {
		refused = append(refused, fmt.Sprintf("%s %d", check, g.Refused[check]))
	}
	if len(refused) > 0 {
		text += " (" + strings.Join(refused, ", ") + ")"
	}
	return text
}
