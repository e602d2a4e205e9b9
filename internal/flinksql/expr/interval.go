package expr

import (
	"strconv"
	"strings"

	"github.com/weftmesh/weft/internal/flinksql/ast"
	"github.com/weftmesh/weft/internal/rows"
)

// unit is a part of an interval: how much of the interval's own unit it is.
type unit struct {
	name   string
	amount int64
}

var monthUnits = []unit{{"YEAR", 12}, {"QUARTER", 3}, {"MONTH", 1}}

var milliUnits = []unit{{"WEEK", 7 * millisPerDay}, {"DAY", millisPerDay}, {"HOUR", 3600_000}, {"MINUTE", 60_000}, {"SECOND", 1000}}

// interval reads the text of INTERVAL '1-6' YEAR TO MONTH and its like: months, or milliseconds.
func interval(i *ast.Interval) (*Const, error) {
	kind, units := rows.IntervalMillis, unitsOf(milliUnits, i.Unit.From, i.Unit.To)
	if units == nil {
		kind, units = rows.IntervalMonths, unitsOf(monthUnits, i.Unit.From, i.Unit.To)
	}
	if units == nil {
		return nil, wrong(i, "Write INTERVAL '1' DAY, INTERVAL '1-6' YEAR TO MONTH or INTERVAL '1 10:00:00' DAY TO SECOND.", "there is no interval from %s to %s", i.Unit.From, i.Unit.To)
	}
	if first := leadingDigits(i.Text); len(first) > fieldDigits(i.Unit) {
		return nil, wrong(i, "Write its digits: INTERVAL '"+i.Text+"' "+i.Unit.From+"("+strconv.Itoa(len(first))+").", "%s has more than %d digits", first, fieldDigits(i.Unit))
	}
	v, ok := intervalOf64(strings.TrimSpace(i.Text), units)
	if !ok {
		return nil, wrong(i, "Write INTERVAL '1' DAY, INTERVAL '1-6' YEAR TO MONTH or INTERVAL '1 10:00:00' DAY TO SECOND.", "'%s' is no interval of %s", i.Text, strings.TrimSuffix(i.Unit.From+" TO "+i.Unit.To, " TO "))
	}
	return &Const{Value: v, Of: rows.Type{Kind: kind, NotNull: true}}, nil
}

// unitsOf gives the units from one to another; nil if they are not of this family.
func unitsOf(family []unit, from, to string) []unit {
	start, end := -1, -1
	for i, u := range family {
		if u.name == from {
			start = i
		}
		if u.name == to || to == "" && u.name == from {
			end = i
		}
	}
	if start < 0 || end < start {
		return nil
	}
	units := family[start : end+1]
	if from == "YEAR" && to == "MONTH" {
		return []unit{family[0], family[2]}
	}
	return units
}

func intervalOf64(text string, units []unit) (int64, bool) {
	sign := int64(1)
	for strings.HasPrefix(text, "-") || strings.HasPrefix(text, "+") {
		if text[0] == '-' {
			sign = -sign
		}
		text = text[1:]
	}
	var total int64
	for i, u := range units {
		part := text
		if i < len(units)-1 {
			at := strings.IndexAny(text, "- :")
			if at < 0 {
				return 0, false
			}
			part, text = text[:at], text[at+1:]
		}
		v, ok := amountOf(part, u)
		if !ok {
			return 0, false
		}
		total += v
	}
	return sign * total, true
}

func amountOf(part string, u unit) (int64, bool) {
	whole, fraction, pointed := strings.Cut(part, ".")
	v, ok := shortNumber(whole)
	if !ok || pointed && (u.name != "SECOND" || fraction == "") {
		return 0, false
	}
	micros, ok := parseFraction(fraction)
	return int64(v)*u.amount + micros/1000, ok
}

// fieldDigits is how many digits the first part of an interval may have: two, unless it says so, as in DAY(3).
func fieldDigits(unit ast.Span) int {
	if len(unit.FromArgs) > 0 {
		return unit.FromArgs[0]
	}
	return 2
}

func leadingDigits(text string) string {
	text = strings.TrimLeft(text, " +-0")
	end := strings.IndexFunc(text, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		return text
	}
	return text[:end]
}
