package trials

import (
	"slices"
)

// maxPairs bounds the search for rows that are alike.
const maxPairs = 1_000_000

// compare holds what came out against what was expected.
func (t *trial) compare(expected, got []line) {
	if t.test.Ordered {
		t.inOrder(expected, got)
		return
	}
	t.bags(expected, got)
}

// inOrder compares rows place by place.
func (t *trial) inOrder(expected, got []line) {
	for i := range max(len(expected), len(got)) {
		switch {
		case i >= len(got):
			t.missing(expected[i], "")
		case i >= len(expected):
			t.unexpected(got[i], "")
		case !expected[i].equal(got[i]):
			t.other(expected[i], got[i])
		}
	}
}

// bags compares rows as a multiset. Of those left over, the ones that are most alike are shown together.
func (t *trial) bags(expected, got []line) {
	var missing []line
	left := slices.Clone(got)
	for _, e := range expected {
		if i := slices.IndexFunc(left, e.equal); i >= 0 {
			left = slices.Delete(left, i, i+1)
			continue
		}
		missing = append(missing, e)
	}
	for len(missing)*len(left) > 0 && len(missing)*len(left) < maxPairs {
		m, l, likeness := nearest(missing, left)
		if likeness == 0 {
			break
		}
		t.other(missing[m], left[l])
		missing, left = slices.Delete(missing, m, m+1), slices.Delete(left, l, l+1)
	}
	for _, m := range missing {
		t.missing(m, "")
	}
	for _, l := range left {
		t.unexpected(l, "")
	}
}

// nearest are the two rows that have the most fields in common.
func nearest(missing, left []line) (m, l, likeness int) {
	for i, one := range missing {
		for j, other := range left {
			if n := one.likeness(other); n > likeness {
				m, l, likeness = i, j, n
			}
		}
	}
	return m, l, likeness
}

func (t *trial) missing(e line, reason string) {
	t.result.Differences = append(t.result.Differences, Difference{At: e.at, Expected: e.json(), Reason: reason})
}

func (t *trial) unexpected(g line, reason string) {
	t.result.Differences = append(t.result.Differences, Difference{At: t.test.At("expect"), Got: g.json(), Reason: reason})
}

func (t *trial) other(e, g line) {
	t.result.Differences = append(t.result.Differences, Difference{At: e.at, Expected: e.json(), Got: g.json(), Fields: e.differing(g)})
}
