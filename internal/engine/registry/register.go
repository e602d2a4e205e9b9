package registry

import (
	"encoding/json"
	"strings"
)

// registration is the body of a request that brings a schema. Members that are not known are ignored: newer clients
// send more.
type registration struct {
	Schema     string          `json:"schema"`
	SchemaType string          `json:"schemaType"`
	References []reference     `json:"references"`
	Metadata   json.RawMessage `json:"metadata"`
	RuleSet    json.RawMessage `json:"ruleSet"`
	Ruleset    json.RawMessage `json:"ruleset"` // as look-ups spell it
	ID         int             `json:"id"`
	Version    int             `json:"version"`
}

// prepare checks a registration by itself and gives it as a version without number.
func (s *state) prepare(subject string, r registration, normalize bool) (schemaValue, error) {
	if err := checkSubject(subject); err != nil {
		return schemaValue{}, err
	}
	f, err := formatOf(strings.ToUpper(r.SchemaType))
	if err != nil {
		return schemaValue{}, problem(422, 42201, "%s", err)
	}
	v := schemaValue{Subject: subject, References: s.pinned(r.References), Metadata: present(r.Metadata), RuleSet: present(r.RuleSet)}
	if v.RuleSet == nil {
		v.RuleSet = present(r.Ruleset)
	}
	if kind := strings.ToUpper(r.SchemaType); kind != typeAvro {
		v.SchemaType = kind
	}
	references, err := s.referenced(v.References)
	if err != nil {
		return v, invalidSchema(err)
	}
	if strings.TrimSpace(r.Schema) == "" {
		return v, problem(422, 42201, "Empty schema")
	}
	canonical, err := f.canonical(r.Schema, references)
	if err != nil {
		return v, invalidSchema(err)
	}
	v.Schema = compactJSON(r.Schema)
	if normalize || s.normalizes(subject) {
		v.Schema = canonical
	}
	return v, nil
}

// pinned writes the number of the latest version in place of -1, so that a reference keeps its meaning.
func (s *state) pinned(references []reference) []reference {
	for i, r := range references {
		if latest, ok := s.latest(r.Subject); ok && r.Version == -1 {
			references[i].Version = latest.Version
		}
	}
	return references
}

func (s *state) normalizes(subject string) bool {
	return s.configs[subject].flag("normalize") || s.configs[""].flag("normalize")
}

// present drops a JSON null.
func present(raw json.RawMessage) json.RawMessage {
	if string(raw) == "null" {
		return nil
	}
	return raw
}

// register decides on a registration: the id that it gets, and what is written to the log. An equal schema that the
// subject has keeps its id, whatever the mode.
func (s *state) register(subject string, r registration, normalize bool) (schemaValue, []entry, error) {
	v, err := s.prepare(subject, r, normalize)
	if err != nil {
		return v, nil, err
	}
	equality := s.equality(v)
	if same, ok := s.find(subject, equality, false); ok && (r.ID <= 0 || r.ID == same.ID) {
		return same, nil, nil
	}
	mode := s.mode(subject)
	switch {
	case mode == modeReadOnly || mode == modeReadOnlyOverride:
		return v, nil, notPermitted("Subject %s in context %s is in read-only mode", subject, contextOf(subject))
	case mode == modeImport:
		return s.imported(v, r, equality)
	case r.ID > 0:
		return v, nil, notPermitted("Subject %s in context %s is not in import mode", subject, contextOf(subject))
	}
	if err := s.compatible(v); err != nil {
		return v, nil, err
	}
	v.Version = s.nextVersion(subject)
	if r.Version > 0 && r.Version != v.Version {
		return v, nil, problem(422, 42201, "Invalid schema: Version is not one more than previous version")
	}
	id, known := s.idOf(contextOf(subject), equality)
	if !known {
		id = s.maxID[contextOf(subject)] + 1
	}
	v.ID = id
	return v, []entry{schemaEntry(v)}, nil
}

func (s *state) nextVersion(subject string) int {
	versions := s.versions(subject, true)
	if len(versions) == 0 {
		return 1
	}
	return versions[len(versions)-1].Version + 1
}

// imported takes id and version from the request (mode IMPORT); compatibility is not asked for.
func (s *state) imported(v schemaValue, r registration, equality string) (schemaValue, []entry, error) {
	if r.ID <= 0 {
		return v, nil, notPermitted("Subject %s in context %s is in import mode", v.Subject, contextOf(v.Subject))
	}
	for _, other := range s.byID[schemaID{contextOf(v.Subject), r.ID}] {
		if s.keys[versionName(other.Subject, other.Version)] != equality {
			return v, nil, notPermitted("Overwrite new schema with id %d is not permitted.", r.ID)
		}
	}
	v.ID, v.Version = r.ID, r.Version
	if v.Version <= 0 {
		v.Version = s.nextVersion(v.Subject)
	}
	return v, []entry{schemaEntry(v)}, nil
}
