package operators

import (
	"errors"
	"math"

	"github.com/weftmesh/weft/internal/engine/flink/stream"
	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
)

var errNoRowTime = errors.New("a row's time is NULL: give it a value, or filter such rows out, before windows are cut")

// windowStart is the start of the window of a size that holds a time.
func windowStart(at, offset, size int64) int64 {
	rest := (at - offset) % size
	if rest < 0 {
		rest += size
	}
	return at - rest
}

// millis gives a timestamp of a column in milliseconds.
func millis(c *rows.Column, i int) int64 { return floorMillis(c.Ints[i]) }

func floorMillis(micros int64) int64 {
	ms := micros / 1000
	if micros%1000 < 0 {
		ms--
	}
	return ms
}

// progress is how far time has come for windows, and which have fired by now.
type progress struct {
	clock *clock
	now   int64 // the watermark, or the clock
}

func newProgress(w plan.Window, cfg stream.Config) progress {
	return progress{clock: newClock(cfg.Env.Zone, w.LTZ || w.ProcTime), now: stream.MinWatermark}
}

// fired reports whether a window with this end has fired.
func (p *progress) fired(end int64) bool { return p.firedBy(end, p.now) }

func (p *progress) firedBy(end, now int64) bool {
	return end != math.MaxInt64 && now >= p.clock.timer(end-1)
}

// windowColumns gives the columns that a window adds to n rows.
func (p *progress) windowColumns(columns []plan.WindowColumn, types []rows.Type, start, end int64, n int) []*rows.Column {
	cols := make([]*rows.Column, len(columns))
	for i, name := range columns {
		v := start
		switch name {
		case plan.WindowEnd:
			v = end
		case plan.WindowTime:
			v = p.clock.epoch(end - 1)
		}
		cols[i] = rows.NewColumn(types[i], n)
		for j := range cols[i].Ints {
			cols[i].Ints[j] = v * 1000
		}
	}
	return cols
}
