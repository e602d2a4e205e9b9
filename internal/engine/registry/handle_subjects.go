package registry

import "slices"

func listSubjects(e exchange) (any, error) {
	return ask(e, func(s *state) (any, error) {
		if !e.flag("deletedOnly") {
			return page(e, s.names(e.prefix(), e.flag("deleted"))), nil
		}
		gone := slices.DeleteFunc(s.names(e.prefix(), true), func(name string) bool { return len(s.versions(name, false)) > 0 })
		return page(e, gone), nil
	})
}

func listVersions(e exchange) (any, error) {
	return ask(e, func(s *state) (any, error) {
		versions := s.versions(e.subject(), e.flag("deleted") || e.flag("deletedOnly"))
		if e.flag("deletedOnly") {
			versions = slices.DeleteFunc(versions, func(v schemaValue) bool { return !v.Deleted })
		}
		if len(versions) == 0 {
			return nil, subjectNotFound(e.subject())
		}
		return page(e, numbers(versions)), nil
	})
}

func getVersion(e exchange) (any, error) {
	return ask(e, func(s *state) (any, error) {
		v, err := e.version(s)
		if err != nil {
			return nil, err
		}
		return answerOf(v), nil
	})
}

func getVersionText(e exchange) (any, error) {
	return ask(e, func(s *state) (any, error) {
		v, err := e.version(s)
		if err != nil {
			return nil, err
		}
		return rawText(v.Schema), nil
	})
}

func (e exchange) version(s *state) (schemaValue, error) {
	version, err := parseVersion(e.PathValue("version"))
	if err != nil {
		return schemaValue{}, err
	}
	return s.get(e.subject(), version, e.flag("deleted"))
}

func referencedBy(e exchange) (any, error) {
	return ask(e, func(s *state) (any, error) {
		version, err := parseVersion(e.PathValue("version"))
		if err != nil {
			return nil, err
		}
		v, err := s.get(e.subject(), version, true)
		if err != nil {
			return nil, err
		}
		ids := []int{}
		for _, by := range s.referencedBy(v.Subject, v.Version, e.flag("deleted")) {
			if !slices.Contains(ids, by.ID) {
				ids = append(ids, by.ID)
			}
		}
		return page(e, ids), nil
	})
}

func registerSchema(e exchange) (any, error) {
	var body registration
	if err := e.body(&body); err != nil {
		return nil, err
	}
	var registered schemaValue
	err := e.change(func(s *state) (entries []entry, err error) {
		registered, entries, err = s.register(e.subject(), body, e.flag("normalize"))
		return entries, err
	})
	if err != nil {
		return nil, err
	}
	return map[string]int{"id": registered.ID}, nil
}

// lookUp finds the version of a subject that equals a schema.
func lookUp(e exchange) (any, error) {
	var body registration
	if err := e.body(&body); err != nil {
		return nil, err
	}
	return ask(e, func(s *state) (any, error) {
		subject := e.subject()
		if len(s.versions(subject, e.flag("deleted"))) == 0 {
			return nil, subjectNotFound(subject)
		}
		v, err := s.prepare(subject, body, e.flag("normalize"))
		if err != nil {
			return nil, err
		}
		found, ok := s.find(subject, s.equality(v), e.flag("deleted"))
		if !ok {
			return nil, schemaNotFound()
		}
		return answerOf(found), nil
	})
}

func deleteSubject(e exchange) (any, error) {
	var versions []int
	err := e.change(func(s *state) (entries []entry, err error) {
		if err := s.writable(e.subject()); err != nil {
			return nil, err
		}
		versions, entries, err = s.deleteSubject(e.subject(), e.flag("permanent"))
		return entries, err
	})
	return versions, err
}

func deleteVersion(e exchange) (any, error) {
	version, err := parseVersion(e.PathValue("version"))
	if err != nil {
		return nil, err
	}
	var deleted int
	err = e.change(func(s *state) (entries []entry, err error) {
		if err := s.writable(e.subject()); err != nil {
			return nil, err
		}
		deleted, entries, err = s.deleteVersion(e.subject(), version, e.flag("permanent"))
		return entries, err
	})
	return deleted, err
}

// writable refuses changes of a subject that is read-only.
func (s *state) writable(subject string) error {
	if mode := s.mode(subject); mode == modeReadOnly || mode == modeReadOnlyOverride {
		return notPermitted("Subject %s in context %s is in read-only mode", subject, contextOf(subject))
	}
	return nil
}
