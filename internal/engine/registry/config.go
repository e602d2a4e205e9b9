package registry

import (
	"encoding/json"
	"slices"
	"strings"
)

// Compatibility levels (Confluent: schema evolution and compatibility).
const (
	levelNone     = "NONE"
	levelBackward = "BACKWARD"
	levelForward  = "FORWARD"
	levelFull     = "FULL"
	transitive    = "_TRANSITIVE"
)

var levels = []string{levelNone, levelBackward, levelForward, levelFull, levelBackward + transitive, levelForward + transitive, levelFull + transitive}

// Modes of a subject or the whole registry.
const (
	modeReadWrite        = "READWRITE"
	modeReadOnly         = "READONLY"
	modeReadOnlyOverride = "READONLY_OVERRIDE"
	modeImport           = "IMPORT"
	modeForward          = "FORWARD"
)

var modes = []string{modeReadWrite, modeReadOnly, modeReadOnlyOverride, modeImport, modeForward}

// config is a subject's configuration: the members that Confluent knows, kept as they came.
type config map[string]json.RawMessage

// configMembers are the members of a configuration that are kept; others are ignored.
var configMembers = []string{
	"alias", "aliasForDeks", "normalize", "validateFields", "validateNewSchemas", "validateRules", "compatibilityLevel", "compatibilityPolicy",
	"compatibilityGroup", "defaultMetadata", "overrideMetadata", "defaultRuleSet", "overrideRuleSet",
}

func (c config) level() string { return c.text("compatibilityLevel") }

func (c config) text(member string) string {
	var text string
	if raw, ok := c[member]; ok && json.Unmarshal(raw, &text) != nil {
		return ""
	}
	return text
}

func (c config) flag(member string) bool { return string(c[member]) == "true" }

// parseLevel gives a level's name in upper case.
func parseLevel(text string) (string, error) {
	level := strings.ToUpper(text)
	if !slices.Contains(levels, level) {
		return "", problem(422, 42203, "Invalid compatibility level. Valid values are none, backward, forward, full, backward_transitive, forward_transitive, and full_transitive")
	}
	return level, nil
}

func parseMode(text string) (string, error) {
	mode := strings.ToUpper(text)
	if !slices.Contains(modes, mode) {
		return "", problem(422, 42204, "Invalid mode. Valid values are READWRITE, READONLY, IMPORT and FORWARD.")
	}
	return mode, nil
}
