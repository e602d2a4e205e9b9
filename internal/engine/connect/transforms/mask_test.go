package transforms_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weftmesh/weft/internal/engine/connect/data"
	"github.com/weftmesh/weft/internal/engine/connect/transforms"
)

func TestFieldsAreMasked(t *testing.T) {
	schema := &data.Schema{Kind: data.Struct, Fields: []data.Field{
		{Name: "id", Schema: &data.Schema{Kind: data.Int64}},
		{Name: "name", Schema: &data.Schema{Kind: data.String, Optional: true}},
		{Name: "born", Schema: &data.Schema{Kind: data.Int32}},
		{Name: "tags", Schema: &data.Schema{Kind: data.Array, Elem: &data.Schema{Kind: data.String}}},
		{Name: "note", Schema: &data.Schema{Kind: data.String, Optional: true}},
		{Name: "raw", Schema: &data.Schema{Kind: data.Bytes}},
	}}
	value, err := data.AppendNative(nil, schema, []data.Entry{{Name: "id", Value: int64(1)}, {Name: "name", Value: "ann"}, {Name: "born", Value: int64(9000)}, {Name: "tags", Value: []any{"a", "b"}}, {Name: "note", Value: nil}, {Name: "raw", Value: []byte{1}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		fields, replacement string
		want                map[string]any
		err                 string
	}{
		{fields: "name,born,tags,note", want: map[string]any{"name": "", "born": int64(0), "tags": []any{}}},
		{fields: "name", replacement: "***", want: map[string]any{"name": "***"}},
		{fields: "name,born", replacement: "7", want: map[string]any{"name": "7", "born": int64(7)}},
		{fields: "born", replacement: "***", err: "field born cannot be masked: the replacement is no int32"},
		{fields: "raw", err: "field raw cannot be masked"},
		{fields: "tags", replacement: "x", err: "cannot stand for a array"},
	} {
		config := map[string]string{"transforms": "m", "transforms.m.type": "org.apache.kafka.connect.transforms.MaskField$Value", "transforms.m.fields": c.fields}
		if c.replacement != "" {
			config["transforms.m.replacement"] = c.replacement
		}
		chain, problems := transforms.Compile(config)
		if chain == nil {
			t.Fatal(problems)
		}
		r, _, err := chain.Apply(data.Record{Topic: "t", ValueSchema: schema, Value: value})
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s: %v, want %s", c.fields, err, c.err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		got, err := data.Native(r.ValueSchema, r.Value)
		if err != nil {
			t.Fatal(err)
		}
		before, _ := data.Native(schema, value)
		want := before.([]data.Entry)
		for i := range want {
			if v, is := c.want[want[i].Name]; is {
				want[i].Value = v
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", c.fields, diff)
		}
	}
}
