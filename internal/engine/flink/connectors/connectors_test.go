package connectors_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/weftmesh/weft/internal/engine/flink/connectors"
	"github.com/weftmesh/weft/internal/engine/flink/stream"
	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
)

func table(options ...string) *plan.Table {
	t := &plan.Table{
		Name: "t", Columns: []plan.Column{{Name: "id", Type: rows.IntType}, {Name: "name", Type: rows.StringType}}, Options: map[string]string{},
	}
	for i := 0; i < len(options); i += 2 {
		t.Options[options[i]] = options[i+1]
	}
	return t
}

var kafka = []string{"connector", "kafka", "topic", "t", "properties.bootstrap.servers", "b:1", "format", "json"}

func with(base []string, more ...string) []string {
	return append(append([]string(nil), base...), more...)
}

func TestOptionsAreCheckedInWords(t *testing.T) {
	for what, c := range map[string]struct {
		options []string
		want    string // of the error; "" for none
	}{
		"fine":                    {kafka, ""},
		"options of the format":   {with(kafka, "json.ignore-parse-errors", "true"), ""},
		"of another format":       {with(kafka, "csv.null-literal", "x"), "no option 'csv.null-literal'"},
		"a slip":                  {with(kafka, "scan.startup.mod", "earliest-offset"), "did you mean 'scan.startup.mode'?"},
		"no connector":            {nil, "no 'connector'"},
		"another connector":       {[]string{"connector", "kafak"}, "did you mean 'kafka'?"},
		"no topic":                {[]string{"connector", "kafka", "properties.bootstrap.servers", "b", "format", "json"}, "'topic' is missing"},
		"no brokers":              {[]string{"connector", "kafka", "topic", "t", "format", "json"}, "'properties.bootstrap.servers' is missing"},
		"no format":               {[]string{"connector", "kafka", "topic", "t", "properties.bootstrap.servers", "b"}, "'format') is missing"},
		"another format":          {with(kafka[:6], "format", "jsno"), "did you mean 'json'?"},
		"a mode":                  {with(kafka, "scan.startup.mode", "first"), "'scan.startup.mode' = 'first' is not known"},
		"a time without one":      {with(kafka, "scan.startup.mode", "timestamp"), "needs 'scan.startup.timestamp-millis'"},
		"a key without format":    {with(kafka, "key.fields", "id"), "go together"},
		"a key of no column":      {with(kafka, "key.format", "json", "key.fields", "x"), `names "x"`},
		"exactly once":            {with(kafka, "sink.delivery-guarantee", "exactly-once"), "needs 'sink.transactional-id-prefix'"},
		"an upsert without key":   {[]string{"connector", "upsert-kafka", "topic", "t", "properties.bootstrap.servers", "b", "key.format", "json", "value.format", "json"}, "needs a PRIMARY KEY"},
		"a file without a path":   {[]string{"connector", "filesystem", "format", "csv"}, "'path' is missing"},
		"a sequence without ends": {[]string{"connector", "datagen", "fields.id.kind", "sequence"}, "'fields.id.start'"},
		"an unknown field option": {[]string{"connector", "datagen", "fields.id.minimum", "1"}, "no option 'fields.id.minimum'"},
	} {
		_, err := connectors.Describe(table(c.options...))
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", what, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: %v, want %q", what, err, c.want)
		}
	}
}

func TestATableIsDescribedWithoutOpeningIt(t *testing.T) {
	upsert := table("connector", "upsert-kafka", "topic", "t", "properties.bootstrap.servers", "b", "key.format", "json", "value.format", "json")
	upsert.PrimaryKey = []int{0}
	for what, c := range map[string]struct {
		table *plan.Table
		want  connectors.Description
	}{
		"kafka":    {table(kafka...), connectors.Description{Source: true, Sink: true}},
		"bounded":  {table(with(kafka, "scan.bounded.mode", "latest-offset")...), connectors.Description{Source: true, Sink: true, Bounded: true}},
		"changes":  {table(with(kafka[:6], "format", "debezium-json")...), connectors.Description{Mode: plan.Retract, Accepts: plan.Retract, Source: true, Sink: true}},
		"upsert":   {upsert, connectors.Description{Mode: plan.Upsert, Accepts: plan.Upsert, Source: true, Sink: true}},
		"files":    {table("connector", "filesystem", "path", "/x", "format", "csv"), connectors.Description{Source: true, Sink: true, Bounded: true}},
		"datagen":  {table("connector", "datagen", "number-of-rows", "5"), connectors.Description{Source: true, Bounded: true}},
		"print":    {table("connector", "print"), connectors.Description{Sink: true, Accepts: plan.Retract}},
		"patterns": {table("connector", "kafka", "topic-pattern", "t.*", "properties.bootstrap.servers", "b", "format", "json"), connectors.Description{Source: true}},
	} {
		if got, err := connectors.Describe(c.table); got != c.want || err != nil {
			t.Errorf("%s: %+v, %v", what, got, err)
		}
	}
}

type wall struct{}

func (wall) Now() time.Time { return time.Now() }
func (wall) AfterFunc(d time.Duration, f func()) func() {
	timer := time.AfterFunc(d, f)
	return func() { timer.Stop() }
}

func open(t *testing.T, out io.Writer) *connectors.Set {
	t.Helper()
	s, err := connectors.Open(t.Context(), connectors.Config{Job: "job", Clock: wall{}, Print: out})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func some(values ...[]any) *rows.Batch {
	b := rows.NewBuilder([]rows.Type{rows.IntType, rows.StringType})
	for _, v := range values {
		b.Append(rows.Insert, v)
	}
	return b.Batch()
}

func readAll(t *testing.T, s stream.Source, state []byte) (all [][]any, saved [][]byte) {
	t.Helper()
	if err := s.Open(t.Context(), state); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for {
		_, b, err := s.Next(t.Context())
		if errors.Is(err, io.EOF) {
			return all, saved
		}
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; b != nil && i < b.Len; i++ {
			all = append(all, b.Row(i))
		}
		at, err := s.Save()
		if err != nil {
			t.Fatal(err)
		}
		saved = append(saved, at)
	}
}

func TestFilesAreReadInTheOrderOfTheirNames(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"b.csv": "3,c", "a.csv": "1,a\n2,b\n", ".hidden": "9,x\n", "_tmp": "9,x\n", "sub/z.csv": "4,d\n"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	scan := &plan.Scan{Table: table("connector", "filesystem", "path", dir, "format", "csv"), Read: []int{1, 0}}
	source := func() stream.Source {
		s, err := open(t, nil).Source(scan, 0, 1)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	all, saved := readAll(t, source(), nil)
	if len(all) != 4 || all[0][0] != "a" || all[2][1] != int64(3) || all[3][0] != "d" {
		t.Errorf("read %v", all)
	}
	rest, _ := readAll(t, source(), saved[0])
	if len(rest) != 2 || rest[0][0] != "c" {
		t.Errorf("after the first file came %v", rest)
	}
}

func TestAFileIsSeenWhenItsCheckpointIsComplete(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	sink := func() stream.Staged {
		s, err := open(t, nil).Sink(&plan.Sink{Table: table("connector", "filesystem", "path", dir, "format", "json"), Columns: []int{0, 1}}, 0, 1)
		if err != nil {
			t.Fatal(err)
		}
		return s.(stream.Staged)
	}
	seen := func() string {
		files, _ := filepath.Glob(filepath.Join(dir, "part-*"))
		all := ""
		for _, f := range files {
			data, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			all += string(data)
		}
		return all
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	s := sink()
	must(s.Recover(0))
	must(s.Write(some([]any{int64(1), "a"})))
	must(s.Stage(t.Context(), 1))
	must(s.Write(some([]any{int64(2), "b"})))
	if seen() != "" {
		t.Errorf("seen before the checkpoint is complete: %s", seen())
	}
	must(s.Publish(1))
	must(s.Stage(t.Context(), 2))
	must(s.Close())
	if want := "{\"id\":1,\"name\":\"a\"}\n"; seen() != want {
		t.Errorf("seen %s", seen())
	}
	again := sink()
	must(again.Recover(1))
	must(again.Write(some([]any{int64(3), nil})))
	must(again.Stage(t.Context(), 2))
	must(again.Publish(2))
	if want := "{\"id\":1,\"name\":\"a\"}\n{\"id\":3,\"name\":null}\n"; seen() != want {
		t.Errorf("after the restart seen %s", seen())
	}
}

func TestDatagenGivesTheSameRowsAgain(t *testing.T) {
	of := table("connector", "datagen", "rows-per-second", "1000000", "fields.id.kind", "sequence", "fields.id.start", "5", "fields.id.end", "3004", "fields.name.length", "4")
	source := func() stream.Source {
		s, err := open(t, nil).Source(&plan.Scan{Table: of, Read: []int{0, 1}}, 0, 1)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	all, saved := readAll(t, source(), nil)
	if len(all) != 3000 || all[0][0] != int64(5) || all[2999][0] != int64(3004) || len(all[7][1].(string)) != 4 {
		t.Fatalf("%d rows, first %v", len(all), all[0])
	}
	rest, _ := readAll(t, source(), saved[0])
	if first := all[len(all)-len(rest)]; len(rest) == 0 || rest[0][0] != first[0] || rest[0][1] != first[1] {
		t.Errorf("after the restart came %v, before it %v", rest[0], first)
	}
}

func TestPrintWritesAsFlinkDoes(t *testing.T) {
	var out bytes.Buffer
	s, err := open(t, &out).Sink(&plan.Sink{Table: table("connector", "print", "print-identifier", "x")}, 1, 2)
	if err != nil {
		t.Fatal(err)
	}
	b := some([]any{int64(1), nil}, []any{int64(2), "b"})
	b.Changes = []rows.Change{rows.Insert, rows.Delete}
	if err := s.Write(b); err != nil {
		t.Fatal(err)
	}
	if want := "x:2> +I[1, null]\nx:2> -D[2, b]\n"; out.String() != want {
		t.Errorf("printed %s", out.String())
	}
}

func TestRowsComeAtTheirTime(t *testing.T) {
	m := connectors.NewMemory(1)
	s, err := connectors.Open(t.Context(), connectors.Config{Clock: wall{}, Memory: map[string]*connectors.Memory{"t": m}})
	if err != nil {
		t.Fatal(err)
	}
	source, err := s.Source(&plan.Scan{Table: table("connector", "memory"), Read: []int{0}}, 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := source.Open(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	m.AppendAt(0, time.Now().Add(time.Hour), some([]any{int64(1), "a"}))
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, b, err := source.Next(ended); b != nil || err != nil {
		t.Errorf("rows came before their time: %v, %v", b, err)
	}
}
