// Package values turns columns of PostgreSQL into values of Connect, as Debezium's connector does: the type and the
// modes choose a conversion once, and the conversion appends packed bytes for each text that the server sends.
// What becomes of which type is said in Debezium's documentation of the PostgreSQL connector, "Data type mappings".
package values

import (
	"errors"

	"github.com/weftmesh/weft/internal/engine/connect/data"
)

// Modes are the settings of a connector that choose between representations.
type Modes struct {
	Decimal     string // decimal.handling.mode: precise, double, string
	Time        string // time.precision.mode: adaptive, adaptive_time_microseconds, connect, isostring, microseconds, nanoseconds
	Binary      string // binary.handling.mode: bytes, base64, base64-url-safe, hex
	HStore      string // hstore.handling.mode: json, map
	Interval    string // interval.handling.mode: numeric, string
	MoneyDigits int    // money.fraction.digits
	Unknown     bool   // include.unknown.datatypes
	Placeholder string // unavailable.value.placeholder
}

// Type is a type as pg_type has it.
type Type struct {
	OID    uint32
	Name   string
	Labels []string // of an enum, in their order
	Elem   *Type    // of an array
	Base   *Type    // of a domain
	Mod    int32    // the modifier that a domain gives its base; -1: none
}

// ErrNull says that a text has no counterpart in Connect's value and comes out as null: NaN as a precise
// decimal.
var ErrNull = errors.New("no such value")

// Conversion is how the values of a column come out.
type Conversion struct {
	Schema *data.Schema // of the value; not optional
	// Append packs a text as the server sends it. It fails with ErrNull, or if the text is not of the type.
	Append func(into, text []byte) ([]byte, error)
	// Zero stands for the null of a column that has none, as in the key-only before of a delete.
	Zero []byte
	// Unavailable stands for a TOASTed value that the WAL does not have; nil: Zero or null does.
	Unavailable []byte
}

// Of chooses the conversion of a type with a modifier (atttypmod). false: such a column is left out.
func (m Modes) Of(t *Type, mod int32) (Conversion, bool) {
	for t.Base != nil {
		if mod < 0 {
			mod = t.Mod
		}
		t = t.Base
	}
	if t.Elem != nil {
		return m.array(t.Elem, mod, t.OID == oidInt2vector || t.OID == oidOidvector)
	}
	if len(t.Labels) > 0 {
		return m.enum(t), true
	}
	for _, family := range []func(Modes, *Type, int32) (Conversion, bool){
		Modes.number, Modes.text, Modes.clock, Modes.bits, Modes.geometry, Modes.extension,
	} {
		if c, ok := family(m, t, mod); ok {
			return c, true
		}
	}
	if m.Unknown {
		return m.Encoded(), true
	}
	return Conversion{}, false
}

// named is a schema with the name of a logical type, version 1.
func named(kind data.Kind, name string) *data.Schema {
	return &data.Schema{Kind: kind, Name: name, Version: 1}
}
