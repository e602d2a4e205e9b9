package registry

import (
	"maps"
	"slices"
	"strings"
)

// byID finds the versions that have an id, in the context that the request names by its path or its subject.
func (e exchange) byID(s *state) ([]schemaValue, error) {
	id, err := e.number("id")
	if err != nil {
		return nil, err
	}
	context := contextOf(qualified(e.context, e.URL.Query().Get("subject")))
	versions := s.byID[schemaID{context, id}]
	if len(versions) == 0 {
		return nil, schemaIDNotFound(id)
	}
	return versions, nil
}

func schemaByID(e exchange) (any, error) {
	return ask(e, func(s *state) (any, error) {
		versions, err := e.byID(s)
		if err != nil {
			return nil, err
		}
		v := versions[0]
		answer := schemaAnswer{Schema: v.Schema, SchemaType: v.SchemaType, References: v.References, Metadata: v.Metadata, RuleSet: v.RuleSet}
		if e.flag("fetchMaxId") {
			answer.MaxID = s.maxID[contextOf(v.Subject)]
		}
		return answer, nil
	})
}

func schemaTextByID(e exchange) (any, error) {
	return ask(e, func(s *state) (any, error) {
		versions, err := e.byID(s)
		if err != nil {
			return nil, err
		}
		return rawText(versions[0].Schema), nil
	})
}

func subjectsByID(e exchange) (any, error) {
	return ask(e, func(s *state) (any, error) {
		versions, err := e.byID(s)
		if err != nil {
			return nil, err
		}
		found := []string{}
		for _, v := range e.live(versions) {
			if !slices.Contains(found, v.Subject) {
				found = append(found, v.Subject)
			}
		}
		slices.Sort(found)
		return page(e, found), nil
	})
}

func versionsByID(e exchange) (any, error) {
	return ask(e, func(s *state) (any, error) {
		versions, err := e.byID(s)
		if err != nil {
			return nil, err
		}
		found := []subjectVersion{}
		for _, v := range e.live(versions) {
			found = append(found, subjectVersion{v.Subject, v.Version})
		}
		return page(e, found), nil
	})
}

// live drops soft-deleted versions unless the request asks for them.
func (e exchange) live(versions []schemaValue) []schemaValue {
	if e.flag("deleted") {
		return versions
	}
	return slices.DeleteFunc(slices.Clone(versions), func(v schemaValue) bool { return v.Deleted })
}

func listSchemas(e exchange) (any, error) {
	return ask(e, func(s *state) (any, error) {
		found := []versionAnswer{}
		for _, subject := range s.names(e.prefix(), e.flag("deleted")) {
			versions := s.versions(subject, e.flag("deleted"))
			if e.flag("latestOnly") {
				versions = versions[len(versions)-1:]
			}
			for _, v := range versions {
				found = append(found, answerOf(v))
			}
		}
		return page(e, found), nil
	})
}

// prefix is what subjects must start with: :*: means all contexts.
func (e exchange) prefix() string {
	prefix := e.URL.Query().Get("subjectPrefix")
	if prefix == ":*:" || prefix == "" && e.context == "" {
		return ""
	}
	return qualified(e.context, strings.TrimPrefix(prefix, ":*:"))
}

func contexts(e exchange) (any, error) {
	return ask(e, func(s *state) (any, error) {
		found := map[string]bool{defaultContext: true}
		for subject := range s.subjects {
			found[contextOf(subject)] = true
		}
		return page(e, slices.Sorted(maps.Keys(found))), nil
	})
}
