package gate

import "github.com/weftmesh/weft/internal/quality"

// Counts say what became of records.
type Counts struct {
	In          int64            `json:"in" doc:"Raw records that were handled"`
	Passed      int64            `json:"passed" doc:"Rows written to the product"`
	Removed     int64            `json:"removed" doc:"Tombstones written to the product"`
	Absorbed    int64            `json:"absorbed" doc:"Records that say nothing more: Debezium's tombstones, deletions from a product of events"`
	Quarantined int64            `json:"quarantined"`
	Refused     map[string]int64 `json:"refused,omitempty" doc:"Quarantined records by the check that refused them first"`
	Checks      []Check          `json:"checks,omitempty" doc:"The contract's checks in SQL"`
}

// Check counts the rows that a check was held against.
type Check struct {
	Name      string  `json:"name"`
	Dimension string  `json:"dimension"`
	Threshold float64 `json:"threshold" doc:"The share of rows, in percent, that has to pass"`
	Action    string  `json:"action" enum:"count,quarantine"`
	Passed    int64   `json:"passed"`
	Failed    int64   `json:"failed"`
}

func newCounts(conditions []quality.Condition) Counts {
	c := Counts{Refused: map[string]int64{}}
	for _, condition := range conditions {
		c.Checks = append(c.Checks, Check{Name: condition.Name, Dimension: condition.Dimension, Threshold: float64(condition.Threshold), Action: condition.Action})
	}
	return c
}

// add adds the counts of a batch.
func (c *Counts) add(more Counts) {
	c.In += more.In
	c.Passed += more.Passed
	c.Removed += more.Removed
	c.Absorbed += more.Absorbed
	c.Quarantined += more.Quarantined
	for check, n := range more.Refused {
		c.Refused[check] += n
	}
	for i := range more.Checks {
		c.Checks[i].Passed += more.Checks[i].Passed
		c.Checks[i].Failed += more.Checks[i].Failed
	}
}
