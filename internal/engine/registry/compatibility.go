package registry

import (
	"fmt"
	"slices"
	"strings"
)

// compatible holds a version against those that its subject's level names.
func (s *state) compatible(v schemaValue) error {
	messages, err := s.judge(v, s.versions(v.Subject, false), s.level(v.Subject))
	if err != nil {
		return invalidSchema(err)
	}
	if len(messages) == 0 {
		return nil
	}
	return problem(409, 409, "Schema being registered is incompatible with an earlier schema for subject \"%s\", details: [%s]",
		v.Subject, strings.Join(messages, ", "))
}

// judge says why a version does not keep a level against earlier ones; nil for compatible.
func (s *state) judge(v schemaValue, earlier []schemaValue, level string) ([]string, error) {
	if level == levelNone || len(earlier) == 0 {
		return nil, nil
	}
	base, all := strings.CutSuffix(level, transitive)
	if !all {
		earlier = earlier[len(earlier)-1:]
	}
	for _, old := range slices.Backward(earlier) {
		messages, err := s.against(v, old, base)
		if err != nil || len(messages) > 0 {
			return s.explained(messages, old, level), err
		}
	}
	return nil, nil
}

// against compares with one earlier version: BACKWARD reads the old data with the new schema, FORWARD the new data
// with the old one, FULL both.
func (s *state) against(v, old schemaValue, base string) ([]string, error) {
	if v.SchemaType != old.SchemaType {
		return []string{fmt.Sprintf("{errorType:'SCHEMA_TYPE_MISMATCH', description:'The type of the schema has changed from %s to %s'}", typeName(old), typeName(v))}, nil
	}
	f, err := formatOf(v.SchemaType)
	if err != nil {
		return nil, err
	}
	updated, err := s.parsed(v)
	if err != nil {
		return nil, err
	}
	before, err := s.parsed(old)
	if err != nil {
		return nil, err
	}
	var messages []string
	if base == levelBackward || base == levelFull {
		found, err := f.problems(updated, before)
		if err != nil {
			return nil, err
		}
		messages = append(messages, found...)
	}
	if base == levelForward || base == levelFull {
		found, err := f.problems(before, updated)
		if err != nil {
			return nil, err
		}
		messages = append(messages, swapped(found)...)
	}
	return messages, nil
}

func typeName(v schemaValue) string {
	if v.SchemaType == "" {
		return typeAvro
	}
	return v.SchemaType
}

// swapped turns the words of a comparison around: read forward, the reader is the old schema.
func swapped(messages []string) []string {
	turn := strings.NewReplacer("in the new schema", "in the old schema", "in the old schema", "in the new schema",
		"The new schema", "The old schema", "with the old schema", "with the new schema")
	for i, m := range messages {
		messages[i] = turn.Replace(m)
	}
	return messages
}

func (s *state) parsed(v schemaValue) (parsed, error) {
	references, err := s.referenced(v.References)
	return parsed{text: v.Schema, references: references}, err
}

// explained adds what was compared, as Confluent does.
func (s *state) explained(messages []string, old schemaValue, level string) []string {
	if len(messages) == 0 {
		return nil
	}
	return append(messages,
		fmt.Sprintf("{oldSchemaVersion: %d}", old.Version),
		fmt.Sprintf("{oldSchema: '%s'}", old.Schema),
		fmt.Sprintf("{compatibility: '%s'}", level))
}
