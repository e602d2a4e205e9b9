package transforms

import (
	"fmt"

	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/diags"
	"github.com/weftmesh/weft/internal/flinksql/plan"
)

// growth warns of state that grows as long as the job runs: what is kept for ever of facts that never end.
func (c *compiler) growth(n plan.Node) {
	switch n := n.(type) {
	case *plan.Join:
		if c.endless(n.LeftInput) || c.endless(n.RightInput) {
			c.warn("the join keeps every row of its events for ever, so its state grows without bound",
				"Bound it by time, as in ... AND b.at BETWEEN a.at AND a.at + INTERVAL '1' HOUR, or join with a product of kind: state by FOR SYSTEM_TIME AS OF.")
		}
	case *plan.GroupAggregate:
		if len(n.Keys) > 0 && c.product.Kind != contracts.KindState && c.endless(n.Input) { // a state's topic has a row for each key itself
			c.warn("the group by keeps a row for each group for ever, so its state grows with each new key",
				"Group by a window as well, as in FROM TABLE(TUMBLE(...)) GROUP BY window_start, window_end, ..., unless the keys are few.")
		}
	case *plan.Rank:
		if !n.Windowed && c.endless(n.Input) {
			c.warn("the ranking keeps rows of each partition for ever, so its state grows with each new partition",
				"Partition by window_start and window_end as well, unless the partitions are few.")
		}
	}
	for _, input := range n.Inputs() {
		c.growth(input)
	}
}

func (c *compiler) warn(summary, fix string) {
	c.problems.Add(diags.Diagnostic{Severity: diags.Warning, Rule: Rule, Range: c.product.At("transform"), Summary: "transform: " + summary, Fix: fix})
}

// endless reports whether rows come from a product of events without anything between that bounds how many are live:
// a state has a row for each key, a window ends.
func (c *compiler) endless(n plan.Node) bool {
	switch n := n.(type) {
	case *plan.Scan:
		return c.sources[n.Table.Name].Product.Kind == contracts.KindEvents
	case *plan.GroupAggregate:
		return len(n.Keys) > 0 && c.endless(n.Input)
	}
	for _, input := range n.Inputs() {
		if c.endless(input) {
			return true
		}
	}
	return false
}

// updates says of a product of events that is fed by updates which operator they come from, and the remedies.
func (c *compiler) updates(n plan.Node) bool {
	if c.product.Kind == contracts.KindState || n.Properties().Mode == plan.InsertOnly {
		return true
	}
	what := operator(n)
	c.report(c.product.At("transform"), fmt.Sprintf("transform: the query changes rows that it gave (%s), and %s is of kind events, which are never taken back", what, c.product.Addr),
		"Write kind: state with a key; or group by a window, so that each row is given once, when the window ends.")
	return false
}

// operator names the lowest operator that changes rows.
func operator(n plan.Node) string {
	for _, input := range n.Inputs() {
		if input.Properties().Mode != plan.InsertOnly {
			return operator(input)
		}
	}
	switch n := n.(type) {
	case *plan.Scan:
		return "the input " + n.Table.Name + " is a state"
	case *plan.GroupAggregate:
		if len(n.Aggregates) == 0 {
			return "DISTINCT"
		}
		return "GROUP BY without a window"
	case *plan.Rank:
		return "ROW_NUMBER() without a window"
	case *plan.Deduplicate:
		return "the last row by ROW_NUMBER()"
	case *plan.Join:
		return "an outer join, or EXISTS"
	case *plan.Limit:
		return "LIMIT"
	}
	return "a changing input"
}
