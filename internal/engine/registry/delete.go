package registry

import "maps"

// deleteSubject decides on the deletion of a subject: softly first, then for good. The answer is the versions.
func (s *state) deleteSubject(subject string, permanent bool) ([]int, []entry, error) {
	all, live := s.versions(subject, true), s.versions(subject, false)
	switch {
	case len(all) == 0:
		return nil, nil, subjectNotFound(subject)
	case permanent && len(live) > 0:
		return nil, nil, problem(404, 40405, "Subject '%s' was not deleted first before being permanently deleted", subject)
	case !permanent && len(live) == 0:
		return nil, nil, problem(404, 40404, "Subject '%s' was soft deleted.Set permanent=true to delete permanently", subject)
	}
	doomed := live
	if permanent {
		doomed = all
	}
	if err := s.mayDelete(doomed, permanent); err != nil {
		return nil, nil, err
	}
	if permanent {
		return numbers(doomed), s.hardDeletes(doomed), nil
	}
	entries := []entry{subjectEntry(keyDeleteSubject, subject, deleteSubjectValue{subject, live[len(live)-1].Version})}
	return numbers(doomed), append(entries, s.resets(subject)...), nil
}

// mayDelete refuses versions that others refer to; a soft-deleted one that refers holds only against a hard delete.
func (s *state) mayDelete(versions []schemaValue, permanent bool) error {
	for _, v := range versions {
		if len(s.referencedBy(v.Subject, v.Version, permanent)) > 0 {
			return referenceExists(v.Subject, v.Version)
		}
	}
	return nil
}

func numbers(versions []schemaValue) []int {
	found := make([]int, len(versions))
	for i, v := range versions {
		found[i] = v.Version
	}
	return found
}

// hardDeletes are tombstones, and the greatest ids, so that none is given again.
func (s *state) hardDeletes(versions []schemaValue) []entry {
	entries := []entry{s.noop()}
	for _, v := range versions {
		entries = append(entries, schemaTombstone(v.Subject, v.Version))
	}
	return entries
}

func (s *state) noop() entry {
	return newEntry(noopKey{keyNoop, 0}, noopValue{MaxIDs: maps.Clone(s.maxID), Leader: s.leader})
}

// resets drop a deleted subject's own settings.
func (s *state) resets(subject string) []entry {
	var entries []entry
	if _, ok := s.configs[subject]; ok {
		entries = append(entries, subjectEntry(keyConfig, subject, nil))
	}
	if _, ok := s.modes[subject]; ok {
		entries = append(entries, subjectEntry(keyMode, subject, nil))
	}
	return entries
}

// deleteVersion decides on the deletion of one version.
func (s *state) deleteVersion(subject string, version int, permanent bool) (int, []entry, error) {
	if len(s.versions(subject, true)) == 0 {
		return 0, nil, subjectNotFound(subject)
	}
	v, err := s.get(subject, version, version != -1 || permanent)
	switch {
	case err != nil:
		return 0, nil, err
	case permanent && !v.Deleted:
		return 0, nil, problem(404, 40407, "Subject '%s' Version %d was not deleted first before being permanently deleted", subject, v.Version)
	case !permanent && v.Deleted:
		return 0, nil, problem(404, 40406, "Subject '%s' Version %d was soft deleted.Set permanent=true to delete permanently", subject, v.Version)
	}
	if err := s.mayDelete([]schemaValue{v}, permanent); err != nil {
		return 0, nil, err
	}
	if permanent {
		return v.Version, s.hardDeletes([]schemaValue{v}), nil
	}
	v.Deleted = true
	entries := []entry{schemaEntry(v)}
	if len(s.versions(subject, false)) == 1 {
		entries = append(entries, s.resets(subject)...)
	}
	return v.Version, entries, nil
}
