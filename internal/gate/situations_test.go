package gate

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/codecs"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/contracts/contractstest"
)

var update = flag.Bool("update", false, "write what came out into the situations")

// A situation is a mesh, raw records and what becomes of them: one text, each part after a line with its name.
func TestSituations(t *testing.T) {
	names, err := filepath.Glob("testdata/situations/*.txt")
	if err != nil || len(names) == 0 {
		t.Fatal("no situations", err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) { situation(t, name) })
	}
}

func situation(t *testing.T, name string) {
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	parts := contractstest.Unpack(string(text))
	set := load(t, parts)
	registry := newMemory(parts["schemas"])
	specs := Specs(set)
	if len(specs) != 1 {
		t.Fatalf("%d gates", len(specs))
	}
	p, err := newPipeline(t.Context(), specs[0], registry, []byte("secret"), func() time.Time { return time.Date(2026, 11, 25, 8, 0, 0, 0, time.UTC) })
	if err != nil {
		t.Fatal(err)
	}
	got := ran(t, p, registry, rawRecords(t, specs[0].Input, parts["in"]))
	if got == parts["want"] {
		return
	}
	if !*update {
		t.Errorf("got:\n%s\nwant:\n%s", got, parts["want"])
		return
	}
	before, _, _ := strings.Cut(string(text), "-- want --\n")
	if err := os.WriteFile(name, []byte(before+"-- want --\n"+got), 0o600); err != nil {
		t.Fatal(err)
	}
}

// load reads the files of a mesh among the parts of a situation.
func load(t testing.TB, parts contracts.Bundle) contracts.Set {
	t.Helper()
	files := contracts.Bundle{}
	for name, text := range parts {
		if strings.HasSuffix(name, ".yaml") {
			files[name] = text
		}
	}
	fsys, err := files.FS()
	if err != nil {
		t.Fatal(err)
	}
	set, problems, err := contracts.Load(fsys)
	if err != nil || problems.HasErrors() {
		t.Fatal(err, contractstest.Listed(problems))
	}
	return set
}

// ran gives each record that is written in a line, and then what was counted.
func ran(t *testing.T, p *pipeline, registry *memory, batch []Record) string {
	t.Helper()
	var b strings.Builder
	out, err := p.process(t.Context(), batch)
	if err != nil {
		fmt.Fprintf(&b, "error: %v\n", err)
		return b.String()
	}
	for _, r := range out.records {
		fmt.Fprintf(&b, "%s %s = %s\n", r.Topic, registry.show(r.Key), registry.show(r.Value))
		for _, h := range r.Headers {
			fmt.Fprintf(&b, "    %s: %s\n", h.Key, h.Value)
		}
	}
	switch {
	case out.stop != nil:
		fmt.Fprintf(&b, "stopped after %d: %v\n", out.handled, out.stop)
	case out.truncate:
		fmt.Fprintf(&b, "truncated after %d\n", out.handled)
	}
	counts, err := json.Marshal(out.count)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&b, "%s\n", counts)
	return b.String()
}

// rawRecord is a record of a situation: JSON as it stands, text, or base64.
type rawRecord struct {
	Key         json.RawMessage   `json:"key"`
	KeyText     *string           `json:"key_text"`
	KeyBase64   []byte            `json:"key_base64"`
	Value       json.RawMessage   `json:"value"`
	ValueText   *string           `json:"value_text"`
	ValueBase64 []byte            `json:"value_base64"`
	Headers     map[string]string `json:"headers"`
}

func rawRecords(t testing.TB, topic addrs.Topic, lines string) []Record {
	t.Helper()
	var all []Record
	for line := range strings.Lines(lines) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		var raw rawRecord
		if err := json.Unmarshal([]byte(line), &raw); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		r := Record{Topic: topic, Offset: int64(len(all)), Time: time.Date(2026, 11, 25, 7, 0, 0, 0, time.UTC)}
		r.Key, r.Value = bytesOf(raw.Key, raw.KeyText, raw.KeyBase64), bytesOf(raw.Value, raw.ValueText, raw.ValueBase64)
		for _, name := range slices.Sorted(mapsKeys(raw.Headers)) {
			r.Headers = append(r.Headers, Header{name, []byte(raw.Headers[name])})
		}
		all = append(all, r)
	}
	return all
}

func mapsKeys(m map[string]string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for name := range m {
			if !yield(name) {
				return
			}
		}
	}
}

func bytesOf(raw json.RawMessage, text *string, data []byte) []byte {
	switch {
	case text != nil:
		return []byte(*text)
	case data != nil:
		return data
	case raw == nil || string(raw) == "null":
		return nil
	}
	return raw
}

// memory is a registry: schemas of writers by id, and those of the product from 100 on.
type memory struct {
	texts map[int]string
	down  error
	avro  *codecs.Avro
}

var errUnknown = errors.New("no such schema")

func newMemory(lines string) *memory {
	m := &memory{texts: map[int]string{}}
	for line := range strings.Lines(lines) {
		var s struct {
			ID     int    `json:"id"`
			Schema string `json:"schema"`
		}
		if json.Unmarshal([]byte(line), &s) == nil && s.ID > 0 {
			m.texts[s.ID] = s.Schema
		}
	}
	m.avro = codecs.NewAvro(m)
	return m
}

func (m *memory) SchemaByID(_ context.Context, id int) (string, error) {
	if m.down != nil {
		return "", m.down
	}
	if text, ok := m.texts[id]; ok {
		return text, nil
	}
	return "", errUnknown
}

func (m *memory) SchemaID(_ context.Context, _ addrs.Subject, text string) (int, error) {
	for id, known := range m.texts {
		if known == text {
			return id, nil
		}
	}
	id := 100 + len(m.texts)
	m.texts[id] = text
	return id, nil
}

func (m *memory) Unknown(err error) bool { return errors.Is(err, errUnknown) }

// show gives bytes as text: Avro decoded, what is no text in base64.
func (m *memory) show(data []byte) string {
	if data == nil {
		return "null"
	}
	if row, err := m.avro.Decode(context.Background(), data); err == nil {
		return "avro " + string(codecs.ToJSON(nil, row))
	}
	if !utf8.Valid(data) || len(data) > 0 && data[0] == 0 {
		return "base64 " + base64.StdEncoding.EncodeToString(data)
	}
	return string(data)
}
