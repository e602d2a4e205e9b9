package state

import (
	"cmp"
	"slices"
)

// Timers is what is to happen when: a heap by time, then by the order of registering.
type Timers struct {
	heap []timer
	next uint64
}

type timer struct {
	at   int64
	seq  uint64
	slot int32
}

func (t timer) before(u timer) bool { return t.at < u.at || t.at == u.at && t.seq < u.seq }

// Len is the number of timers.
func (t *Timers) Len() int { return len(t.heap) }

// Add registers a timer, and gives its number: later ones have greater numbers, from 1.
func (t *Timers) Add(at int64, slot int32) (number uint64) {
	t.next++
	number = t.next
	t.heap = append(t.heap, timer{at, number, slot})
	for i := len(t.heap) - 1; i > 0; {
		up := (i - 1) / 2
		if !t.heap[i].before(t.heap[up]) {
			return number
		}
		t.heap[i], t.heap[up] = t.heap[up], t.heap[i]
		i = up
	}
	return number
}

// First gives the number of the timer that is popped next; 0 if there is none.
func (t *Timers) First() uint64 {
	if len(t.heap) == 0 {
		return 0
	}
	return t.heap[0].seq
}

// Pop takes the first timer, if it is due by now.
func (t *Timers) Pop(now int64) (at int64, slot int32, due bool) {
	if len(t.heap) == 0 || t.heap[0].at > now {
		return 0, 0, false
	}
	first, last := t.heap[0], len(t.heap)-1
	t.heap[0] = t.heap[last]
	t.heap = t.heap[:last]
	t.sink()
	return first.at, first.slot, true
}

func (t *Timers) sink() {
	for i := 0; ; {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(t.heap); child++ {
			if t.heap[child].before(t.heap[least]) {
				least = child
			}
		}
		if least == i {
			return
		}
		t.heap[i], t.heap[least] = t.heap[least], t.heap[i]
		i = least
	}
}

// Save writes the timers in their order. Slots are written as their rank among those in use, which they have after Load;
// timers that no longer count are left out.
func (t *Timers) Save(s *Saver, index *Index, counts func(at int64, slot int32, number uint64) bool) {
	rank := index.Ranks()
	ordered := slices.Clone(t.heap)
	slices.SortFunc(ordered, func(a, b timer) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.seq, b.seq)) })
	ordered = slices.DeleteFunc(ordered, func(one timer) bool { return !index.Live(one.slot) || !counts(one.at, one.slot, one.seq) })
	s.Int(int64(len(ordered)))
	for _, one := range ordered {
		s.Int(one.at)
		s.Int(int64(rank[one.slot]))
	}
}

// Load registers the timers that Save wrote, of keys that the index has loaded last, and tells of each.
func (t *Timers) Load(l *Loader, index *Index, added func(at int64, slot int32, number uint64)) {
	for n := l.Count(); n > 0 && l.OK(); n-- {
		at, slot := l.Int(), index.Ranked(l.Int())
		if l.OK() {
			added(at, slot, t.Add(at, slot))
		}
	}
}
