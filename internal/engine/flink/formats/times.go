package formats

import (
	"fmt"

	"github.com/weftmesh/weft/internal/rows"
	"github.com/weftmesh/weft/internal/rows/jsonform"
)

// stamp is how timestamps are written: '2026-11-24 08:00:00.5' or '2026-11-24T08:00:00.5', with a Z where they are
// points in time.
type stamp struct{ iso bool }

func (f stamp) separator() byte {
	if f.iso {
		return 'T'
	}
	return ' '
}

// parse reads a timestamp in microseconds, cut to a precision.
func (f stamp) parse(t string, of rows.Type) (int64, error) {
	days, ok := jsonform.ParseDate(t)
	if ok && len(t) > 11 && t[10] == f.separator() {
		micros, rest, ok := jsonform.ParseTime(t[11:], f.iso)
		wanted := ""
		if of.Kind == rows.TimestampLTZ {
			wanted = "Z"
		}
		if ok && rest == wanted {
			return cut(days*day+micros, of.Precision), nil
		}
	}
	example := "2026-11-24" + string(f.separator()) + "08:00:00.123"
	if of.Kind == rows.TimestampLTZ {
		example += "Z"
	}
	return 0, fmt.Errorf("%q is no %s; it would look like %s", jsonform.Clip([]byte(t)), of.Kind, example)
}

func cut(micros int64, precision int) int64 { return rows.Cut(micros, precision) }

func floorDiv(a, b int64) int64 { return rows.FloorDiv(a, b) }

// append writes a timestamp.
func (f stamp) append(to []byte, micros int64, of rows.Type) []byte {
	days := floorDiv(micros, day)
	to = jsonform.AppendDate(to, days)
	to = append(to, f.separator())
	to = jsonform.AppendTime(to, micros-days*day)
	if of.Kind == rows.TimestampLTZ {
		to = append(to, 'Z')
	}
	return to
}
