package registry

import (
	"slices"
	"strconv"
	"strings"
)

// defaultContext holds the subjects whose names say no other (Confluent: schema contexts).
const defaultContext = "."

// contextOf is the context of a subject: :.staging:orders-value lies in .staging.
func contextOf(subject string) string {
	if rest, ok := strings.CutPrefix(subject, ":."); ok {
		if name, _, ok := strings.Cut(rest, ":"); ok && name != "" {
			return "." + name
		}
	}
	return defaultContext
}

// contextSubject is the name under which the context of a subject has settings; "" for the default context.
func contextSubject(subject string) string {
	if context := contextOf(subject); context != defaultContext {
		return ":" + context + ":"
	}
	return ""
}

// scopes are whose settings hold for a subject, the nearest first.
func scopes(subject string) []string {
	return slices.Compact([]string{subject, contextSubject(subject), ""})
}

// qualified lays a subject into a context, unless it names one itself.
func qualified(context, subject string) string {
	if context == "" || context == defaultContext || strings.HasPrefix(subject, ":.") {
		return strings.TrimPrefix(subject, ":.:")
	}
	return ":" + context + ":" + subject
}

// checkSubject refuses names that Confluent keeps for itself, and control characters.
func checkSubject(subject string) error {
	bare := subject[strings.LastIndex(subject, ":")+1:]
	bad := bare == "" || bare == "__GLOBAL" || bare == "__EMPTY" || len(subject) > 1000
	if bad || strings.ContainsFunc(subject, func(r rune) bool { return r < ' ' || r == 127 }) {
		return problem(422, 42208, "The specified subject '%s' is not a valid.", subject)
	}
	return nil
}

// versionName is a subject's version as a map's key.
func versionName(subject string, version int) string { return subject + "\x00" + strconv.Itoa(version) }

func splitVersionName(name string) (string, int) {
	subject, text, _ := strings.Cut(name, "\x00")
	version, _ := strconv.Atoi(text)
	return subject, version
}

// parseVersion reads a version: a number from 1, latest, or -1; -1 stands for the latest.
func parseVersion(text string) (int, error) {
	if strings.EqualFold(strings.TrimSpace(text), "latest") {
		return -1, nil
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n != -1 && n < 1 {
		return 0, invalidVersion(text)
	}
	return int(n), nil
}

// get finds a version of a subject, with Confluent's errors.
func (s *state) get(subject string, version int, deleted bool) (schemaValue, error) {
	versions := s.versions(subject, deleted)
	if len(versions) == 0 {
		return schemaValue{}, subjectNotFound(subject)
	}
	if version == -1 {
		return versions[len(versions)-1], nil
	}
	for _, v := range versions {
		if v.Version == version {
			return v, nil
		}
	}
	return schemaValue{}, versionNotFound(version)
}
