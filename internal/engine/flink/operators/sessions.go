package operators

import (
	"cmp"
	"slices"

	"github.com/weftmesh/weft/internal/engine/flink/state"
)

// sessions is the windows of activity of each key: they grow, and merge when they meet. A session's number is free for
// another once it is closed.
type sessions struct {
	progress
	gap    int64
	index  *state.Index
	heads  state.Paged[int32] // by key: its first session, plus one
	all    []session
	free   []int32
	timers state.Timers
	born   uint64
}

// session is one window: from the first row to a gap after the last, in local time.
type session struct {
	start, end int64
	born       uint64
	key        int32
	next       int32 // the key's next session in time, plus one
	live, due  bool
}

// add gives the session that a row of a key at a local time belongs to; -1 if it is late. Sessions that it brings
// together are merged into the one that is given.
func (s *sessions) add(key int32, at int64, merge func(into, from int32) error) (int32, error) {
	s.heads.Grow(s.index.Slots())
	start, end := at, at+s.gap
	before := int32(0) // the link that leads to what comes next, plus one
	for id := s.heads.Get(key); id > 0; id = s.all[id-1].next {
		have := &s.all[id-1]
		if have.start > end {
			break
		}
		if have.end >= start {
			return id - 1, s.extend(id-1, start, end, merge)
		}
		before = id
	}
	if s.fired(end) {
		return -1, nil
	}
	id := s.open(session{start: start, end: end, key: key, live: true})
	s.all[id].next = s.link(key, before, id+1)
	s.timers.Add(s.clock.timer(end-1), id)
	return id, nil
}

// link puts a session behind another of its key, or first, and gives what followed.
func (s *sessions) link(key, before, id int32) (next int32) {
	if before > 0 {
		next, s.all[before-1].next = s.all[before-1].next, id
		return next
	}
	next = s.heads.Get(key)
	s.heads.Set(key, id)
	return next
}

func (s *sessions) open(one session) int32 {
	one.born = s.born
	s.born++
	if last := len(s.free) - 1; last >= 0 {
		id := s.free[last]
		s.free = s.free[:last]
		s.all[id] = one
		return id
	}
	s.all = append(s.all, one)
	return int32(len(s.all) - 1)
}

// extend lets a session grow, and take in the next one if it reaches it. Its timer follows when it is due.
func (s *sessions) extend(id int32, start, end int64, merge func(into, from int32) error) error {
	have := &s.all[id]
	have.start, have.end = min(have.start, start), max(have.end, end)
	next := have.next
	if next == 0 || s.all[next-1].start > have.end {
		return nil
	}
	have.end = max(have.end, s.all[next-1].end)
	have.next = s.all[next-1].next
	s.release(next - 1)
	return merge(id, next-1)
}

func (s *sessions) release(id int32) {
	s.all[id].live = false
	s.free = append(s.free, id)
}

// due gives the sessions that end by now, in the order in which they fire.
func (s *sessions) due(now int64) []int32 {
	var due []int32
	for {
		at, id, ok := s.timers.Pop(now)
		if !ok {
			break
		}
		one := &s.all[id]
		end := s.clock.timer(one.end - 1)
		switch {
		case !one.live || one.due:
		case at < end && end > now:
			s.timers.Add(end, id)
		default:
			one.due = true
			due = append(due, id)
		}
	}
	slices.SortFunc(due, func(a, b int32) int {
		return cmp.Or(cmp.Compare(s.all[a].end, s.all[b].end), cmp.Compare(s.all[a].born, s.all[b].born))
	})
	return due
}

// close takes a session that has fired from its key, and the key if it was its last.
func (s *sessions) close(id int32) {
	one := &s.all[id]
	if before := s.before(id); before > 0 {
		s.all[before-1].next = one.next
	} else {
		s.heads.Set(one.key, one.next)
		if one.next == 0 {
			s.index.Delete(one.key)
		}
	}
	s.release(id)
}

func (s *sessions) before(id int32) int32 {
	before := int32(0)
	for at := s.heads.Get(s.all[id].key); at != id+1; at = s.all[at-1].next {
		before = at
	}
	return before
}

// inOrder gives the live sessions in the order of their birth.
func (s *sessions) inOrder() []int32 {
	var ids []int32
	for id := range s.all {
		if s.all[id].live && s.index.Live(s.all[id].key) {
			ids = append(ids, int32(id))
		}
	}
	slices.SortFunc(ids, func(a, b int32) int { return cmp.Compare(s.all[a].born, s.all[b].born) })
	return ids
}

func (s *sessions) save(to *state.Saver, ids []int32) {
	to.Int(s.now)
	s.index.Save(to)
	rank := s.index.Ranks()
	to.Int(int64(len(ids)))
	for _, id := range ids {
		one := s.all[id]
		to.Int(int64(rank[one.key]))
		to.Int(one.start)
		to.Int(one.end)
	}
}

// load opens the sessions that save wrote, numbered in their order.
func (s *sessions) load(l *state.Loader) []int32 {
	s.now = max(s.now, l.Int())
	s.index.Load(l)
	s.heads.Grow(s.index.Slots())
	var ids []int32
	for n := l.Count(); n > 0 && l.OK(); n-- {
		key := s.index.Ranked(l.Int())
		one := session{key: key, start: l.Int(), end: l.Int(), live: true}
		if !l.OK() {
			break
		}
		before := int32(0)
		for at := s.heads.Get(key); at > 0 && s.all[at-1].start < one.start; at = s.all[at-1].next {
			before = at
		}
		id := s.open(one)
		s.all[id].next = s.link(key, before, id+1)
		s.timers.Add(s.clock.timer(one.end-1), id)
		ids = append(ids, id)
	}
	return ids
}
