// Package flinksql holds the embedded Flink engine against Apache Flink: the same cases, the same answers.
package flinksql

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/weftmesh/weft/conformance/engines"
	"github.com/weftmesh/weft/conformance/flinksql/cases"
)

// Oracle is Flink itself.
type Oracle struct {
	jvm *engines.Oracle
	dir string // where the tables lie, a folder for each case
}

// NewOracle starts Flink for a test; it answers as many cases side by side as side says.
func NewOracle(t testing.TB, side int) *Oracle {
	t.Helper()
	return &Oracle{jvm: engines.FlinkOracle(t, side), dir: t.TempDir()}
}

var _ cases.Engine = (*Oracle)(nil)

// Settings are those of every case: UTC, and a watermark after each row that raises it. Flink's
// operator emits one when it has risen by more than the interval (WatermarkAssignerOperator), so
// that with 0 it does not depend on the clock which rows are late.
func Settings(c cases.Case) map[string]string {
	settings := map[string]string{
		"table.local-time-zone":            "UTC",
		"pipeline.auto-watermark-interval": "0 ms",
	}
	for key, value := range c.Settings {
		settings[key] = value
	}
	return settings
}

// Run asks Flink.
func (o *Oracle) Run(ctx context.Context, c cases.Case) (cases.Answer, error) {
	dir, err := os.MkdirTemp(o.dir, "case-")
	if err != nil {
		return cases.Answer{}, err
	}
	query := engines.OracleQuery{Settings: Settings(c), Query: c.Query}
	for _, table := range c.Tables {
		file := filepath.Join(dir, table.Name+".json")
		if err := os.WriteFile(file, []byte(table.JSON()), 0o600); err != nil {
			return cases.Answer{}, err
		}
		query.Statements = append(query.Statements, table.DDL(map[string]string{
			"connector": "filesystem", "path": "file://" + file, "format": table.Format(),
		}))
	}
	for _, view := range c.Views {
		query.Statements = append(query.Statements, "CREATE TEMPORARY VIEW "+view.Name+" AS "+view.Query)
	}
	answer, err := o.ask(ctx, query)
	if err != nil {
		return cases.Answer{}, err
	}
	return translate(answer)
}

// patience is how long Flink may take for one query, which takes it less than a second when alone.
const patience = 40 * time.Second

// ask asks again where Flink stays silent: on a busy machine its client was seen to wait for ever
// for the rows of a job that had failed.
func (o *Oracle) ask(ctx context.Context, query engines.OracleQuery) (engines.OracleAnswer, error) {
	for {
		attempt, cancel := context.WithTimeout(ctx, patience)
		answer, err := o.jvm.Ask(attempt, query)
		cancel()
		if err == nil || ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) {
			return answer, err
		}
	}
}

func translate(from engines.OracleAnswer) (cases.Answer, error) {
	switch from.Stage {
	case "":
	case "runtime":
		return cases.Answer{Failure: cases.Failed, Message: from.Message}, nil
	case "planning":
		return cases.Answer{Failure: cases.Refused, Message: from.Message}, nil
	default:
		return cases.Answer{}, fmt.Errorf("the case's tables or views: %s", from.Message)
	}
	to := cases.Answer{Rows: []cases.Row{}}
	for _, c := range from.Columns {
		to.Columns = append(to.Columns, cases.Column{Name: c.Name, Type: c.Type})
	}
	for _, row := range from.Rows {
		to.Rows = append(to.Rows, cases.Row{Kind: row[0], Values: row[1:]})
	}
	return to, nil
}
