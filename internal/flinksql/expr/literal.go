package expr

import (
	"encoding/hex"
	"math"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/weftmesh/weft/internal/flinksql/ast"
	"github.com/weftmesh/weft/internal/rows"
)

func literal(l *ast.Literal) (*Const, error) {
	switch l.Kind {
	case ast.NullLiteral:
		return &Const{}, nil
	case ast.BooleanLiteral:
		if l.Text == "UNKNOWN" {
			return &Const{Of: rows.BooleanType}, nil
		}
		return known(l.Text == "TRUE", rows.BooleanType), nil
	case ast.NumberLiteral:
		return number10(l)
	case ast.TextLiteral:
		return known(l.Text, rows.Type{Kind: rows.Char, Length: len(utf16.Encode([]rune(l.Text)))}), nil
	case ast.BinaryLiteral:
		raw, err := hex.DecodeString(l.Text)
		if err != nil {
			return nil, wrong(l, "Write pairs of hexadecimal digits: X'0aff'.", "X'%s' is no string of bytes", l.Text)
		}
		return known(string(raw), rows.Type{Kind: rows.Binary, Length: len(raw)}), nil
	}
	return pointInTime(l)
}

func known(v any, of rows.Type) *Const { return &Const{Value: v, Of: of.Nullable(false)} }

// number10 reads a number: INT or BIGINT if it is whole, DECIMAL with a point, DOUBLE with an exponent.
func number10(l *ast.Literal) (*Const, error) {
	if strings.ContainsAny(l.Text, "eE") {
		f, ok := parseFloat(l.Text, 64)
		switch {
		case !ok:
			return nil, wrong(l, "", "%s is no number", l.Text)
		case math.IsInf(f, 0):
			return nil, wrong(l, "", "%s is out of the range of DOUBLE", l.Text)
		case f == 0:
			f = 0 // written as a decimal number it has no sign
		}
		return known(f, rows.DoubleType), nil
	}
	whole, fraction, pointed := strings.Cut(l.Text, ".")
	if !pointed || fraction == "" {
		v, err := strconv.ParseInt(whole, 10, 64)
		if err != nil {
			return nil, wrong(l, "Write it with a point or as a string: CAST('"+l.Text+"' AS DECIMAL(38, 0)).", "%s is out of the range of BIGINT", l.Text)
		}
		if int64(int32(v)) == v {
			return known(v, rows.IntType), nil
		}
		return known(v, rows.BigIntType), nil
	}
	precision := len(strings.TrimPrefix(whole, "-")) + len(fraction)
	n, ok := rows.ParseNum(l.Text, rows.MaxPrecision, len(fraction))
	if _, err := strconv.ParseInt(whole+fraction, 10, 64); !ok || err != nil {
		return nil, wrong(l, "Write it as a string: CAST('"+l.Text+"' AS DECIMAL(38, "+strconv.Itoa(len(fraction))+")).", "%s has more digits than a number may be written with", l.Text)
	}
	return known(n, rows.DecimalType(precision, len(fraction))), nil
}

func pointInTime(l *ast.Literal) (*Const, error) {
	_, fraction, _ := strings.Cut(l.Text, ".")
	switch l.Kind {
	case ast.DateLiteral:
		if day, ok := parseDay(l.Text); ok && strings.Count(l.Text, "-") == 2 && !strings.Contains(l.Text, " ") {
			return known(day, rows.DateType), nil
		}
		return nil, wrong(l, "Write DATE '2026-01-31'.", "'%s' is no date", l.Text)
	case ast.TimeLiteral:
		if micros, ok := parseClock(l.Text); ok && strings.Count(l.Text, ":") == 2 {
			return known(micros/1000, rows.Type{Kind: rows.Time, Precision: min(len(fraction), 3)}), nil
		}
		return nil, wrong(l, "Write TIME '10:00:00'.", "'%s' is no time of day", l.Text)
	}
	if micros, err := parseTimestamp(l.Text); err == nil && dayExists(l.Text) {
		return known(micros, rows.TimestampType(min(len(fraction), 9))), nil
	}
	return nil, wrong(l, "Write TIMESTAMP '2026-01-31 10:00:00'.", "'%s' is no timestamp", l.Text)
}

// dayExists reports whether a timestamp's text has a day of the calendar: casts take the 31st for the month's last.
func dayExists(text string) bool {
	_, ok := parseDay(text)
	return ok
}
