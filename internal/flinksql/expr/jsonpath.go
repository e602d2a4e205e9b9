package expr

import (
	"fmt"
	"strconv"
	"strings"
)

// jsonPath is a path into JSON: $.a['b'][0], with the wildcard *, ranges [1:3], choices [0,2] and descent ..name.
type jsonPath struct {
	lax      bool
	steps    []jsonStep
	multiple bool // it may find several values, and gives them as an array
}

// jsonStep is one step: names, places, a range, or all members.
type jsonStep struct {
	deep     bool // at any depth below
	all      bool
	names    []string
	places   []int
	from, to *int // of a range
	ranged   bool
}

func parseJSONPath(text string) (*jsonPath, error) {
	p := &jsonPath{}
	rest := strings.TrimSpace(text)
	word, after, spaced := strings.Cut(rest, " ")
	switch {
	case spaced && strings.EqualFold(word, "lax"):
		p.lax, rest = true, strings.TrimSpace(after)
	case spaced && strings.EqualFold(word, "strict"):
		rest = strings.TrimSpace(after)
	}
	if !strings.HasPrefix(rest, "$") {
		rest = "$." + rest
	}
	rest = rest[1:]
	for rest != "" {
		step, tail, err := jsonStepOf(rest)
		if err != nil {
			return nil, fmt.Errorf("the JSON path '%s' %w", text, err)
		}
		p.steps = append(p.steps, step)
		p.multiple = p.multiple || step.all || step.deep || step.ranged || len(step.names) > 1 || len(step.places) > 1
		rest = tail
	}
	return p, nil
}

func jsonStepOf(text string) (jsonStep, string, error) {
	var s jsonStep
	if strings.HasPrefix(text, "..") {
		s.deep, text = true, text[1:]
		if strings.HasPrefix(text, ".[") {
			text = text[1:]
		}
	}
	switch {
	case strings.HasPrefix(text, ".*"):
		s.all = true
		return s, text[2:], nil
	case strings.HasPrefix(text, "."):
		end := strings.IndexAny(text[1:], ".[")
		if end < 0 {
			end = len(text) - 1
		}
		name := text[1 : end+1]
		if name == "" {
			return s, "", fmt.Errorf("has a name that is empty")
		}
		if strings.HasSuffix(name, "()") {
			return s, "", fmt.Errorf("uses the function %s, which is missing here", name)
		}
		s.names = []string{name}
		return s, text[end+1:], nil
	case strings.HasPrefix(text, "["):
		return bracketStep(s, text[1:])
	}
	return s, "", fmt.Errorf("has %q where a step is needed", text)
}

func bracketStep(s jsonStep, text string) (jsonStep, string, error) {
	if strings.HasPrefix(strings.TrimSpace(text), "?") {
		return s, "", fmt.Errorf("has a filter [?...], which is missing here")
	}
	for {
		text = strings.TrimLeft(text, " ")
		var err error
		if text, err = s.member(text); err != nil {
			return s, "", err
		}
		text = strings.TrimLeft(text, " ")
		switch {
		case strings.HasPrefix(text, "]"):
			return s, text[1:], nil
		case strings.HasPrefix(text, ","):
			text = text[1:]
		default:
			return s, "", fmt.Errorf("has a bracket that does not end")
		}
	}
}

// member reads one name, place, range or * within brackets.
func (s *jsonStep) member(text string) (string, error) {
	switch {
	case text == "":
		return "", fmt.Errorf("has a bracket that does not end")
	case text[0] == '*':
		s.all = true
		return text[1:], nil
	case text[0] == '\'' || text[0] == '"':
		var name strings.Builder
		for i := 1; i < len(text); i++ {
			switch {
			case text[i] == '\\' && i+1 < len(text):
				i++
				name.WriteByte(text[i])
			case text[i] == text[0]:
				s.names = append(s.names, name.String())
				return text[i+1:], nil
			default:
				name.WriteByte(text[i])
			}
		}
		return "", fmt.Errorf("has a name that does not end")
	}
	return s.place(text)
}

func (s *jsonStep) place(text string) (string, error) {
	end := strings.IndexAny(text, ",]")
	if end < 0 {
		return "", fmt.Errorf("has a bracket that does not end")
	}
	from, to, ranged := strings.Cut(strings.TrimSpace(text[:end]), ":")
	numbers := make([]*int, 2)
	for i, part := range []string{from, to} {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		n, err := strconv.Atoi(part)
		if err != nil {
			return "", fmt.Errorf("has [%s], which is no name and no place", text[:end])
		}
		numbers[i] = &n
	}
	switch {
	case ranged:
		s.ranged, s.from, s.to = true, numbers[0], numbers[1]
	case numbers[0] == nil:
		return "", fmt.Errorf("has empty brackets")
	default:
		s.places = append(s.places, *numbers[0])
	}
	return text[end:], nil
}
