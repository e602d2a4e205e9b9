package gate

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/twmb/avro"
	"pgregory.net/rapid"

	"github.com/weftmesh/weft/internal/codecs"
	"github.com/weftmesh/weft/internal/contracts/contractstest"
)

// laneMesh has a field of every kind that a lane has, limits and personal data.
const laneMesh = `-- domains/shop/domain.yaml --
domain: shop
owner: shop@example.com
members: [shop@example.com]
-- domains/ads/domain.yaml --
domain: ads
owner: ads@example.com
members: [ads@example.com]
-- domains/ads/subscriptions/things.yaml --
product: shop/things/v1
purpose: Ads.
-- domains/shop/things/data-contract.yaml --
domain: shop
product: things
version: "1.0"
owner: shop@example.com
kind: state
entity: thing
key: %s
%s
schema:
  type: %s
  fields:
    - {name: id, type: string, required: true, pii: true, mask: hash%s}
    - {name: n, type: long, required: true, min: -5}
    - {name: s, type: string, pattern: '^[^!]*$'}
    - {name: i, type: int, max: 1000}
    - {name: f, type: float}
    - {name: d, type: double, min: 0.5, pii: true, mask: "null"}
    - {name: b, type: boolean, default: true}
    - {name: x, type: bytes}
    - {name: m, type: "decimal(9,3)", max: 99999.999}
    - {name: day, type: date}
    - {name: clock, type: time}
    - {name: at, type: timestamp%s}
    - {name: fine, type: timestamp(6)}
    - {name: u, type: uuid, pii: true, mask: redact}
    - {name: e, type: enum, values: [a, b], default: a}
quality:
  - {name: not-seven, check: "n <> 7 AND (i IS NULL OR i <> 7)", action: quarantine}
  - {name: counted, check: "CHAR_LENGTH(s) < 4"}
`

// pipelines are two of the same gate: with its lane and without.
func pipelines(t testing.TB, key, source, format, idFrom, atFrom string) (with, without *pipeline) {
	t.Helper()
	set := load(t, contractstest.Unpack(fmt.Sprintf(laneMesh, key, source, format, idFrom, atFrom)))
	registry := newMemory("")
	var made []*pipeline
	for range 2 {
		p, err := newPipeline(context.Background(), Specs(set)[0], registry, []byte("secret"), func() time.Time { return time.Unix(0, 0) })
		if err != nil {
			t.Fatal(err)
		}
		made = append(made, p)
	}
	if made[0].lane == nil {
		t.Fatal("there is no lane")
	}
	made[1].lane = nil
	return made[0], made[1]
}

// members are JSON values for each field, some of which fit.
var members = map[string][]string{
	"id": {`"a"`, `"é"`, `""`, `"a\u0000"`, `"\ud83d\ude00"`, `"\ud83d"`, `7`, `null`, `"\u2028\"\\/"`, "\"\x01\""}, "n": {`1`, `-5`, `-6`, `7`, `1e3`, `1.0`, `"1"`, `9223372036854775807`, `9223372036854775808`, `01`, `-0`},
	"s": {`"abc"`, `"abcd"`, `"a!"`, `null`, `"<&>\n"`}, "i": {`1`, `7`, `1001`, `2147483648`, `null`, `1.5`}, "f": {`1`, `0.1`, `1e39`, `1e-60`, `16777217`, `"NaN"`, `3.4028236e38`},
	"d": {`0.5`, `0.49`, `1e308`, `1e309`, `1E5`, `-0.0`, `0.1`}, "b": {`true`, `false`, `"true"`, `tru`, `null`}, "x": {`"AQI="`, `"AQI"`, `""`},
	"m": {`1`, `99999.999`, `100000`, `1.2345`, `"1.5"`, `-0.001`, `1e2`, `1.`, `.5`, `123456789012345678901`}, "day": {`"2026-02-28"`, `"2026-02-29"`, `"0000-01-01"`, `"2026-2-1"`, `20000`},
	"clock": {`"08:00:00"`, `"08:00:00.5"`, `"24:00:00"`, `"08:00"`, `"08:00:00.1234"`}, "at": {`"2026-11-25T06:00:00Z"`, `"2026-11-25T06:00:00.123456Z"`, `"2026-11-25T08:00:00+02:00"`, `"2026-11-25 06:00:00Z"`, `"2026-11-25T06:00:00.Z"`, `1795586400`, `"1969-12-31T23:59:59.999Z"`, `"2026-11-25T06:00:60Z"`, `"2026-11-25t06:00:00z"`, `1.5`, `99999999999999`},
	"fine": {`"2026-11-25T06:00:00.123456789Z"`, `"9999-12-31T23:59:59.999999Z"`}, "u": {`"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"`, `"A0EEBC99-9c0b-4ef8-bb6d-6bb9bd380a11"`, `"a0eebc999c0b4ef8bb6d6bb9bd380a11"`}, "e": {`"a"`, `"b"`, `"c"`, `null`},
	"other": {`1`, `{"deep":[1,{"a":null}]}`, `"x`},
}

var names = []string{"id", "n", "s", "i", "f", "d", "b", "x", "m", "day", "clock", "at", "fine", "u", "e", "other"}

// object draws an object whose members mostly fit.
func object(t *rapid.T, rename map[string]string) string {
	var parts []string
	for _, name := range names {
		choices := members[name]
		at := 0
		if rapid.IntRange(0, 9).Draw(t, "odd") == 0 {
			at = rapid.IntRange(0, len(choices)-1).Draw(t, name)
		}
		absent := rapid.IntRange(0, 9).Draw(t, "absent") == 0 || name == "other" && rapid.IntRange(0, 9).Draw(t, "more") > 0
		if absent {
			continue
		}
		if other, ok := rename[name]; ok {
			name = other
		}
		parts = append(parts, fmt.Sprintf("%q: %s", name, choices[at]))
	}
	text := "{" + strings.Join(parts, ", ") + "}"
	switch rapid.IntRange(0, 30).Draw(t, "cut") {
	case 0:
		text = text[:rapid.IntRange(0, len(text)).Draw(t, "end")]
	case 1:
		text += rapid.SampledFrom([]string{" ", "\n", "x", "{}", "\x00", "\xff"}).Draw(t, "tail")
	}
	return text
}

// A lane gives what the reader gives, record for record, whatever comes.
func TestTheLaneIsTheReaderButFaster(t *testing.T) {
	for _, c := range []struct {
		name, key, source, id, at string
		rename                    map[string]string
	}{
		{"own", "id", "ingest: gated", "", "", nil},
		{"own, mapped", "id", "ingest: gated", ", from: who", ", from: {path: ts, unit: s}", map[string]string{"id": "who", "at": "ts"}},
		{"key of two", "[id, n]", "ingest: gated", "", "", nil},
		{"source", "id", "source: {topic: {name: raw, format: json}}", ", from: who", ", from: {path: ts, unit: s}", map[string]string{"id": "who", "at": "ts"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			with, without := pipelines(t, c.key, c.source, "json", c.id, c.at)
			taken := 0
			rapid.Check(t, func(t *rapid.T) {
				var batch []Record
				for i := range rapid.IntRange(1, 5).Draw(t, "n") {
					batch = append(batch, Record{Topic: with.spec.Input, Offset: int64(i), Key: []byte("a"), Value: []byte(object(t, c.rename))})
				}
				taken += same(t, with, without, batch)
			})
			if taken == 0 {
				t.Error("the lane takes nothing")
			}
		})
	}
}

func TestTheLaneOfAvroIsTheReaderButFaster(t *testing.T) {
	with, without := pipelines(t, "[id, n]", "ingest: gated", "avro", "", "")
	schema := avro.MustParse(with.spec.Topic.ValueText)
	fields := with.spec.Topic.Value.Fields
	taken := 0
	rapid.Check(t, func(t *rapid.T) {
		var batch []Record
		for i := range rapid.IntRange(1, 5).Draw(t, "n") {
			value := []byte(object(t, nil))
			if parsed, err := codecs.ParseObject(value); err == nil {
				delete(parsed, "other")
				if row, faults := codecs.FromJSON(fields, parsed); len(faults) == 0 {
					if value, err = codecs.EncodeAvro(schema, with.product.value.id, row); err != nil {
						t.Fatal(err)
					}
				}
			}
			if len(value) > 5 && rapid.IntRange(0, 5).Draw(t, "broken") == 0 {
				value = bytes.Clone(value)
				value[rapid.IntRange(5, len(value)-1).Draw(t, "at")] = rapid.Byte().Draw(t, "byte")
			}
			batch = append(batch, Record{Topic: with.spec.Input, Offset: int64(i), Value: value})
		}
		taken += same(t, with, without, batch)
	})
	if taken == 0 {
		t.Error("the lane takes nothing")
	}
}

// same holds what two pipelines make of a batch against each other, and says how many rows came by the lane.
func same(t *rapid.T, with, without *pipeline, batch []Record) int {
	got, err := with.process(context.Background(), batch)
	want, err2 := without.process(context.Background(), batch)
	if err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	registry := with.reader.registry.(*memory)
	if a, b := listed(t, registry, got), listed(t, registry, want); a != b || fmt.Sprint(got.stop, got.truncate, got.absent) != fmt.Sprint(want.stop, want.truncate, want.absent) {
		t.Fatalf("of %s\nthe lane gives\n%s\nthe reader\n%s", batch[0].Value, a, b)
	}
	taken := 0
	for _, v := range with.verdicts {
		if v.lane {
			taken++
		}
	}
	return taken
}

func listed(t *rapid.T, registry *memory, out output) string {
	var b strings.Builder
	for _, r := range out.records {
		fmt.Fprintf(&b, "%s %s %q = %q %q\n", r.Topic, r.Time, registry.show(r.Key), registry.show(r.Value), r.Headers) // Avro has several forms of a number
	}
	counts, err := json.Marshal(out.count)
	if err != nil {
		t.Fatal(err)
	}
	return b.String() + string(counts)
}

// What Debezium wrote, and what is left of it when a byte is another, is the same by the lane and by the reader.
func TestTheLaneOfEnvelopesIsTheReaderButFaster(t *testing.T) {
	for _, name := range []string{"debezium-orders-avro", "debezium-composite-avro"} {
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile("testdata/situations/" + name + ".txt")
			if err != nil {
				t.Fatal(err)
			}
			parts := contractstest.Unpack(string(text))
			registry := newMemory(parts["schemas"])
			var made []*pipeline
			for range 2 {
				p, err := newPipeline(context.Background(), Specs(load(t, parts))[0], registry, []byte("secret"), func() time.Time { return time.Unix(0, 0) })
				if err != nil {
					t.Fatal(err)
				}
				made = append(made, p)
			}
			with, without := made[0], made[1]
			without.lane = nil
			recorded := rawRecords(t, with.spec.Input, parts["in"])
			taken := 0
			rapid.Check(t, func(t *rapid.T) {
				var batch []Record
				for range rapid.IntRange(1, 8).Draw(t, "n") {
					r := rapid.SampledFrom(recorded).Draw(t, "record")
					if len(r.Value) > 5 && rapid.IntRange(0, 2).Draw(t, "broken") == 0 {
						r.Value = bytes.Clone(r.Value)
						r.Value[rapid.IntRange(5, len(r.Value)-1).Draw(t, "at")] = rapid.Byte().Draw(t, "byte")
					}
					batch = append(batch, r)
				}
				taken += same(t, with, without, batch)
			})
			if taken == 0 {
				t.Error("the lane takes nothing")
			}
		})
	}
}
