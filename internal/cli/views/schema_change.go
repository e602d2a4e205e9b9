package views

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// schemaChange says in a few words what differs between two schemas: fields added, removed, changed.
func schemaChange(old, now string) string {
	before, after := schemaFields(old), schemaFields(now)
	var parts []string
	for _, name := range names(before, after) {
		was, had := before[name]
		is, has := after[name]
		switch {
		case !had:
			parts = append(parts, "+"+name)
		case !has:
			parts = append(parts, "-"+name)
		case was != is:
			parts = append(parts, "~"+name)
		}
	}
	if len(parts) == 0 {
		return fmt.Sprintf("%d characters -> %d characters (no field differs)", len(old), len(now))
	}
	return "fields " + strings.Join(parts, ", ")
}

// schemaFields maps the top fields of an Avro record or a JSON Schema to their text.
func schemaFields(text string) map[string]string {
	var schema struct {
		Fields     []json.RawMessage          `json:"fields"`
		Properties map[string]json.RawMessage `json:"properties"`
	}
	found := map[string]string{}
	if json.Unmarshal([]byte(text), &schema) != nil {
		return found
	}
	for _, raw := range schema.Fields {
		var field struct {
			Name string `json:"name"`
		}
		if json.Unmarshal(raw, &field) == nil {
			found[field.Name] = canonical(raw)
		}
	}
	for name, raw := range schema.Properties {
		found[name] = canonical(raw)
	}
	return found
}

func canonical(raw json.RawMessage) string {
	var value any
	if json.Unmarshal(raw, &value) != nil {
		return string(raw)
	}
	text, err := json.Marshal(value)
	if err != nil {
		return string(raw)
	}
	return string(text)
}

func names(a, b map[string]string) []string {
	var all []string
	for name := range a {
		all = append(all, name)
	}
	for name := range b {
		if _, both := a[name]; !both {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return all
}
