package registry

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// state is what the log says: every subject's versions, configs and modes. It is a plain value without locks.
type state struct {
	subjects map[string][]schemaValue // by version, soft-deleted ones too
	configs  map[string]config        // "" is the global one
	modes    map[string]string        // "" is the global one
	byID     map[schemaID][]schemaValue
	maxID    map[string]int    // by context
	keys     map[string]string // of equality, by subject and version
	leader   string            // which registry of ours wrote last
}

// schemaID is an id, which is given within a context.
type schemaID struct {
	context string
	id      int
}

func newState() *state {
	return &state{
		subjects: map[string][]schemaValue{}, configs: map[string]config{}, modes: map[string]string{},
		byID: map[schemaID][]schemaValue{}, maxID: map[string]int{}, keys: map[string]string{},
	}
}

// apply brings one record of the log into the state. What cannot be read is skipped, as Confluent's reader does.
func (s *state) apply(e entry) {
	var key logKey
	if json.Unmarshal(e.key, &key) != nil {
		return
	}
	subject := ""
	if key.Subject != nil {
		subject = *key.Subject
	}
	switch key.KeyType {
	case keySchema:
		s.applySchema(subject, key.Version, e.value)
	case keyConfig:
		applySetting(s.configs, subject, e.value, func(c config) config { delete(c, "subject"); return c })
	case keyMode:
		applySetting(s.modes, subject, e.value, func(m modeValue) string { return m.Mode })
	case keyDeleteSubject:
		s.applyDelete(subject, e.value)
	case keyClearSubject:
		s.clear(subject)
	case keyNoop:
		var v noopValue
		if e.value != nil && json.Unmarshal(e.value, &v) == nil {
			for context, id := range v.MaxIDs {
				s.maxID[context] = max(s.maxID[context], id)
			}
			s.leader = v.Leader
		}
	}
}

func applySetting[V, S any](settings map[string]S, subject string, value []byte, of func(V) S) {
	var v V
	switch {
	case value == nil:
		delete(settings, subject)
	case json.Unmarshal(value, &v) == nil:
		settings[subject] = of(v)
	}
}

func (s *state) applySchema(subject string, version int, value []byte) {
	s.remove(subject, version)
	var v schemaValue
	if value == nil || json.Unmarshal(value, &v) != nil {
		return
	}
	v.Subject, v.Version = subject, version
	versions := append(slices.Clone(s.subjects[subject]), v)
	slices.SortFunc(versions, func(a, b schemaValue) int { return cmp.Compare(a.Version, b.Version) })
	s.subjects[subject] = versions
	id := schemaID{contextOf(subject), v.ID}
	s.byID[id] = append(s.byID[id], v)
	slices.SortFunc(s.byID[id], func(a, b schemaValue) int {
		return cmp.Or(cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Version, b.Version))
	})
	s.maxID[id.context] = max(s.maxID[id.context], v.ID)
	s.keys[versionName(subject, version)] = s.equality(v)
}

func (s *state) remove(subject string, version int) {
	isVersion := func(v schemaValue) bool { return v.Subject == subject && v.Version == version }
	versions := s.subjects[subject]
	i := slices.IndexFunc(versions, isVersion)
	if i < 0 {
		return
	}
	id := schemaID{contextOf(subject), versions[i].ID}
	delete(s.keys, versionName(subject, version))
	s.subjects[subject] = slices.Delete(versions, i, i+1)
	if len(s.subjects[subject]) == 0 {
		delete(s.subjects, subject)
	}
	s.byID[id] = slices.DeleteFunc(s.byID[id], isVersion)
	if len(s.byID[id]) == 0 {
		delete(s.byID, id)
	}
}

func (s *state) applyDelete(subject string, value []byte) {
	var v deleteSubjectValue
	if value == nil || json.Unmarshal(value, &v) != nil {
		return
	}
	for _, version := range slices.Clone(s.subjects[subject]) {
		if version.Version <= v.Version && !version.Deleted {
			version.Deleted = true
			s.applySchema(subject, version.Version, marshal(version))
		}
	}
}

func (s *state) clear(subject string) {
	for _, version := range slices.Clone(s.subjects[subject]) {
		s.remove(subject, version.Version)
	}
}

// versions are a subject's versions, the soft-deleted ones only if asked for.
func (s *state) versions(subject string, deleted bool) []schemaValue {
	var found []schemaValue
	for _, v := range s.subjects[subject] {
		if deleted || !v.Deleted {
			found = append(found, v)
		}
	}
	return found
}

// names lists subjects that have versions, in order.
func (s *state) names(prefix string, deleted bool) []string {
	found := []string{}
	for _, subject := range slices.Sorted(maps.Keys(s.subjects)) {
		if strings.HasPrefix(subject, prefix) && len(s.versions(subject, deleted)) > 0 {
			found = append(found, subject)
		}
	}
	return found
}

// referencedBy lists the versions that refer to a version of a subject; soft-deleted ones do so still.
func (s *state) referencedBy(subject string, version int, deleted bool) []schemaValue {
	var found []schemaValue
	for _, name := range slices.Sorted(maps.Keys(s.subjects)) {
		for _, v := range s.versions(name, deleted) {
			if slices.ContainsFunc(v.References, func(r reference) bool { return r.Subject == subject && r.Version == version }) {
				found = append(found, v)
			}
		}
	}
	return found
}

// level is the compatibility level that holds for a subject: its own, its context's, or the global one.
func (s *state) level(subject string) string {
	for _, name := range scopes(subject) {
		if level := s.configs[name].level(); level != "" {
			return level
		}
	}
	return levelBackward
}

// mode is the mode that holds for a subject.
func (s *state) mode(subject string) string {
	for _, name := range scopes(subject) {
		if mode := s.modes[name]; mode != "" {
			return mode
		}
	}
	return modeReadWrite
}

// equality is what equal schemas have in common: type, canonical text and references.
func (s *state) equality(v schemaValue) string {
	text := v.Schema
	if f, err := formatOf(v.SchemaType); err == nil {
		if references, err := s.referenced(v.References); err == nil {
			if canonical, err := f.canonical(text, references); err == nil {
				text = canonical
			}
		}
	}
	return v.SchemaType + "\x00" + text + "\x00" + string(marshal(v.References)) + "\x00" + string(v.Metadata) + "\x00" + string(v.RuleSet)
}

// find gives the newest version of a subject that equals a schema.
func (s *state) find(subject, equality string, deleted bool) (schemaValue, bool) {
	versions := s.versions(subject, deleted)
	for _, v := range slices.Backward(versions) {
		if s.keys[versionName(subject, v.Version)] == equality {
			return v, true
		}
	}
	return schemaValue{}, false
}

// idOf gives the id that an equal schema of any subject in a context has.
func (s *state) idOf(context, equality string) (int, bool) {
	for name, key := range s.keys {
		if key == equality && contextOf(name) == context {
			subject, version := splitVersionName(name)
			if v, ok := s.version(subject, version); ok {
				return v.ID, true
			}
		}
	}
	return 0, false
}

func (s *state) version(subject string, version int) (schemaValue, bool) {
	for _, v := range s.subjects[subject] {
		if v.Version == version {
			return v, true
		}
	}
	return schemaValue{}, false
}

// maxReferences bounds how many schemas one may bring along.
const maxReferences = 1000

// referenced gives the texts of references, each after those that it refers to itself, each once.
func (s *state) referenced(references []reference) ([]string, error) {
	var texts []string
	seen := map[string]bool{}
	var visit func(references []reference) error
	visit = func(references []reference) error {
		for _, r := range references {
			v, ok := s.version(r.Subject, r.Version)
			if r.Version == -1 {
				v, ok = s.latest(r.Subject)
			}
			name := versionName(v.Subject, v.Version)
			switch {
			case !ok:
				return fmt.Errorf("No schema reference found for subject \"%s\" and version %d", r.Subject, r.Version)
			case seen[name]:
				continue
			case len(seen) >= maxReferences:
				return fmt.Errorf("more than %d references", maxReferences)
			}
			seen[name] = true
			if err := visit(v.References); err != nil {
				return err
			}
			texts = append(texts, v.Schema)
		}
		return nil
	}
	return texts, visit(references)
}

func (s *state) latest(subject string) (schemaValue, bool) {
	versions := s.versions(subject, false)
	if len(versions) == 0 {
		return schemaValue{}, false
	}
	return versions[len(versions)-1], true
}
