package registry

import "encoding/json"

// inverse gives the entries that take back what an entry of ours would do to the state. Ids that were given stay
// given.
func (s *state) inverse(e entry) []entry {
	var key logKey
	if json.Unmarshal(e.key, &key) != nil {
		return nil
	}
	subject := ""
	if key.Subject != nil {
		subject = *key.Subject
	}
	switch key.KeyType {
	case keySchema:
		if v, ok := s.version(subject, key.Version); ok {
			return []entry{schemaEntry(v)}
		}
		return []entry{schemaTombstone(subject, key.Version)}
	case keyDeleteSubject:
		var before []entry
		for _, v := range s.versions(subject, false) {
			before = append(before, schemaEntry(v))
		}
		return before
	case keyConfig:
		if own, ok := s.configs[subject]; ok {
			return []entry{subjectEntry(keyConfig, subject, own)}
		}
		return []entry{subjectEntry(keyConfig, subject, nil)}
	case keyMode:
		if own, ok := s.modes[subject]; ok {
			return []entry{subjectEntry(keyMode, subject, modeValue{subjectPointer(subject), own})}
		}
		return []entry{subjectEntry(keyMode, subject, nil)}
	}
	return nil
}
