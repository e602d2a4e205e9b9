package databases

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/schemas"
)

// fitting are the types that a contract may give a column beside the one that Contract says, as the gate converts them.
var fitting = map[schemas.Kind][]schemas.Kind{
	schemas.Int:    {schemas.Long, schemas.Float, schemas.Double, schemas.Decimal},
	schemas.Long:   {schemas.Float, schemas.Double, schemas.Decimal},
	schemas.Float:  {schemas.Double},
	schemas.Double: {schemas.Float},
	schemas.UUID:   {schemas.String},
	schemas.Enum:   {schemas.String},
	schemas.JSON:   {schemas.String, schemas.RecordOf, schemas.Map, schemas.Array}, // the gate opens its text
	schemas.Bytes:  {schemas.String},                                               // base64
	schemas.Array:  {schemas.JSON},
	schemas.String: {schemas.UUID, schemas.Enum, schemas.JSON, schemas.Decimal, schemas.Date, schemas.Time, schemas.Timestamp},
}

// fit says how the values of a column suit a field of a contract: "" for well, else what is wrong with it. wrong tells
// whether no value would suit; else only some do not.
func (c Column) fit(f contracts.Field) (what string, wrong bool) {
	have, note, carried := c.Contract()
	inside := f.From != nil && strings.Contains(f.From.Path, ".")
	want, err := schemas.ParseType(f.Type)
	switch {
	case err != nil:
		return "", false // said by the check of the contract
	case !carried:
		return "is " + note, true
	case inside && have.Kind == schemas.JSON:
		return "", false
	case inside:
		return fmt.Sprintf("is %s, inside of which from: %s cannot reach", c.Type, f.From.Path), true
	case c.Items != nil && want.Kind == schemas.Array && f.Items != nil:
		return c.Items.fit(f.Items.Field)
	}
	return c.suits(have, want, f)
}

// suits is fit for a value as a whole.
func (c Column) suits(have, want schemas.Type, f contracts.Field) (what string, wrong bool) {
	switch {
	case c.Base == "numeric" && want.Kind == schemas.Decimal:
		return c.decimal(have, want)
	case have.Kind == schemas.Long && want.Kind == schemas.Int && c.Base != "interval":
		return fmt.Sprintf("is %s, and the field is an int: greater values go to the quarantine", c.Type), false
	case have.Kind == want.Kind || slices.Contains(fitting[have.Kind], want.Kind) || c.converted(have, want, f):
		return "", false
	}
	return fmt.Sprintf("is %s, and the field is %s", c.Type, f.Type), true
}

// converted are the columns that suit a type by more than their kind: numbers that are a time by the contract's unit,
// instants as text, whole numbers of numeric without digits.
func (c Column) converted(have, want schemas.Type, f contracts.Field) bool {
	_, _, declared := c.digits()
	return counted(have.Kind) && f.From != nil && f.From.Unit != "" && (want.Kind == schemas.Timestamp || want.Kind == schemas.Time) ||
		c.Base == "timestamptz" && want.Kind == schemas.String ||
		c.Base == "numeric" && !declared && want.Kind == schemas.Long
}

func counted(k schemas.Kind) bool { return k == schemas.Int || k == schemas.Long }

// decimal compares digits. The scale must be the same, as a value's bytes do not say it where the envelope has no
// schema; digits before the point may be fewer, and then some values do not fit.
func (c Column) decimal(have, want schemas.Type) (string, bool) {
	_, scale, declared := c.digits()
	switch {
	case !declared:
		return "", false
	case scale != want.Scale:
		return fmt.Sprintf("is %s, and the field is %s: the digits after the point must be as many", c.Type, want), true
	case have.Precision > want.Precision:
		return fmt.Sprintf("is %s, and the field is %s: greater values go to the quarantine", c.Type, want), false
	}
	return "", false
}

// unlisted are the values of an enum that a field does not list.
func (c Column) unlisted(f contracts.Field) []string {
	var unknown []string
	for _, s := range c.Symbols {
		if f.Type == string(schemas.Enum) && !slices.Contains(f.Values.Symbols, s) {
			unknown = append(unknown, s)
		}
	}
	return unknown
}

// source is what a field is made from, by the name that it is sent under: the column of its name, or what from says;
// parts after a dot are inside of the column's value.
func source(f contracts.Field) string {
	if f.From == nil || f.From.Path == "" {
		return f.Name
	}
	column, _, _ := strings.Cut(f.From.Path, ".")
	return column
}
