package quality

import (
	"cmp"
	"math/big"
	"regexp"

	"github.com/weftmesh/weft/internal/rows"
	"github.com/weftmesh/weft/internal/schemas"
)

// ColumnChecks are a contract's schema checks over columns: of limits, patterns and formats, and that what is required
// is there. They may be used from several goroutines.
type ColumnChecks struct{ columns []columnCheck }

type columnCheck struct {
	column   int
	required bool
	ints     *bounds[int64]
	floats   *bounds[float64]
	decimals *bounds[rows.Num]
	pattern  *regexp.Regexp
	format   string
}

// bounds are limits, both of them within.
type bounds[T any] struct {
	min, max       T
	hasMin, hasMax bool
}

// Columns gives the checks over the columns of fields, as codecs.Columns has them; false where a check cannot be held
// against a column, as that of a member of a record.
func (c Checks) Columns(fields []schemas.Field) (ColumnChecks, bool) {
	var all ColumnChecks
	for i, f := range fields {
		check := columnCheck{column: i, required: f.Required}
		for _, of := range c.fields {
			if of.name != f.Name {
				continue
			}
			if len(of.members) > 0 || !check.limits(of, f.Type) {
				return all, false
			}
			check.pattern, check.format = of.pattern, of.format
		}
		if check.any() {
			all.columns = append(all.columns, check)
		}
	}
	return all, true
}

func (c *columnCheck) any() bool {
	return c.required || c.ints != nil || c.floats != nil || c.decimals != nil || c.pattern != nil || c.format != ""
}

func (c *columnCheck) limits(of check, t schemas.Type) bool {
	if of.min == nil && of.max == nil {
		return true
	}
	switch t.Kind {
	case schemas.Int, schemas.Long:
		c.ints = &bounds[int64]{hasMin: of.min != nil, hasMax: of.max != nil}
		return whole(of.min, true, &c.ints.min) && whole(of.max, false, &c.ints.max)
	case schemas.Decimal:
		c.decimals = &bounds[rows.Num]{hasMin: of.min != nil, hasMax: of.max != nil}
		return scaled(of.min, t.Scale, true, &c.decimals.min) && scaled(of.max, t.Scale, false, &c.decimals.max)
	case schemas.Double, schemas.Float:
		c.floats = &bounds[float64]{hasMin: of.min != nil, hasMax: of.max != nil}
		return exact(of.min, &c.floats.min) && exact(of.max, &c.floats.max)
	}
	return false
}

// rounded gives a limit as a whole number: the least that is within for a minimum, the greatest for a maximum.
func rounded(limit *big.Rat, up bool) *big.Int {
	quotient, rest := new(big.Int).QuoRem(limit.Num(), limit.Denom(), new(big.Int))
	if rest.Sign() > 0 && up {
		quotient.Add(quotient, big.NewInt(1))
	}
	if rest.Sign() < 0 && !up {
		quotient.Sub(quotient, big.NewInt(1))
	}
	return quotient
}

func whole(limit *big.Rat, up bool, into *int64) bool {
	if limit == nil {
		return true
	}
	n := rounded(limit, up)
	*into = n.Int64()
	return n.IsInt64()
}

func scaled(limit *big.Rat, scale int, up bool, into *rows.Num) bool {
	if limit == nil {
		return true
	}
	power := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil))
	n, ok := rows.FromBig(rounded(power.Mul(power, limit), up))
	*into = n
	return ok
}

func exact(limit *big.Rat, into *float64) bool {
	if limit == nil {
		return true
	}
	f, ok := limit.Float64()
	*into = f
	return ok
}

// Pass reports whether row i passes all checks.
func (c ColumnChecks) Pass(cols []*rows.Column, i int) bool {
	for k := range c.columns {
		check := &c.columns[k]
		col := cols[check.column]
		if col.Null(i) {
			if check.required {
				return false
			}
			continue
		}
		if !check.pass(col, i) {
			return false
		}
	}
	return true
}

func within[T cmp.Ordered](b *bounds[T], v T) bool {
	return (!b.hasMin || v >= b.min) && (!b.hasMax || v <= b.max)
}

func (c *columnCheck) pass(col *rows.Column, i int) bool {
	switch {
	case c.ints != nil:
		return within(c.ints, col.Ints[i])
	case c.floats != nil:
		return within(c.floats, col.Floats[i])
	case c.decimals != nil:
		b, v := c.decimals, col.Decimals[i]
		return (!b.hasMin || v.Cmp(b.min) >= 0) && (!b.hasMax || v.Cmp(b.max) <= 0)
	case c.pattern != nil && !c.pattern.MatchString(col.Strings[i]):
		return false
	}
	return c.format == "" || formatted(c.format, col.Strings[i])
}
