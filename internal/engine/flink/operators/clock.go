package operators

import (
	"time"
)

const (
	hour = int64(time.Hour / time.Millisecond)
	day  = 24 * hour
)

// clock is the session's zone for windows over TIMESTAMP_LTZ: they are cut by the local time. All times are
// milliseconds; local ones are those of a clock on the wall, as if it hung in Greenwich.
type clock struct {
	zone        *time.Location // nil: local time is the time itself
	saving      bool           // the zone puts its clocks forward and back
	from, until int64          // where offset holds
	offset      int64
}

func newClock(zone *time.Location, used bool) *clock {
	if !used || zone == nil || zone == time.UTC || zone.String() == "UTC" {
		return &clock{}
	}
	c := &clock{zone: zone}
	winter := time.Date(2025, time.January, 15, 12, 0, 0, 0, time.UTC).UnixMilli()
	for quarter := range int64(4) {
		c.saving = c.saving || c.at(winter) != c.at(winter+quarter*91*day)
	}
	return c
}

// at is how far local time is ahead at an instant.
func (c *clock) at(epoch int64) int64 {
	if epoch >= c.from && epoch < c.until {
		return c.offset
	}
	t := time.UnixMilli(epoch).In(c.zone)
	_, seconds := t.Zone()
	start, end := t.ZoneBounds()
	c.offset = int64(seconds) * 1000
	c.from, c.until = epoch, epoch+1
	if !start.IsZero() {
		c.from = start.UnixMilli()
	}
	if !end.IsZero() {
		c.until = end.UnixMilli()
	}
	return c.offset
}

// local gives the local time of an instant.
func (c *clock) local(epoch int64) int64 {
	if c.zone == nil {
		return epoch
	}
	return epoch + c.at(epoch)
}

// epoch gives the instant of a local time: the first of two; if there is none, as late as the clocks were put forward.
func (c *clock) epoch(local int64) int64 {
	if c.zone == nil {
		return local
	}
	before, after := c.at(local-day), c.at(local+day)
	if first := local - before; before == after || c.at(first) == before || c.at(local-after) != after {
		return first
	}
	return local - after
}

// timer gives the instant at which a window whose last millisecond this is fires: the second of two; the full hour if
// the clocks skip it (Flink's TimeWindowUtil).
func (c *clock) timer(local int64) int64 {
	if c.zone == nil {
		return local
	}
	this, next := c.epoch(local), c.epoch(local+hour)
	switch {
	case !c.saving:
		return this
	case this == next:
		return this - this%hour
	case next-this > hour:
		return this + hour
	}
	return this
}
