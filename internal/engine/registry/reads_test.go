package registry_test

import (
	"fmt"
	"strings"
	"testing"
)

// shape is a small model of an Avro schema, from which both the schema and who reads it follow.
type shape struct {
	kind     string // a primitive, array, map, union, enum, fixed or record
	name     string // of enum, fixed and record
	items    *shape // of array and map; of a record's only field
	branches []shape
	symbols  string // of an enum, as in ab
	fallback bool   // an enum's default, or that a record's field has one
	size     int
}

func (s shape) schema() string {
	switch s.kind {
	case "array":
		return fmt.Sprintf(`{"type":"array","items":%s}`, s.items.schema())
	case "map":
		return fmt.Sprintf(`{"type":"map","values":%s}`, s.items.schema())
	case "union":
		var branches []string
		for _, b := range s.branches {
			branches = append(branches, b.schema())
		}
		return "[" + strings.Join(branches, ",") + "]"
	case "fixed":
		return fmt.Sprintf(`{"type":"fixed","name":%q,"size":%d}`, s.name, s.size)
	case "enum":
		more := ""
		if s.fallback {
			more = fmt.Sprintf(`,"default":%q`, s.symbols[:1])
		}
		return fmt.Sprintf(`{"type":"enum","name":%q,"symbols":["%s"]%s}`, s.name, strings.Join(strings.Split(s.symbols, ""), `","`), more)
	case "record":
		field := ""
		if s.items != nil {
			field = fmt.Sprintf(`{"name":"f","type":%s`, s.items.schema())
			if s.fallback {
				field += `,"default":0`
			}
			field += "}"
		}
		return fmt.Sprintf(`{"type":"record","name":%q,"fields":[%s]}`, s.name, field)
	}
	return fmt.Sprintf("%q", s.kind)
}

// widened are the promotions of the specification: what each primitive is read as besides itself.
var widened = map[string]string{"int": "long float double", "long": "float double", "float": "double", "string": "bytes", "bytes": "string"}

// reads says by the specification (Apache Avro 1.12, Schema Resolution) whether the shape reads what w wrote.
func (s shape) reads(w shape) bool {
	switch {
	case w.kind == "union":
		for _, b := range w.branches {
			if !s.reads(b) {
				return false
			}
		}
		return true
	case s.kind == "union":
		for _, b := range s.branches {
			if b.reads(w) {
				return true
			}
		}
		return false
	case s.kind != w.kind:
		return strings.Contains(" "+widened[w.kind]+" ", " "+s.kind+" ")
	case s.name != w.name:
		return false
	}
	switch s.kind {
	case "array", "map":
		return s.items.reads(*w.items)
	case "fixed":
		return s.size == w.size
	case "enum":
		return s.fallback || strings.Trim(w.symbols, s.symbols) == ""
	case "record":
		return s.items == nil || w.items == nil && s.fallback || w.items != nil && s.items.reads(*w.items)
	}
	return true
}

// shapes are every kind around every primitive, and named types that differ in one thing.
func shapes() []shape {
	var all []shape
	primitives := []string{"null", "boolean", "int", "long", "float", "double", "string", "bytes"}
	for _, p := range primitives {
		one := shape{kind: p}
		all = append(all, one, shape{kind: "array", items: &one}, shape{kind: "map", items: &one},
			shape{kind: "union", branches: []shape{one}}, shape{kind: "record", name: "R", items: &one})
		if p != "int" {
			all = append(all, shape{kind: "union", branches: []shape{{kind: "int"}, one}})
		}
	}
	number := shape{kind: "int"}
	return append(
		all,
		shape{kind: "union"},
		shape{kind: "union", branches: []shape{{kind: "int"}, {kind: "long"}, {kind: "float"}, {kind: "double"}}},
		shape{kind: "union", branches: []shape{{kind: "null"}, {kind: "array", items: &number}, {kind: "enum", name: "E", symbols: "ab"}}},
		shape{kind: "union", branches: []shape{{kind: "int"}, {kind: "record", name: "R", items: &number}}},
		shape{kind: "union", branches: []shape{{kind: "int"}, {kind: "record", name: "S", items: &number}}},
		shape{kind: "enum", name: "E", symbols: "ab"}, shape{kind: "enum", name: "E", symbols: "abc"}, shape{kind: "enum", name: "E", symbols: "bc"},
		shape{kind: "enum", name: "E", symbols: "a", fallback: true}, shape{kind: "enum", name: "D", symbols: "ab"},
		shape{kind: "fixed", name: "F", size: 4}, shape{kind: "fixed", name: "F", size: 8}, shape{kind: "fixed", name: "G", size: 4},
		shape{kind: "record", name: "R"}, shape{kind: "record", name: "S"}, shape{kind: "record", name: "R", items: &number, fallback: true},
	)
}

// TestWhoReadsWhomFollowsFromTheSpecification holds every pair of shapes against each base level.
func TestWhoReadsWhomFollowsFromTheSpecification(t *testing.T) {
	r := open(t, bus(t))
	all := shapes()
	for i, old := range all {
		for _, level := range []string{"BACKWARD", "FORWARD", "FULL"} {
			subject := fmt.Sprintf("%s-%d", level, i)
			send(t, r, "PUT", "/config/"+subject, fmt.Sprintf(`{"compatibility":%q}`, level))
			if status, body := send(t, r, "POST", "/subjects/"+subject+"/versions", schema(old.schema())); status != 200 {
				t.Fatalf("%s: %d %s", old.schema(), status, body)
			}
			for _, next := range all {
				back, forth := next.reads(old), old.reads(next)
				want := map[string]bool{"BACKWARD": back, "FORWARD": forth, "FULL": back && forth}[level]
				_, body := send(t, r, "POST", "/compatibility/subjects/"+subject+"/versions/latest?verbose=true", schema(next.schema()))
				if got := strings.HasPrefix(body, `{"is_compatible":true`); got != want {
					t.Errorf("%s: after %s may come %s: %t, want %t\n%s", level, old.schema(), next.schema(), got, want, body)
				}
				if !want && !strings.Contains(body, "errorType:") {
					t.Errorf("%s: after %s comes not %s, without a reason: %s", level, old.schema(), next.schema(), body)
				}
			}
		}
	}
}
