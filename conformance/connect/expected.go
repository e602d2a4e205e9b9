package connect

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// recorded reads what real Debezium gave in a situation.
func recorded(t testing.TB, s situation) *outcome {
	t.Helper()
	o := &outcome{records: map[string][]record{}, schemas: map[string]any{}}
	eachLine(t, filepath.Join(s.dir, "expected", "transcript.jsonl"), func(line []byte) error {
		var e entry
		err := parse(line, &e)
		o.transcript = append(o.transcript, e)
		return err
	})
	for _, c := range s.connectors {
		eachLine(t, filepath.Join(s.dir, "expected", c.short+".jsonl"), func(line []byte) error {
			var r record
			err := parse(line, &r)
			o.records[c.short] = append(o.records[c.short], r)
			return err
		})
	}
	eachLine(t, filepath.Join(s.dir, "expected", "SCHEMAS.jsonl"), func(line []byte) error {
		return parse(line, &o.schemas)
	})
	return o
}

func eachLine(t testing.TB, name string, see func([]byte) error) {
	t.Helper()
	file, err := os.Open(name)
	if os.IsNotExist(err) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		if err := see(lines.Bytes()); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// keep writes what a situation gave, to be expected from now on.
func keep(t testing.TB, s situation, o outcome) {
	t.Helper()
	dir := filepath.Join(s.dir, "expected")
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	writeLines(t, filepath.Join(dir, "transcript.jsonl"), o.transcript)
	for name, records := range o.records {
		writeLines(t, filepath.Join(dir, name+".jsonl"), records)
	}
	var schemas []map[string]any
	for _, name := range slices.Sorted(maps.Keys(o.schemas)) {
		schemas = append(schemas, map[string]any{name: o.schemas[name]})
	}
	if len(schemas) > 0 {
		writeLines(t, filepath.Join(dir, "SCHEMAS.jsonl"), schemas)
	}
}

func writeLines[T any](t testing.TB, name string, values []T) {
	t.Helper()
	var text bytes.Buffer
	for _, value := range values {
		text.WriteString(oneLine(value) + "\n")
	}
	if err := os.WriteFile(name, text.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// oneLine is a value as JSON, with the keys of objects in order.
func oneLine(value any) string {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return err.Error()
	}
	return strings.TrimSpace(text.String())
}

// difference is a place where an outcome is not as expected.
type difference struct {
	where     string
	want, got string
}

func (d difference) String() string {
	return fmt.Sprintf("%s\n  want %s\n   got %s", d.where, d.want, d.got)
}

var indexes = regexp.MustCompile(`\[\d+\]`)

// kinds gives the first of those differences that are in the same field of a topic's records, with how often there is
// one.
func kinds(all []difference) []difference {
	counts := map[string]int{}
	var firsts []difference
	for _, d := range all {
		kind := indexes.ReplaceAllString(d.where, "")
		if counts[kind]++; counts[kind] == 1 {
			firsts = append(firsts, d)
		}
	}
	for i, d := range firsts {
		if n := counts[indexes.ReplaceAllString(d.where, "")]; n > 1 {
			firsts[i].where += fmt.Sprintf(" and %d more", n-1)
		}
	}
	return firsts
}

// known is a difference that is meant to be: a line of the file known, a pattern of where it is and why.
type known struct {
	where *regexp.Regexp
	why   string
	found bool
}

// meant reads the differences of a situation that are meant to be.
func meant(t testing.TB, s situation) []*known {
	t.Helper()
	var all []*known
	eachLine(t, filepath.Join(s.dir, "known"), func(line []byte) error {
		where, why, told := strings.Cut(string(line), "  # ")
		if !told {
			return fmt.Errorf("%q does not say why", line)
		}
		pattern, err := regexp.Compile("^" + where + "$")
		all = append(all, &known{where: pattern, why: why})
		return err
	})
	return all
}

// unmeant takes away the differences that are meant to be.
func unmeant(all []difference, meant []*known) []difference {
	return slices.DeleteFunc(all, func(d difference) bool {
		at := slices.IndexFunc(meant, func(k *known) bool { return k.where.MatchString(d.where) })
		if at >= 0 {
			meant[at].found = true
		}
		return at >= 0
	})
}

// differences compares an outcome with what is expected, record by record within each topic.
func differences(s situation, want *outcome, got outcome) []difference {
	var all []difference
	for i, e := range want.transcript {
		if i >= len(got.transcript) {
			all = append(all, difference{fmt.Sprintf("step %d", i), oneLine(e), "nothing"})
			continue
		}
		if e.Settled == nil {
			all = append(all, compare(e.Asked, normal(e), normal(got.transcript[i]))...)
		}
	}
	for _, c := range s.connectors {
		all = append(all, compareTopics(c.short, want, got)...)
	}
	return all
}

// normal is a value as JSON reads it back.
func normal(value any) (same any) {
	_ = parse([]byte(oneLine(value)), &same)
	return same
}

func compareTopics(connector string, want *outcome, got outcome) []difference {
	var all []difference
	wanted, given := byTopic(want.records[connector]), byTopic(got.records[connector])
	topics := slices.Sorted(maps.Keys(wanted))
	for topic := range given {
		if _, known := wanted[topic]; !known {
			topics = append(topics, topic)
		}
	}
	for _, topic := range topics {
		for i := range max(len(wanted[topic]), len(given[topic])) {
			where := fmt.Sprintf("%s[%d]", topic, i)
			switch {
			case i >= len(given[topic]):
				all = append(all, difference{where, oneLine(wanted[topic][i]), "nothing"})
			case i >= len(wanted[topic]):
				all = append(all, difference{where, "nothing", oneLine(given[topic][i])})
			default:
				all = append(all, compare(where, spelled(wanted[topic][i], want.schemas), spelled(given[topic][i], got.schemas))...)
			}
		}
	}
	return all
}

func byTopic(records []record) map[string][]record {
	topics := map[string][]record{}
	for _, r := range records {
		topics[r.Topic] = append(topics[r.Topic], r)
	}
	return topics
}

// spelled puts the schemas in the place of their names.
func spelled(r record, schemas map[string]any) any {
	for _, side := range []any{r.Key, r.Value} {
		if pair, ok := side.(map[string]any); ok && len(pair) == 2 {
			if name, named := pair["schema"].(string); named {
				if _, has := pair["payload"]; has && schemas[name] != nil {
					pair["schema"] = schemas[name]
				}
			}
		}
	}
	return normal(r)
}

// compare descends to where two values differ.
func compare(where string, want, got any) []difference {
	switch wanted := want.(type) {
	case map[string]any:
		if given, ok := got.(map[string]any); ok {
			return compareFields(where, wanted, given)
		}
	case []any:
		if given, ok := got.([]any); ok && len(given) == len(wanted) {
			return compareItems(where, wanted, given)
		}
	}
	if text, ok := got.(string); ok && text != "" && want == any(ownWords) {
		return nil
	}
	if w, g := oneLine(want), oneLine(got); w != g {
		return []difference{{where, w, g}}
	}
	return nil
}

func compareFields(where string, wanted, given map[string]any) []difference {
	var all []difference
	for _, key := range slices.Sorted(maps.Keys(wanted)) {
		part, has := given[key]
		if !has {
			all = append(all, difference{where + "." + key, oneLine(wanted[key]), "no such field"})
			continue
		}
		all = append(all, compare(where+"."+key, wanted[key], part)...)
	}
	for _, key := range slices.Sorted(maps.Keys(given)) {
		if _, has := wanted[key]; !has {
			all = append(all, difference{where + "." + key, "no such field", oneLine(given[key])})
		}
	}
	return all
}

func compareItems(where string, wanted, given []any) []difference {
	var all []difference
	for i, part := range wanted {
		all = append(all, compare(where+item(i, part), part, given[i])...)
	}
	return all
}

// item names an item of a list by its field, if it is a schema's.
func item(i int, part any) string {
	if field, ok := part.(map[string]any); ok {
		for _, key := range []string{"field", "name"} {
			if name, ok := field[key].(string); ok {
				return "[" + name + "]"
			}
		}
	}
	return fmt.Sprintf("[%d]", i)
}
