package registry

import (
	"encoding/json"
	"maps"
)

func getConfig(e exchange) (any, error) {
	return ask(e, func(s *state) (any, error) {
		subject := e.subject()
		own, ok := s.configs[subject]
		switch {
		case ok:
		case subject != "" && !e.flag("defaultToGlobal"):
			return nil, problem(404, 40408, "Subject '%s' does not have subject-level compatibility configured", subject)
		default:
			own = s.configs[""]
		}
		answer := maps.Clone(own)
		if answer == nil {
			answer = config{}
		}
		if own.level() == "" {
			answer["compatibilityLevel"] = marshal(s.level(subject))
		}
		return answer, nil
	})
}

// putConfig keeps the members that Confluent knows; the level comes as compatibility and is kept as
// compatibilityLevel. The answer is the request.
func putConfig(e exchange) (any, error) {
	var body map[string]json.RawMessage
	if err := e.body(&body); err != nil {
		return nil, err
	}
	update := config{}
	for _, member := range configMembers {
		if raw, ok := body[member]; ok && string(raw) != "null" {
			update[member] = raw
		}
	}
	for _, member := range []string{"compatibility", "compatibilityLevel"} {
		raw, ok := body[member]
		if !ok || string(raw) == "null" {
			continue
		}
		level, err := parseLevel(config{"level": raw}.text("level"))
		if err != nil {
			return nil, err
		}
		update["compatibilityLevel"], body[member] = marshal(level), marshal(level)
	}
	subject := e.subject()
	if err := e.checkSetting(subject); err != nil {
		return nil, err
	}
	return body, e.change(func(s *state) ([]entry, error) {
		if err := s.writable(subject); err != nil {
			return nil, err
		}
		merged := maps.Clone(s.configs[subject])
		if merged == nil {
			merged = config{}
		}
		maps.Copy(merged, update)
		merged["subject"] = marshal(subjectPointer(subject))
		return []entry{subjectEntry(keyConfig, subject, merged)}, nil
	})
}

// checkSetting takes subjects, contexts such as :.staging: and, for the global setting, none.
func (e exchange) checkSetting(subject string) error {
	if subject == "" || subject == contextSubject(subject) {
		return nil
	}
	return checkSubject(subject)
}

// deleteConfig answers the configuration as it was.
func deleteConfig(e exchange) (any, error) {
	subject := e.subject()
	var old config
	err := e.change(func(s *state) ([]entry, error) {
		if err := s.writable(subject); err != nil {
			return nil, err
		}
		own, ok := s.configs[subject]
		if !ok && subject != "" {
			return nil, subjectNotFound(subject)
		}
		old = maps.Clone(own)
		if old == nil {
			old = config{"compatibilityLevel": marshal(levelBackward)}
		}
		return []entry{subjectEntry(keyConfig, subject, nil)}, nil
	})
	delete(old, "subject")
	return old, err
}

func getMode(e exchange) (any, error) {
	return ask(e, func(s *state) (any, error) {
		subject := e.subject()
		if _, ok := s.modes[subject]; !ok && subject != "" && !e.flag("defaultToGlobal") {
			return nil, problem(404, 40409, "Subject '%s' does not have subject-level mode configured", subject)
		}
		return map[string]string{"mode": s.mode(subject)}, nil
	})
}

func putMode(e exchange) (any, error) {
	var body struct {
		Mode string `json:"mode"`
	}
	if err := e.body(&body); err != nil {
		return nil, err
	}
	mode, err := parseMode(body.Mode)
	if err != nil {
		return nil, err
	}
	subject := e.subject()
	if err := e.checkSetting(subject); err != nil {
		return nil, err
	}
	return map[string]string{"mode": mode}, e.change(func(s *state) ([]entry, error) {
		if mode == modeForward && subject != "" {
			return nil, problem(422, 42204, "Forward mode only supported on global level")
		}
		if mode == modeImport && s.mode(subject) != modeImport && !e.flag("force") && s.holds(subject) {
			return nil, notPermitted("Cannot import since found existing subjects")
		}
		return []entry{subjectEntry(keyMode, subject, modeValue{subjectPointer(subject), mode})}, nil
	})
}

// deleteMode answers the mode as it was.
func deleteMode(e exchange) (any, error) {
	subject := e.subject()
	old := ""
	err := e.change(func(s *state) ([]entry, error) {
		own, ok := s.modes[subject]
		if !ok && subject != "" {
			return nil, subjectNotFound(subject)
		}
		old = own
		if old == "" {
			old = modeReadWrite
		}
		return []entry{subjectEntry(keyMode, subject, nil)}, nil
	})
	return map[string]string{"mode": old}, err
}

// holds reports whether a subject, any of a context, or for "" any at all, has versions.
func (s *state) holds(subject string) bool {
	if subject == "" || subject == contextSubject(subject) {
		return len(s.names(subject, false)) > 0
	}
	return len(s.versions(subject, false)) > 0
}
