package state

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/weftmesh/weft/internal/rows"
	"pgregory.net/rapid"
)

var keyTypes = map[string][]rows.Type{
	"number": {rows.BigIntType},
	"text":   {rows.StringType},
	"both":   {rows.StringType, rows.BigIntType},
	"none":   {},
}

// keyed makes a batch of keys from a number each: 0 is NULL.
func keyed(types []rows.Type, ids []int) []*rows.Column {
	b := rows.NewBuilder(types)
	for _, id := range ids {
		row := make([]any, len(types))
		for i, t := range types {
			switch {
			case id == 0:
			case t.Kind == rows.BigInt:
				row[i] = int64(id)
			default:
				row[i] = fmt.Sprint("key", id)
			}
		}
		b.Append(rows.Insert, row)
	}
	return b.Batch().Cols
}

// An index does as a map does, whatever is put in and taken out, also after it was saved and loaded.
func TestAnIndexIsAMap(t *testing.T) {
	for name, types := range keyTypes {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				x, keys, model := NewIndex(types), NewKeys(types), map[int]int32{}
				for range rapid.IntRange(1, 30).Draw(t, "steps") {
					ids := rapid.SliceOfN(rapid.IntRange(0, 60), 1, 20).Draw(t, "ids")
					if len(types) == 0 {
						clear(ids)
					}
					keys.Encode(keyed(types, ids), len(ids))
					deletes := rapid.Bool().Draw(t, "deletes")
					for i, id := range ids {
						slot, known := model[id]
						if found := x.Find(keys, i); known != (found >= 0) || known && found != slot {
							t.Fatalf("key %d: found in slot %d, want %d, %v", id, found, slot, known)
						}
						switch {
						case deletes && known:
							x.Delete(slot)
							delete(model, id)
						case !deletes:
							put, fresh := x.Put(keys, i)
							if fresh == known || known && put != slot {
								t.Fatalf("key %d: put into slot %d, fresh %v; it was in %d, %v", id, put, fresh, slot, known)
							}
							model[id] = put
						}
					}
				}
				checkIndex(t, x, types, model)
				loaded := reload(t, x, types)
				for id, slot := range model {
					model[id] = x.Ranks()[slot]
				}
				checkIndex(t, loaded, types, model)
			})
		})
	}
}

func checkIndex(t *rapid.T, x *Index, types []rows.Type, model map[int]int32) {
	if x.Len() != len(model) {
		t.Fatalf("%d keys, want %d", x.Len(), len(model))
	}
	other, keys := NewIndex(types), NewKeys(types)
	w := NewWriter(types)
	for id, slot := range model {
		keys.Encode(keyed(types, []int{id}), 1)
		if found := x.Find(keys, 0); found != slot || !x.Live(slot) {
			t.Fatalf("key %d is in slot %d, want %d", id, found, slot)
		}
		x.AppendKey(slot, w)
		w.Row()
		want := rows.Batch{Len: 1, Cols: keyed(types, []int{id})}
		if got := (&rows.Batch{Cols: w.Columns()}).Row(w.Len() - 1); fmt.Sprint(got) != fmt.Sprint(want.Row(0)) {
			t.Fatalf("key %d comes out as %v", id, got)
		}
		moved, fresh := other.PutFrom(x, slot)
		if again := other.Find(keys, 0); !fresh || again != moved {
			t.Fatalf("key %d moved to slot %d, is found in %d", id, moved, again)
		}
	}
}

func reload(t *rapid.T, x *Index, types []rows.Type) *Index {
	var saved bytes.Buffer
	s := NewSaver(&saved, "test")
	x.Save(s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	loaded, l := NewIndex(types), NewLoader(&saved, "test")
	loaded.Load(l)
	if l.Err() != nil {
		t.Fatal(l.Err())
	}
	return loaded
}

// A large index is split, and finds all it had; what is guessed ahead of a look is right or nothing.
func TestALargeIndexIsSplit(t *testing.T) {
	for name, types := range keyTypes {
		if len(types) == 0 {
			continue
		}
		x, keys := NewIndex(types), NewKeys(types)
		n := 3 * splitAt
		for from := 0; from < n; from += rows.BatchSize {
			ids := make([]int, rows.BatchSize)
			for i := range ids {
				ids[i] = from + i
			}
			keys.Encode(keyed(types, ids), len(ids))
			for i := range ids {
				if slot, fresh := x.Put(keys, i); !fresh || int(slot) != from+i {
					t.Fatalf("%s: key %d in slot %d, fresh %v", name, from+i, slot, fresh)
				}
			}
			guesses := x.Prefetch(keys, len(ids))
			for i := range ids {
				if slot := x.Find(keys, i); int(slot) != from+i || guesses != nil && guesses[i] >= 0 && guesses[i] != slot {
					t.Fatalf("%s: key %d is found in slot %d", name, from+i, slot)
				}
			}
		}
		if len(x.parts) != parts {
			t.Errorf("%s: %d keys lie in %d tables", name, n, len(x.parts))
		}
		for slot := range int32(n) {
			if slot%3 != 0 {
				x.Delete(slot)
			}
		}
		for id := range n {
			keys.Encode(keyed(types, []int{id}), 1)
			if found := x.Find(keys, 0) >= 0; found != (id%3 == 0) {
				t.Fatalf("%s: key %d: found %v", name, id, found)
			}
		}
		if x.Reset(); x.Len() != 0 || x.Find(keys, 0) >= 0 {
			t.Errorf("%s: a reset index has keys", name)
		}
	}
}
