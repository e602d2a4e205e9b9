package expr_test

import (
	"reflect"
	"testing"

	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/rows"
	"pgregory.net/rapid"
)

// stepKinds are arguments of each layout, with values that meet now and then.
var stepKinds = []struct {
	of    rows.Type
	value func(n int) any
}{
	{rows.BigIntType, func(n int) any { return int64(n - 2) }},
	{rows.DoubleType, func(n int) any { return float64(n) / 4 }},
	{rows.DecimalType(10, 2), func(n int) any { return rows.NumOf(int64(n * 25)) }},
	{rows.StringType, func(n int) any { return "abcdef"[:n%5] }},
	{rows.BooleanType, func(n int) any { return n%2 == 0 }},
}

// drawSteps draws rows for five slots, some without one, some left out, some that end their groups.
func drawSteps(t *rapid.T, of rows.Type, value func(int) any, retract bool) *expr.Steps {
	s := &expr.Steps{Args: []*rows.Column{{Type: of}}}
	for range rapid.IntRange(1, 40).Draw(t, "rows") {
		slot := rapid.Int32Range(-1, 4).Draw(t, "slot")
		s.Slots = append(s.Slots, slot)
		s.Skip = append(s.Skip, slot < 0 || rapid.IntRange(0, 4).Draw(t, "skip") == 0)
		change := rows.Insert
		if retract && rapid.Bool().Draw(t, "back") {
			change = rows.Delete
		}
		s.Changes = append(s.Changes, change)
		s.Ends = append(s.Ends, rapid.IntRange(0, 6).Draw(t, "ends") == 0)
		if n := rapid.IntRange(0, 6).Draw(t, "value"); n > 0 {
			s.Args[0].Append(value(n))
		} else {
			s.Args[0].Append(nil)
		}
	}
	if !retract {
		s.Changes = nil
	}
	if rapid.Bool().Draw(t, "lasting") {
		s.Ends = nil
	}
	return s
}

// Rows stepped all at once have the results that they have one by one.
func TestSteppingIsAddingRowByRow(t *testing.T) {
	for _, name := range []string{"COUNT", "SUM", "AVG", "SUM0", "MIN", "MAX", "FIRST_VALUE", "LAST_VALUE"} {
		f, _ := expr.LookupAggregate(name)
		for _, kind := range stepKinds {
			result, _, err := f.Infer([]rows.Type{kind.of})
			if err != nil {
				continue
			}
			for _, retract := range []bool{false, true} {
				rapid.Check(t, func(t *rapid.T) {
					one, all := f.New([]rows.Type{kind.of}, result, retract), f.New([]rows.Type{kind.of}, result, retract)
					stepper, ok := all.(expr.Stepper)
					if !ok && !retract {
						t.Fatalf("%s of %s does not step", name, kind.of)
					} else if !ok {
						return
					}
					one.Grow(5)
					all.Grow(5)
					for range 2 {
						s := drawSteps(t, kind.of, kind.value, retract)
						before, after := rows.NewColumn(result, len(s.Slots)), rows.NewColumn(result, len(s.Slots))
						stepper.Step(s, before, after)
						comparePlaces(t, one, s, result, before, after)
					}
				})
			}
		}
	}
}

func comparePlaces(t *rapid.T, one expr.Accumulator, s *expr.Steps, result rows.Type, before, after *rows.Column) {
	value := func(slot int32) any {
		c := &rows.Column{Type: result}
		if err := one.Values([]int32{slot}, c); err != nil {
			t.Fatal(err)
		}
		return c.Value(0)
	}
	for i, slot := range s.Slots {
		if slot < 0 {
			continue
		}
		if want := value(slot); !reflect.DeepEqual(before.Value(i), want) {
			t.Fatalf("before row %d: %v, want %v", i, before.Value(i), want)
		}
		var changes []rows.Change
		if s.Changes != nil {
			changes = s.Changes[i : i+1]
		}
		if err := one.Add([]int32{slot}, []*rows.Column{s.Args[0].Slice(i, i+1)}, changes, s.Skip[i:i+1]); err != nil {
			t.Fatal(err)
		}
		if want := value(slot); !reflect.DeepEqual(after.Value(i), want) {
			t.Fatalf("after row %d: %v, want %v", i, after.Value(i), want)
		}
		if s.Ends != nil && s.Ends[i] {
			one.Clear(slot)
		}
	}
}
