package state

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/weftmesh/weft/internal/rows"
	"pgregory.net/rapid"
)

var someTypes = []rows.Type{
	rows.BigIntType, rows.StringType, rows.BooleanType, rows.DoubleType, rows.DecimalType(38, 2),
	{Kind: rows.Array, Elem: &rows.BigIntType},
	{Kind: rows.Map, Key: &rows.StringType, Elem: &rows.DoubleType},
}

func drawRow(t *rapid.T) []any {
	row := []any{
		rapid.Int64().Draw(t, "int"), strings.Repeat(rapid.String().Draw(t, "text"), rapid.SampledFrom([]int{1, 20, 3000}).Draw(t, "times")), rapid.Bool().Draw(t, "bool"), rapid.Float64().Draw(t, "float"),
		rows.Num{Hi: rapid.Int64().Draw(t, "hi"), Lo: rapid.Uint64().Draw(t, "lo")},
		[]any{rapid.Int64().Draw(t, "member"), nil, "x", true, []any{}},
		rows.Entries{{Key: rapid.String().Draw(t, "key"), Value: 1.5}, {Key: "n", Value: nil}},
	}
	for i := range row {
		if rapid.IntRange(0, 4).Draw(t, "null") == 0 {
			row[i] = nil
		}
	}
	return row
}

// A row comes back as it was, whichever columns are written first; rows with the same key begin with the same bytes.
func TestRowsComeBackAsTheyWere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		row := drawRow(t)
		key := rapid.Permutation([]int{0, 1, 2, 3, 4, 5, 6}).Draw(t, "order")[:3]
		b := rows.NewBuilder(someTypes)
		b.Append(rows.Insert, row)
		other := drawRow(t)
		for _, k := range key {
			other[k] = row[k]
		}
		b.Append(rows.Insert, other)
		batch := b.Batch()
		c := NewKeyedCodec(someTypes, key)
		first, second := c.Append(nil, batch.Cols, 0), c.Append(nil, batch.Cols, 1)
		if n := c.Size(batch.Cols, 0); n != len(first) {
			t.Fatalf("%v takes %d bytes, not %d", row, len(first), n)
		}
		if !bytes.Equal(c.Prefix(first, 3), c.Prefix(second, 3)) || !bytes.HasPrefix(second, c.Prefix(first, 3)) {
			t.Fatalf("%v and %v have the same columns %v, but other bytes", row, other, key)
		}
		w := NewWriter(someTypes)
		for _, bytes := range [][]byte{first, second} {
			w.AppendRow(&c, bytes)
			w.Row()
		}
		got := &rows.Batch{Len: 2, Cols: w.Take()}
		if !reflect.DeepEqual(got.Row(0), row) || !reflect.DeepEqual(got.Row(1), other) {
			t.Fatalf("%v came back as %v, %v as %v", row, got.Row(0), other, got.Row(1))
		}
	})
}

// Ordered bytes compare as the values do.
func TestOrderedBytesCompareAsValuesDo(t *testing.T) {
	ordered := [][]any{
		{int64(math.MinInt64), int64(-1), int64(0), int64(7), int64(math.MaxInt64)},
		{"", "\x00", "\x00\x00", "\x00a", "a", "a\x00", "a\x01", "ab", "b", "ä", "😀"},
		{false, true},
		{math.Inf(-1), -2.5, 0.0, 1e-300, 3.0, math.Inf(1), math.NaN()},
		{rows.Num{Hi: -1, Lo: 5}, rows.Num{}, rows.Num{Lo: math.MaxUint64}, rows.Num{Hi: 1}},
	}
	for i, values := range ordered {
		c := &rows.Column{Type: someTypes[i]}
		for _, v := range append(values, nil) {
			c.Append(v)
		}
		null := len(values)
		for a := range values {
			for b := range values {
				up := bytes.Compare(AppendOrdered(nil, c, a, false, false), AppendOrdered(nil, c, b, false, false))
				down := bytes.Compare(AppendOrdered(nil, c, a, true, false), AppendOrdered(nil, c, b, true, false))
				if up != cmp.Compare(a, b) || down != cmp.Compare(b, a) {
					t.Errorf("%s: %v and %v compare as %d, descending %d", someTypes[i], values[a], values[b], up, down)
				}
			}
			for _, descending := range []bool{false, true} {
				first, last := AppendOrdered(nil, c, null, descending, false), AppendOrdered(nil, c, null, descending, true)
				if v := AppendOrdered(nil, c, a, descending, false); bytes.Compare(first, v) >= 0 || bytes.Compare(last, v) <= 0 {
					t.Errorf("%s: NULL is not before and behind %v", someTypes[i], values[a])
				}
			}
		}
	}
}

// Blocks that are handed out do not overlap, and lists in them do as slices do.
func TestListsInASlabAreSlices(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s Slab
		lists, models := make([]List, 3), make([][]Ref, 3)
		for range rapid.IntRange(1, 80).Draw(t, "steps") {
			at := rapid.IntRange(0, 2).Draw(t, "list")
			list, model := &lists[at], models[at]
			if n := len(model); n > 0 && rapid.IntRange(0, 2).Draw(t, "remove") == 0 {
				place := rapid.IntRange(0, n-1).Draw(t, "place")
				s.Free(model[place])
				list.Remove(&s, place)
				models[at] = slices.Delete(model, place, place+1)
				continue
			}
			size := rapid.SampledFrom([]int{1, 16, 17, 500, 513, 5000, 40000}).Draw(t, "size")
			ref := s.Alloc(size)
			block := s.Bytes(ref)
			if len(block) < size {
				t.Fatalf("a block of %d bytes has %d", size, len(block))
			}
			for i := range block {
				block[i] = byte(ref>>4) ^ byte(ref>>offsetBits)
			}
			place := rapid.IntRange(0, len(model)).Draw(t, "place")
			list.Insert(&s, place, ref)
			models[at] = slices.Insert(model, place, ref)
		}
		for i := range lists {
			if !slices.Equal(lists[i].All(&s), models[i]) {
				t.Fatalf("a list has %v, want %v", lists[i].All(&s), models[i])
			}
			for _, ref := range models[i] {
				for _, b := range s.Bytes(ref) {
					if b != byte(ref>>4)^byte(ref>>offsetBits) {
						t.Fatal("a block was written by another")
					}
				}
			}
			for _, ref := range models[i] {
				s.Free(ref)
			}
			lists[i].Clear(&s)
		}
		if s.Used() != 0 {
			t.Fatalf("%d bytes are in use though all were freed", s.Used())
		}
	})
}

// Timers go off by time, then in the order in which they were set.
func TestTimersGoOffInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var timers Timers
		var want []int32
		times := rapid.SliceOfN(rapid.Int64Range(0, 9), 0, 50).Draw(t, "times")
		for slot, at := range times {
			timers.Add(at, int32(slot))
			want = append(want, int32(slot))
		}
		slices.SortStableFunc(want, func(a, b int32) int { return cmp.Compare(times[a], times[b]) })
		var got []int32
		for now := range int64(10) {
			for at, slot, due := timers.Pop(now); due; at, slot, due = timers.Pop(now) {
				if at != now {
					t.Fatalf("a timer of %d went off at %d", at, now)
				}
				got = append(got, slot)
			}
		}
		if !slices.Equal(want, got) {
			t.Fatalf("went off as %v, want %v", got, want)
		}
	})
}

// A snapshot that is cut off, of another operator or another version says so.
func TestABadSnapshotIsRefused(t *testing.T) {
	var saved bytes.Buffer
	s := NewSaver(&saved, "Join")
	s.Int(7)
	s.Bytes([]byte("bytes"))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	whole := saved.Bytes()
	for n := range whole {
		l := NewLoader(bytes.NewReader(whole[:n]), "Join")
		l.Int()
		l.Bytes()
		if !errors.Is(l.Err(), io.ErrUnexpectedEOF) {
			t.Errorf("cut off after %d bytes: %v", n, l.Err())
		}
	}
	for _, c := range []struct {
		data []byte
		want string
	}{
		{whole, `of an operator "Join", not "Rank"`},
		{append([]byte{whole[0], 99}, whole[2:]...), "has version [99]"},
	} {
		if err := NewLoader(bytes.NewReader(c.data), "Rank").Err(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
}
