package expr

import (
	"maps"
	"slices"
)

// find gives the value at the path; several are an array. False: the path leads nowhere.
func (p *jsonPath) find(root any) (any, bool) {
	found := []any{root}
	for i, step := range p.steps {
		var next []any
		for _, v := range found {
			next = step.from1(v, next)
		}
		if found = next; len(found) == 0 && !p.severalBy(i) {
			return nil, false
		}
	}
	if p.multiple {
		if found == nil {
			found = []any{}
		}
		return found, true
	}
	return found[0], true
}

// severalBy reports whether the steps up to one may find several values, so that finding none is no mistake.
func (p *jsonPath) severalBy(i int) bool {
	return slices.ContainsFunc(p.steps[:i+1], func(s jsonStep) bool {
		return s.all || s.deep || s.ranged || len(s.names) > 1 || len(s.places) > 1
	})
}

func (s *jsonStep) from1(v any, to []any) []any {
	to = s.members(v, to)
	if !s.deep {
		return to
	}
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			to = s.from1(item, to)
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			to = s.from1(v[key], to)
		}
	}
	return to
}

func (s *jsonStep) members(v any, to []any) []any {
	switch v := v.(type) {
	case map[string]any:
		if s.all {
			for _, key := range slices.Sorted(maps.Keys(v)) {
				to = append(to, v[key])
			}
		}
		for _, name := range s.names {
			if member, ok := v[name]; ok {
				to = append(to, member)
			}
		}
	case []any:
		to = s.items(v, to)
	}
	return to
}

func (s *jsonStep) items(v, to []any) []any {
	switch {
	case s.all:
		return append(to, v...)
	case s.ranged:
		from, end := 0, len(v)
		if s.from != nil {
			from = place(*s.from, len(v))
		}
		if s.to != nil {
			end = min(place(*s.to, len(v)), len(v))
		}
		if from = max(from, 0); from < end {
			to = append(to, v[from:end]...)
		}
		return to
	}
	for _, at := range s.places {
		if at = place(at, len(v)); at >= 0 && at < len(v) {
			to = append(to, v[at])
		}
	}
	return to
}

func place(at, n int) int {
	if at < 0 {
		return at + n
	}
	return at
}
