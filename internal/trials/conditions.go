package trials

import (
	"fmt"

	"github.com/weftmesh/weft/internal/codecs"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/quality"
	"github.com/weftmesh/weft/internal/rows"
	"github.com/weftmesh/weft/internal/schemas"
)

// conditions are the checks in SQL of a topic, ready to run.
type conditions struct {
	all    []quality.Condition
	judge  *quality.Judge
	fields []schemas.Field
}

// conditions prepares the checks in SQL of a topic. What is wrong with them is told by the rules.
func (t *trial) conditions(topic contracts.ProductTopic) conditions {
	c := conditions{fields: topic.Value.Fields}
	all, problems := quality.Conditions(t.product, topic)
	judge, err := quality.NewJudge(all)
	if problems.HasErrors() || err != nil {
		return c
	}
	c.all, c.judge = all, judge
	return c
}

// refuse holds a row against the checks: those that refuse it are its faults, those that only count are noted.
func (c conditions) refuse(t *trial, topic string, i int, row codecs.Row) []string {
	if len(c.all) == 0 {
		return nil
	}
	b := rows.NewBuilder(codecs.Columns(c.fields).Types())
	b.Append(rows.Insert, codecs.BoxedRow(c.fields, row))
	var faults []string
	c.judge.Failing(b.Batch(), func(at, _ int, _ error) {
		text := fmt.Sprintf("check %s does not hold: %s", c.all[at].Name, c.all[at].Check.Check)
		if c.all[at].Refuses() {
			faults = append(faults, text)
			return
		}
		t.result.Notes = append(t.result.Notes, fmt.Sprintf("%s: %s; it only counts", t.test.GivenAt(topic, i, ""), text))
	})
	return faults
}
