package registry_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/weftmesh/weft/internal/engine/registry"
)

// pair is a reader's schema, a writer's, and whether the one reads the other's data (Apache Avro 1.12 specification,
// Schema Resolution).
type pair struct {
	name           string
	reader, writer string
	reads          bool
}

func record(fields ...string) string {
	return `{"type":"record","name":"R","fields":[` + strings.Join(fields, ",") + `]}`
}

func field(name, schema string, more ...string) string {
	return fmt.Sprintf(`{"name":%q,"type":%s%s}`, name, schema, strings.Join(more, ""))
}

func enum(symbols string, more ...string) string {
	return `{"type":"enum","name":"E","symbols":[` + symbols + `]` + strings.Join(more, "") + `}`
}

var pairs = []pair{
	{"equal", `"int"`, `"int"`, true},
	{"int to long", `"long"`, `"int"`, true},
	{"long to int", `"int"`, `"long"`, false},
	{"int to double", `"double"`, `"int"`, true},
	{"float to double", `"double"`, `"float"`, true},
	{"double to float", `"float"`, `"double"`, false},
	{"string to bytes", `"bytes"`, `"string"`, true},
	{"bytes to string", `"string"`, `"bytes"`, true},
	{"int to string", `"string"`, `"int"`, false},
	{"boolean to int", `"int"`, `"boolean"`, false},
	{"a field less", record(field("a", `"int"`)), record(field("a", `"int"`), field("b", `"int"`)), true},
	{"a field more without default", record(field("a", `"int"`), field("b", `"int"`)), record(field("a", `"int"`)), false},
	{"a field more with default", record(field("a", `"int"`), field("b", `"int"`, `,"default":0`)), record(field("a", `"int"`)), true},
	{"a field by alias", record(field("b", `"int"`, `,"aliases":["a"]`)), record(field("a", `"int"`)), true},
	{"a field renamed", record(field("b", `"int"`)), record(field("a", `"int"`)), false},
	{"another record's name", `{"type":"record","name":"S","fields":[]}`, `{"type":"record","name":"R","fields":[]}`, false},
	{"another namespace", `{"type":"record","name":"R","namespace":"x","fields":[]}`, `{"type":"record","name":"R","namespace":"y","fields":[]}`, true},
	{"a record's name by alias", `{"type":"record","name":"S","aliases":["R"],"fields":[]}`, `{"type":"record","name":"R","fields":[]}`, true},
	{"a symbol more", enum(`"a","b"`), enum(`"a"`), true},
	{"a symbol less", enum(`"a"`), enum(`"a","b"`), false},
	{"a symbol less with default", enum(`"a"`, `,"default":"a"`), enum(`"a","b"`), true},
	{"into a union", `["null","int"]`, `"int"`, true},
	{"out of a union", `"int"`, `["null","int"]`, false},
	{"a branch more", `["null","int","string"]`, `["null","int"]`, true},
	{"a branch less", `["null","int"]`, `["null","int","string"]`, false},
	{"a branch widened", `["null","long"]`, `["null","int"]`, true},
	{"array items widened", `{"type":"array","items":"long"}`, `{"type":"array","items":"int"}`, true},
	{"array items narrowed", `{"type":"array","items":"int"}`, `{"type":"array","items":"long"}`, false},
	{"map values widened", `{"type":"map","values":"double"}`, `{"type":"map","values":"long"}`, true},
	{"a map for an array", `{"type":"map","values":"int"}`, `{"type":"array","items":"int"}`, false},
	{"a fixed of another size", `{"type":"fixed","name":"F","size":8}`, `{"type":"fixed","name":"F","size":4}`, false},
	{"a nested record's field", record(field("n", `{"type":"record","name":"N","fields":[{"name":"x","type":"int"}]}`)), record(field("n", `{"type":"record","name":"N","fields":[]}`)), false},
	{"a list that names itself", `{"type":"record","name":"L","fields":[{"name":"v","type":"long"},{"name":"next","type":["null","L"]}]}`, `{"type":"record","name":"L","fields":[{"name":"v","type":"int"},{"name":"next","type":["null","L"]}]}`, true},
	{"nullable from required", record(field("a", `["null","int"]`)), record(field("a", `"int"`)), true},
	{"required from nullable", record(field("a", `"int"`)), record(field("a", `["null","int"]`)), false},
	{"a logical type less", record(field("a", `"long"`)), record(field("a", `{"type":"long","logicalType":"timestamp-millis"}`)), true},
}

// answer asks whether the second of two versions may follow the first under a level.
func answer(t *testing.T, r *registry.Registry, subject, level, first, second string) bool {
	t.Helper()
	send(t, r, "PUT", "/config/"+subject, fmt.Sprintf(`{"compatibility":%q}`, level))
	if status, body := send(t, r, "POST", "/subjects/"+subject+"/versions", schema(first)); status != 200 {
		t.Fatalf("%s: %d %s", subject, status, body)
	}
	_, body := send(t, r, "POST", "/compatibility/subjects/"+subject+"/versions/latest", schema(second))
	return strings.Contains(body, `"is_compatible":true`)
}

// TestEveryLevelFollowsFromWhoReadsWhom: BACKWARD asks whether the new schema reads the old data, FORWARD whether the
// old one reads the new, FULL both.
func TestEveryLevelFollowsFromWhoReadsWhom(t *testing.T) {
	r := open(t, bus(t))
	back := map[string]bool{}
	for _, p := range pairs {
		back[p.reader+p.writer] = p.reads
	}
	for i, p := range pairs {
		forth, known := back[p.writer+p.reader]
		if !known {
			forth = answer(t, r, fmt.Sprintf("turned-%d", i), "BACKWARD", p.reader, p.writer)
		}
		for level, want := range map[string]bool{"NONE": true, "BACKWARD": p.reads, "BACKWARD_TRANSITIVE": p.reads, "FORWARD": forth, "FORWARD_TRANSITIVE": forth, "FULL": p.reads && forth, "FULL_TRANSITIVE": p.reads && forth} {
			if got := answer(t, r, fmt.Sprintf("%s-%d", level, i), level, p.writer, p.reader); got != want {
				t.Errorf("%s: under %s compatible is %t, want %t", p.name, level, got, want)
			}
		}
	}
}

// TestTransitiveLevelsAskEveryVersion: a third version that gets on with the second alone passes only without
// _TRANSITIVE.
func TestTransitiveLevelsAskEveryVersion(t *testing.T) {
	r := open(t, bus(t))
	// b comes with a default and loses it: the third reads the second's data, and not the first's
	versions := []string{record(field("a", `"int"`)), record(field("a", `"int"`), field("b", `"int"`, `,"default":0`)), record(field("a", `"int"`), field("b", `"int"`))}
	for level, want := range map[string]int{"BACKWARD": 200, "BACKWARD_TRANSITIVE": 409, "FORWARD": 200, "FORWARD_TRANSITIVE": 200, "FULL": 200, "FULL_TRANSITIVE": 409} {
		send(t, r, "PUT", "/config/"+level, fmt.Sprintf(`{"compatibility":%q}`, level))
		for _, v := range versions[:2] {
			if status, body := send(t, r, "POST", "/subjects/"+level+"/versions", schema(v)); status != 200 {
				t.Fatalf("%s: %d %s", level, status, body)
			}
		}
		if status, body := send(t, r, "POST", "/subjects/"+level+"/versions", schema(versions[2])); status != want {
			t.Errorf("%s: the third version gets %d, want %d: %s", level, status, want, body)
		}
	}
	// turned around: the first reads not what the third writes
	turned := []string{versions[2], versions[1], versions[0]}
	for level, want := range map[string]int{"FORWARD": 200, "FORWARD_TRANSITIVE": 409} {
		subject := "turned-" + level
		send(t, r, "PUT", "/config/"+subject, fmt.Sprintf(`{"compatibility":%q}`, level))
		for i, v := range turned {
			status, body := send(t, r, "POST", "/subjects/"+subject+"/versions", schema(v))
			if i == 2 && status != want {
				t.Errorf("%s: the third version gets %d, want %d: %s", level, status, want, body)
			}
		}
	}
}

func TestReasonsAreVerbose(t *testing.T) {
	r := open(t, bus(t))
	send(t, r, "POST", "/subjects/s/versions", schema(record(field("a", `"int"`))))
	tell(t, r, []exchangeCase{
		{
			"POST", "/compatibility/subjects/s/versions/latest?verbose=true", schema(record(field("a", `"string"`), field("b", `"int"`))), 200,
			`{"is_compatible":false,"messages":["{errorType:'TYPE_MISMATCH', description:'The type (path '/fields/0/type') of a field in the new schema does not match with the old schema', additionalInfo:'reader type: STRING not compatible with writer type: INT'}",` +
				`"{errorType:'READER_FIELD_MISSING_DEFAULT_VALUE', description:'The field 'b' at path '/fields/1' in the new schema has no default value and is missing in the old schema', additionalInfo:'b'}",` +
				`"{oldSchemaVersion: 1}","{oldSchema: '{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"a\",\"type\":\"int\"}]}'}","{compatibility: 'BACKWARD'}"]}`,
		},
		{"POST", "/compatibility/subjects/s/versions/latest", schema(`{"type":"nonsense"}`), 422, `{"error_code":42201,"message":"Invalid schema: ` + "unknown primitive \\\"nonsense\\\"" + `"}`},
		{"POST", "/subjects/s/versions", `{"schema":"\"int\"","schemaType":"PROTOBUF"}`, 422, `{"error_code":42201,"message":"Weft's registry does not keep Protobuf schemas yet; use an external registry for these subjects"}`},
		{"GET", "/schemas/types", "", 200, `["JSON","AVRO"]`},
	})
}
