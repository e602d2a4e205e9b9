package rows_test

import (
	"math"
	"reflect"
	"testing"

	"github.com/weftmesh/weft/internal/rows"
)

func TestValuesComeBackFromTheirBytes(t *testing.T) {
	for _, v := range []any{
		nil, true, false, int64(-5), int64(math.MaxInt64), 1.5, math.Inf(-1),
		rows.Num{Hi: -1, Lo: 7},
		"", "é",
		[]any{},
		[]any{nil, "a", []any{int64(1)}},
		rows.Entries{{Key: "a", Value: nil}, {Key: "b", Value: 2.0}},
	} {
		data := rows.AppendValue([]byte("before"), v)
		back, rest, err := rows.ReadValue(append(data, "after"...)[len("before"):])
		if err != nil || string(rest) != "after" || !reflect.DeepEqual(v, back) {
			t.Errorf("%#v comes back as %#v, rest %q, %v", v, back, rest, err)
		}
	}
}

func FuzzReadValue(f *testing.F) {
	f.Add(rows.AppendValue(nil, []any{nil, "a", rows.Entries{{Key: int64(1), Value: true}}}))
	f.Fuzz(func(t *testing.T, data []byte) {
		v, rest, err := rows.ReadValue(data)
		if err == nil && len(rest) > len(data) {
			t.Errorf("%#v leaves more than there was", v)
		}
	})
}
