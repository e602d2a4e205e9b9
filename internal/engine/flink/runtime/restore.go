package runtime

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// restored is the checkpoint that a run starts from; nil for none.
type restored struct {
	dir  string
	meta *metadata
	used map[string]bool
}

func (r *restored) id() int64 {
	if r == nil || r.meta.Savepoint {
		return 0
	}
	return r.meta.ID
}

// find gives the state of one part under a key; nil if there is none.
func (r *restored) find(key string, part int) *savedState {
	if r == nil {
		return nil
	}
	r.used[key] = true
	for i := range r.meta.States {
		if s := &r.meta.States[i]; s.Key == key && s.Part == part {
			return s
		}
	}
	return nil
}

// load reads a state that was found. Tasks load theirs at the same time.
func (r *restored) load(state *savedState, load func(io.Reader) error) error {
	if state == nil {
		return nil
	}
	from, err := state.open(r.dir)
	if err != nil {
		return err
	}
	defer from.Close()
	if err := load(from); err != nil {
		return fmt.Errorf("restore the state from %s: %w", r.dir, err)
	}
	return nil
}

// bytes gives a small state whole.
func (r *restored) bytes(key string, part int) (data []byte, err error) {
	err = r.load(r.find(key, part), func(from io.Reader) (err error) { data, err = io.ReadAll(from); return err })
	return data, err
}

// unused names the states that no part of the job took.
func (r *restored) unused() []string {
	if r == nil {
		return nil
	}
	var keys []string
	for _, s := range r.meta.States {
		if !r.used[s.Key] && s.Size > 0 {
			keys = append(keys, s.Key)
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// checkUsed refuses a start that would forget state.
func (r *restored) checkUsed(allowed bool) error {
	if r == nil {
		return nil
	}
	if left := r.unused(); len(left) > 0 && !allowed {
		return fmt.Errorf("%s has state that this job has no place for (%s): the query is another one; start without it, or allow it to be dropped (execution.state-recovery.ignore-unclaimed-state)",
			r.dir, strings.Join(left, ", "))
	}
	return nil
}

// choose finds the checkpoint to start from. committed is the one whose output is visible, 0 if there is none yet, and
// -1 if nothing ties output to checkpoints.
func (r *run) choose(committed int64) (*restored, error) {
	ids, err := r.store.list()
	if err != nil || r.store.dir == "" {
		return r.savepoint(err)
	}
	if noted := r.store.committed(); committed == 0 && noted > 0 {
		r.job.note("", fmt.Errorf("the brokers have forgotten which checkpoint was committed last (offsets expire, or were reset); %s says that it was %d",
			r.store.dir, noted))
		committed = noted
	}
	damaged := 0
	for _, id := range ids {
		r.next = max(r.next, id+1)
		if committed >= 0 && id > committed {
			_ = os.RemoveAll(r.store.path(id)) // its output was not committed: it will be written again
			continue
		}
		m, err := read(r.store.path(id))
		if err != nil {
			damaged++
			r.job.note("", fmt.Errorf("checkpoint %d cannot be used, an older one is taken: %w", id, err))
			continue
		}
		if damaged > 0 && committed >= 0 {
			r.job.note("", fmt.Errorf("output of checkpoints after %d was committed already and is written again", id))
		}
		return &restored{dir: r.store.path(id), meta: m, used: map[string]bool{}}, nil
	}
	if damaged > 0 || committed > 0 {
		return nil, fmt.Errorf("no checkpoint in %s can be read; start from a savepoint under a new job, or remove the directory to start anew", r.store.dir)
	}
	return r.savepoint(nil)
}

func (r *run) savepoint(err error) (*restored, error) {
	path := r.job.config.Savepoint
	if err != nil || path == "" {
		return nil, err
	}
	path = strings.TrimPrefix(strings.TrimPrefix(path, "file://"), "file:")
	m, err := read(filepath.Clean(path))
	if err != nil {
		return nil, fmt.Errorf("savepoint %s cannot be read: %w", path, err)
	}
	return &restored{dir: filepath.Clean(path), meta: m, used: map[string]bool{}}, nil
}
