package data_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weftmesh/weft/internal/engine/connect/data"
)

var everything = &data.Schema{Kind: data.Struct, Fields: []data.Field{
	{Name: "i", Schema: &data.Schema{Kind: data.Int16, Optional: true}},
	{Name: "l", Schema: &data.Schema{Kind: data.Int64}},
	{Name: "f", Schema: &data.Schema{Kind: data.Float32}},
	{Name: "d", Schema: &data.Schema{Kind: data.Float64}},
	{Name: "b", Schema: &data.Schema{Kind: data.Boolean}},
	{Name: "s", Schema: &data.Schema{Kind: data.String, Optional: true}},
	{Name: "y", Schema: &data.Schema{Kind: data.Bytes}},
	{Name: "a", Schema: &data.Schema{Kind: data.Array, Elem: &data.Schema{Kind: data.Int32, Optional: true}}},
	{Name: "m", Schema: &data.Schema{Kind: data.Map, Key: &data.Schema{Kind: data.String}, Elem: &data.Schema{Kind: data.String, Optional: true}}},
}}

var sample = []data.Entry{
	{Name: "i", Value: nil},
	{Name: "l", Value: int64(-1 << 63)},
	{Name: "f", Value: float32(1.5)},
	{Name: "d", Value: -2.25},
	{Name: "b", Value: true},
	{Name: "s", Value: "é"},
	{Name: "y", Value: []byte{0, 255}},
	{Name: "a", Value: []any{int64(1), nil, int64(-300)}},
	{Name: "m", Value: []data.Entry{{Name: "k", Value: "v"}, {Name: "n", Value: nil}}},
}

func TestAValueComesOutOfItsBytesAsItWentIn(t *testing.T) {
	packed, err := data.AppendNative(nil, everything, sample)
	if err != nil {
		t.Fatal(err)
	}
	back, err := data.Native(everything, packed)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(any(sample), back); diff != "" {
		t.Error(diff)
	}
	text, err := everything.Field(packed, "s")
	if err != nil || string(text) != "\x04é" {
		t.Errorf("field s is %q, %v", text, err)
	}
}

func TestBytesThatWereCutAreNoValue(t *testing.T) {
	packed, err := data.AppendNative(nil, everything, sample)
	if err != nil {
		t.Fatal(err)
	}
	for n := range packed {
		if _, err := data.Native(everything, packed[:n]); !errors.Is(err, data.ErrMalformed) {
			t.Errorf("%d of %d bytes: %v", n, len(packed), err)
		}
	}
}
