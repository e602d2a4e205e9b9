package gate

import (
	"math"
	"unicode/utf8"

	"github.com/weftmesh/weft/internal/codecs"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/quality"
	"github.com/weftmesh/weft/internal/rows"
	"github.com/weftmesh/weft/internal/schemas"
)

// lane is the fast way of a record that is as it should be: bytes straight into columns, without an allocation a row.
// What it does not take is left to the reader, which judges with every check and says what is wrong: a lane takes only
// what the reader would let pass, and gives the same values.
type lane struct {
	decoder laneDecoder
	fields  []schemas.Field
	columns []laneColumn
	checks  quality.ColumnChecks
}

// laneDecoder reads a record into row i of columns.
type laneDecoder interface {
	decode(in Record, cols []*rows.Column, i int) bool
}

// laneColumn is what a field asks of its values beyond its checks.
type laneColumn struct {
	kind    schemas.Kind
	symbols map[string]struct{} // of an enum
}

// newLane makes the lane of a gate; nil where there is none: of fields that hold others.
func newLane(spec Spec, checks quality.Checks, r *reader) *lane {
	fields := spec.Topic.Value.Fields
	if !spec.Captured() && spec.Framed != (spec.Format == contracts.Avro) {
		return nil
	}
	l := &lane{fields: fields}
	for _, f := range fields {
		if f.Type.Items != nil || f.Type.Fields != nil || f.Type.Kind == schemas.JSON {
			return nil
		}
		column := laneColumn{kind: f.Type.Kind}
		if f.Type.Kind == schemas.Enum {
			column.symbols = map[string]struct{}{}
			for _, s := range f.Type.Symbols {
				column.symbols[s] = struct{}{}
			}
		}
		l.columns = append(l.columns, column)
	}
	var ok bool
	if l.checks, ok = checks.Columns(fields); !ok {
		return nil
	}
	if spec.Captured() {
		l.decoder = newEnvelopeLane(spec, r)
	} else if spec.Format == contracts.Avro {
		l.decoder = newAvroLane(spec, r)
	} else if l.decoder = newJSONLane(spec); l.decoder == (*jsonLane)(nil) {
		return nil
	}
	return l
}

// take reads a record into row i; false leaves it to the reader, with whatever stands in row i then.
func (l *lane) take(in Record, cols []*rows.Column, i int) bool {
	if in.Value == nil || !l.decoder.decode(in, cols, i) {
		return false
	}
	for k := range l.columns {
		if col := cols[k]; !col.Null(i) && !l.columns[k].fits(col, i) {
			return false
		}
	}
	return l.checks.Pass(cols, i)
}

// Bounds of what ISO 8601 writes with four digits of a year, in microseconds and days.
const (
	firstMicro = firstSecond * 1_000_000
	endMicro   = endSecond * 1_000_000
	firstDay   = firstSecond / 86400
	endDay     = endSecond / 86400
)

// fits says whether a value is one of its kind.
func (c *laneColumn) fits(col *rows.Column, i int) bool {
	switch c.kind {
	case schemas.Enum:
		_, known := c.symbols[col.Strings[i]]
		return known
	case schemas.String:
		return utf8.ValidString(col.Strings[i])
	case schemas.UUID:
		return codecs.IsUUID(col.Strings[i])
	case schemas.Float, schemas.Double:
		v := col.Floats[i]
		return !math.IsNaN(v) && !math.IsInf(v, 0)
	case schemas.Timestamp:
		return col.Ints[i] >= firstMicro && col.Ints[i] < endMicro
	case schemas.Date:
		return col.Ints[i] >= firstDay && col.Ints[i] < endDay
	case schemas.Time:
		return col.Ints[i] >= 0 && col.Ints[i] < 86_400_000
	}
	return true
}
