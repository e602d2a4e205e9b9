package values_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weftmesh/weft/internal/engine/connect/data"
	"github.com/weftmesh/weft/internal/engine/connect/postgres/values"
)

var modes = values.Modes{
	Decimal: "precise", Time: "adaptive", Binary: "bytes", HStore: "json", Interval: "numeric", MoneyDigits: 2, Placeholder: "?",
}

// conversions are texts of types, and what becomes of them; what the recordings of the real connector have is tested there.
var conversions = []struct {
	oid  uint32
	mod  int32
	text string
	want any
}{
	{1700, 10<<16 + 2 + 4, "12.30", []byte{4, 206}},
	{1700, 10<<16 + 2 + 4, "-0.01", []byte{255}},
	{1700, 10<<16 + 2 + 4, "1.28", []byte{0, 128}},
	{1700, 10<<16 + 2 + 4, "-1.28", []byte{128}},
	{1700, 40<<16 + 2 + 4, "92233720368547758.08", []byte{0, 128, 0, 0, 0, 0, 0, 0, 0}},
	{1700, 40<<16 + 2 + 4, "-92233720368547758.08", []byte{128, 0, 0, 0, 0, 0, 0, 0}},
	{1700, 40<<16 + 2 + 4, "-92233720368547758.09", []byte{255, 127, 255, 255, 255, 255, 255, 255, 255}},
	{1700, 10<<16 + 1 + 4, "0.25", []byte{3}},
	{790, -1, "-$1,234.50", []byte{254, 29, 198}},
	{20, -1, "-9223372036854775808", int64(-1 << 63)},
	{1082, -1, "1970-01-01", int64(0)},
	{1082, -1, "2000-02-29", int64(11016)},
	{1082, -1, "0001-12-31 BC", int64(-719163)},
	{1082, -1, "5874897-12-31", int64(2145042905)},
	{1184, -1, "0044-03-15 12:00:00+00 BC", "-0043-03-15T12:00:00.000000Z"},
	{1184, 3, "2024-02-29 23:30:00.5-01:30", "2024-03-01T01:00:00.500Z"},
	{1184, 0, "2024-02-29 12:00:00+00", "2024-02-29T12:00:00Z"},
	{1266, -1, "00:30:00+02", "22:30:00Z"},
	{1186, -1, "-1 days +02:03:04.5", int64(-79015500000)},
	{1560, 9, "100000001", []byte{1, 1}},
	{17, -1, `\x00ff`, []byte{0, 255}},
}

func TestTextsBecomeValues(t *testing.T) {
	for _, c := range conversions {
		t.Run(fmt.Sprintf("%d %s", c.oid, c.text), func(t *testing.T) {
			conversion, ok := modes.Of(&values.Type{OID: c.oid, Mod: -1}, c.mod)
			if !ok {
				t.Fatal("the type is not known")
			}
			packed, err := conversion.Append(nil, []byte(c.text))
			if err != nil {
				t.Fatal(err)
			}
			got, err := data.Native(conversion.Schema, packed)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// FuzzConvert feeds texts that may be of no type: a conversion refuses them, or gives bytes that are a value of its schema.
func FuzzConvert(f *testing.F) {
	for _, c := range conversions {
		f.Add(c.oid, c.mod, c.text)
	}
	for _, oid := range []uint32{600, 601, 602, 603, 604, 718, 628, 114, 2950, 3614, 700, 701, 16, 1562, 1083, 1114} {
		f.Add(oid, int32(-1), "(1,2),{3}")
	}
	f.Fuzz(func(t *testing.T, oid uint32, mod int32, text string) {
		array := &values.Type{Elem: &values.Type{OID: oid, Mod: -1}, Mod: -1}
		for _, of := range []*values.Type{{OID: oid, Mod: -1}, array, {Name: "hstore", Mod: -1}} {
			conversion, ok := modes.Of(of, mod)
			if !ok {
				continue
			}
			packed, err := conversion.Append(nil, []byte(text))
			if err != nil {
				continue
			}
			if _, err := data.Native(conversion.Schema, packed); err != nil {
				t.Errorf("%q as %d: %v", text, of.OID, err)
			}
		}
	})
}
