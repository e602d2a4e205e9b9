package registry

import "errors"

// verdict answers a check of compatibility.
type verdict struct {
	Compatible bool     `json:"is_compatible"`
	Messages   []string `json:"messages,omitempty"`
}

// checkVersion holds a schema against one version of a subject, at the subject's level.
func checkVersion(e exchange) (any, error) {
	version, err := parseVersion(e.PathValue("version"))
	if err != nil {
		return nil, err
	}
	return e.check(func(s *state) ([]schemaValue, error) {
		earlier := s.versions(e.subject(), false)
		if version == -1 {
			return earlier[max(0, len(earlier)-1):], nil
		}
		v, ok := s.version(e.subject(), version)
		if !ok || v.Deleted {
			return nil, versionNotFound(version)
		}
		return []schemaValue{v}, nil
	})
}

// checkAll holds a schema against the versions that the subject's level names.
func checkAll(e exchange) (any, error) {
	return e.check(func(s *state) ([]schemaValue, error) { return s.versions(e.subject(), false), nil })
}

func (e exchange) check(against func(*state) ([]schemaValue, error)) (any, error) {
	var body registration
	if err := e.body(&body); err != nil {
		return nil, err
	}
	return ask(e, func(s *state) (any, error) {
		earlier, err := against(s)
		if err != nil {
			return nil, err
		}
		v, err := s.prepare(e.subject(), body, e.flag("normalize"))
		if err != nil {
			return e.unreadable(err)
		}
		messages, err := s.judge(v, earlier, s.level(e.subject()))
		if err != nil {
			return nil, invalidSchema(err)
		}
		return e.verdict(messages, v, s), nil
	})
}

// unreadable answers for a schema that is none: an error, or with verbose a verdict that says so.
func (e exchange) unreadable(err error) (any, error) {
	var invalid apiError
	if e.flag("verbose") && errors.As(err, &invalid) {
		return verdict{Messages: []string{invalid.Message}}, nil
	}
	return nil, err
}

func (e exchange) verdict(messages []string, v schemaValue, s *state) verdict {
	answer := verdict{Compatible: len(messages) == 0}
	if !e.flag("verbose") {
		return answer
	}
	answer.Messages = messages
	if v.SchemaType == typeJSON && answer.Compatible && s.level(v.Subject) != levelNone {
		answer.Messages = []string{"the compatibility of JSON Schemas is not checked by this registry yet"}
	}
	return answer
}
