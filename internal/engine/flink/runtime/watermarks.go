package runtime

import (
	"time"

	"github.com/weftmesh/weft/internal/engine/flink/stream"
)

// valve makes one watermark of those of many channels: the least of those that are not idle. It never falls.
type valve struct {
	marks []int64
	idle  []bool
	last  int64
	quiet bool // all are idle
}

func newValve(channels int) *valve {
	v := &valve{marks: make([]int64, channels), idle: make([]bool, channels), last: stream.MinWatermark}
	for i := range v.marks {
		v.marks[i] = stream.MinWatermark
	}
	return v
}

// mark notes a channel's watermark; risen reports that the common one rose, to v.last.
func (v *valve) mark(channel int, watermark int64) (risen bool) {
	if watermark <= v.marks[channel] {
		return false
	}
	v.marks[channel] = watermark
	return !v.idle[channel] && v.raise()
}

// status notes that a channel is idle or active again. The common watermark may rise with it; changed reports that
// all became idle, or one active after all were idle (v.quiet).
func (v *valve) status(channel int, idle bool) (risen, changed bool) {
	if v.idle[channel] == idle {
		return false, false
	}
	v.idle[channel] = idle
	was := v.quiet
	v.quiet = true
	for _, i := range v.idle {
		v.quiet = v.quiet && i
	}
	if v.quiet {
		return v.raiseTo(v.greatest()), !was
	}
	return v.raise(), was
}

func (v *valve) raise() bool {
	least := stream.MaxWatermark
	for i, m := range v.marks {
		if !v.idle[i] {
			least = min(least, m)
		}
	}
	return v.raiseTo(least)
}

func (v *valve) raiseTo(watermark int64) bool {
	if watermark <= v.last {
		return false
	}
	v.last = watermark
	return true
}

// greatest is what Flink's valve lets through once all channels are idle.
func (v *valve) greatest() int64 {
	greatest := stream.MinWatermark
	for _, m := range v.marks {
		greatest = max(greatest, m)
	}
	return greatest
}

// splitMarks follows event time in the splits of one source task (Flink's WatermarkOutputMultiplexer and
// WatermarksWithIdleness).
type splitMarks struct {
	splits  map[int]*splitMark
	timeout time.Duration // 0: a split is never idle
	ended   stream.Ending // nil if the source cannot tell
	current int           // the split whose rows are under way; -1 between batches
	started time.Time
	last    int64
}

type splitMark struct {
	mark int64
	seen time.Time
	idle bool
}

func newSplitMarks(timeout time.Duration, now time.Time) *splitMarks {
	return &splitMarks{splits: map[int]*splitMark{}, timeout: timeout, started: now, last: stream.MinWatermark, current: -1}
}

// saw notes that a split had rows.
func (s *splitMarks) saw(split int, now time.Time) *splitMark {
	m, ok := s.splits[split]
	if !ok {
		m = &splitMark{mark: stream.MinWatermark}
		s.splits[split] = m
	}
	m.seen, m.idle = now, false
	return m
}

// common is the least watermark of the splits that are not idle and have not ended; all reports that every one is
// idle. Splits that have had no rows yet hold it back, until they count as idle.
func (s *splitMarks) common(splits int, now time.Time) (watermark int64, all bool) {
	least, active, seen := stream.MaxWatermark, 0, 0
	for number, m := range s.splits {
		if s.over(number) {
			continue
		}
		seen++
		if s.timeout > 0 && now.Sub(m.seen) >= s.timeout {
			m.idle = true
		}
		if !m.idle {
			active++
			least = min(least, m.mark)
		}
	}
	waits := splits > seen && (s.timeout == 0 || now.Sub(s.started) < s.timeout)
	switch {
	case waits || splits == 0 && seen == 0:
		return s.last, false
	case active == 0:
		return s.last, true
	}
	s.last = max(s.last, least)
	return s.last, false
}

// over reports whether a split has ended, and no row of it is under way.
func (s *splitMarks) over(split int) bool {
	return s.ended != nil && split != s.current && s.ended.Ended(split)
}
