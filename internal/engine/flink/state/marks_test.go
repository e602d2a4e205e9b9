package state

import (
	"testing"

	"pgregory.net/rapid"
)

// Marks do as a map of maps does, also once they are many.
func TestMarksAreAMap(t *testing.T) {
	type pair struct {
		group int32
		value int64
	}
	rapid.Check(t, func(t *rapid.T) {
		m, model := NewMarks(), map[pair]uint32{}
		values := rapid.SampledFrom([]int64{3, 1000, 1 << 17}).Draw(t, "values")
		for range rapid.IntRange(1, 60).Draw(t, "batches") {
			var groups []int32
			var numbers []int64
			var marks, want []uint32
			at := rapid.Int64Range(0, values).Draw(t, "from")
			for i := range rapid.Int64Range(1, 2000).Draw(t, "rows") {
				p := pair{int32(i%3) - 1, (at + i*7) % values}
				mark := uint32(i % 8)
				groups, numbers, marks = append(groups, p.group), append(numbers, p.value), append(marks, mark)
				want = append(want, mark&^model[p])
				if mark != 0 {
					model[p] |= mark
				}
			}
			m.Add(groups, numbers, marks)
			for i := range want {
				if marks[i] != want[i] {
					t.Fatalf("group %d, value %d: new are %b, want %b", groups[i], numbers[i], marks[i], want[i])
				}
			}
		}
		n := 0
		for group, of := range m.All() {
			if n++; model[pair{group, of.Value}] != of.Marks {
				t.Fatalf("group %d, value %d has %b, want %b", group, of.Value, of.Marks, model[pair{group, of.Value}])
			}
		}
		if n != len(model) || n != m.Len() {
			t.Fatalf("%d pairs, Len %d, want %d", n, m.Len(), len(model))
		}
	})
}
