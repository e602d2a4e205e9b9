package flinksql

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/weftmesh/weft/conformance/flinksql/cases"
	"github.com/weftmesh/weft/internal/engine/flink"
	"github.com/weftmesh/weft/internal/rows"
)

// Embedded is the engine in the binary: a fresh one for each case, over the same files that Flink reads.
type Embedded struct{ dir string }

// NewEmbedded makes the embedded engine ready for a test.
func NewEmbedded(t testing.TB) Embedded { return Embedded{t.TempDir()} }

var _ cases.Engine = Embedded{}

// Run answers a case.
func (e Embedded) Run(ctx context.Context, c cases.Case) (cases.Answer, error) {
	dir, err := os.MkdirTemp(e.dir, "case-")
	if err != nil {
		return cases.Answer{}, err
	}
	engine, err := flink.New(flink.Config{Print: io.Discard})
	if err != nil {
		return cases.Answer{}, err
	}
	defer engine.Close()
	settings := Settings(c)
	settings["parallelism.default"] = "1"
	session := engine.OpenSession(settings)
	for _, table := range c.Tables {
		file := filepath.Join(dir, table.Name+".json")
		if err := os.WriteFile(file, []byte(table.JSON()), 0o600); err != nil {
			return cases.Answer{}, err
		}
		ddl := table.DDL(map[string]string{"connector": "filesystem", "path": "file://" + file, "format": table.Format()})
		if _, err := session.Execute(ctx, ddl); err != nil {
			return cases.Answer{Failure: cases.Refused, Message: err.Error()}, nil
		}
	}
	for _, view := range c.Views {
		if _, err := session.Execute(ctx, "CREATE TEMPORARY VIEW "+view.Name+" AS "+view.Query); err != nil {
			return cases.Answer{Failure: cases.Refused, Message: err.Error()}, nil
		}
	}
	result, err := session.Execute(ctx, c.Query)
	if err != nil {
		return cases.Answer{Failure: cases.Refused, Message: err.Error()}, nil
	}
	defer result.Close()
	return collected(ctx, result)
}

func failed(err error) cases.Answer { return cases.Answer{Failure: cases.Failed, Message: err.Error()} }

func collected(ctx context.Context, result *flink.Result) (cases.Answer, error) {
	answer := cases.Answer{Rows: []cases.Row{}}
	for _, f := range result.Columns {
		answer.Columns = append(answer.Columns, cases.Column{Name: f.Name, Type: f.Type.String()})
	}
	for {
		got, err := result.Next(ctx)
		if errors.Is(err, io.EOF) {
			return answer, nil
		}
		if ctx.Err() != nil {
			return answer, ctx.Err()
		}
		if err != nil {
			return failed(err), nil
		}
		for _, row := range got {
			line := cases.Row{Kind: row.Change.String()}
			for i, v := range row.Values {
				line.Values = append(line.Values, canonical(v, result.Columns[i].Type))
			}
			answer.Rows = append(answer.Rows, line)
		}
	}
}

// canonical writes a value as the cases have it.
func canonical(v any, t rows.Type) string {
	switch v := v.(type) {
	case nil:
		return cases.Null
	case bool:
		return fmt.Sprint(v)
	case int64:
		return canonicalInt(v, t)
	case float64:
		if t.Kind == rows.Float {
			return cases.Real(float32(v))
		}
		return cases.Real(v)
	case rows.Num:
		return string(v.Append(nil, t.Scale))
	case string:
		if t.Kind.IsBytes() {
			return cases.Bytes([]byte(v))
		}
		return cases.Text(v)
	case rows.Entries:
		return canonicalMap(v, t)
	case []any:
		return canonicalItems(v, t)
	}
	return fmt.Sprintf("%T %v", v, v)
}

func canonicalInt(v int64, t rows.Type) string {
	switch t.Kind {
	case rows.Date:
		return cases.Date(time.Unix(v*86400, 0).UTC())
	case rows.Time:
		return cases.Clock(time.UnixMilli(v).UTC(), t.Precision)
	case rows.Timestamp:
		return cases.Timestamp(time.UnixMicro(v).UTC(), t.Precision)
	case rows.TimestampLTZ:
		return cases.Instant(time.UnixMicro(v), t.Precision)
	case rows.IntervalMonths:
		return cases.Months(v)
	case rows.IntervalMillis:
		return cases.Seconds(time.Duration(v) * time.Millisecond)
	}
	return fmt.Sprint(v)
}

func canonicalMap(v rows.Entries, t rows.Type) string {
	key, value := t.Key, t.Elem
	if t.Kind == rows.Multiset {
		key, value = t.Elem, &rows.IntType
	}
	var entries [][2]string
	for _, e := range v {
		entries = append(entries, [2]string{canonical(e.Key, *key), canonical(e.Value, *value)})
	}
	return cases.Map(entries)
}

func canonicalItems(v []any, t rows.Type) string {
	texts := make([]string, len(v))
	for i, item := range v {
		if t.Kind == rows.Row {
			texts[i] = canonical(item, t.Fields[i].Type)
		} else {
			texts[i] = canonical(item, *t.Elem)
		}
	}
	if t.Kind == rows.Row {
		return cases.Tuple(texts)
	}
	return cases.Array(texts)
}
