package observe

import (
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/weftmesh/weft/internal/addrs"
)

// Gate is how the gate before one topic of a product is, as far as it runs in this process.
type Gate struct {
	Topic       addrs.Topic      `json:"topic"`
	Input       addrs.Topic      `json:"input"`
	Watch       bool             `json:"watch,omitempty" doc:"It stands behind the product's own topic, which others write"`
	State       string           `json:"state" enum:"starting,running,waiting,stopped"`
	Why         string           `json:"why,omitempty" doc:"What it waits for, or what stopped it"`
	Warning     string           `json:"warning,omitempty" doc:"What is not as the contract says, and goes on"`
	Since       time.Time        `json:"since" doc:"Since when it is in this state"`
	In          int64            `json:"in" doc:"Raw records that were handled, since the process started"`
	Passed      int64            `json:"passed" doc:"Rows written to the product"`
	Removed     int64            `json:"removed" doc:"Tombstones written to the product"`
	Absorbed    int64            `json:"absorbed" doc:"Records that say nothing that another does not say"`
	Quarantined int64            `json:"quarantined"`
	Refused     map[string]int64 `json:"refused,omitempty" doc:"Quarantined records by the check that refused them first"`
	Checks      []CheckCount     `json:"checks,omitempty" doc:"The contract's checks in SQL"`
}

// CheckCount is how the rows fared that a check was held against.
type CheckCount struct {
	Name      string  `json:"name"`
	Dimension string  `json:"dimension"`
	Threshold float64 `json:"threshold" doc:"The share of rows, in percent, that has to pass"`
	Passed    int64   `json:"passed"`
	Failed    int64   `json:"failed"`
}

// Score is the share of rows that passed, in percent; nil before the first.
func (c CheckCount) Score() *float64 {
	if c.Passed+c.Failed == 0 {
		return nil
	}
	return new(100 * float64(c.Passed) / float64(c.Passed+c.Failed))
}

// States of a gate.
const (
	GateWaiting = "waiting"
	GateStopped = "stopped"
)

// trouble says in words what keeps gates from letting records through; "" if nothing does.
func trouble(gates []Gate) string {
	for _, g := range gates {
		switch {
		case g.Watch: // the product's rows do not wait for it
		case g.State == GateStopped:
			return "its gate stopped: " + g.Why
		case g.State == GateWaiting:
			return "its gate waits: " + g.Why
		}
	}
	return ""
}

// Quality is the share of records, in percent, that came through a product's gates and all of its checks; nil where
// nothing came.
func Quality(gates []Gate) *float64 {
	var all, good int64
	for _, g := range gates {
		worst := int64(0)
		for _, c := range g.Checks {
			worst = max(worst, c.Failed)
		}
		all += g.In - g.Absorbed
		good += max(0, g.In-g.Absorbed-max(g.Quarantined, worst))
	}
	if all == 0 {
		return nil
	}
	return new(100 * float64(good) / float64(all))
}

// missed says which checks pass less often than the contract wants.
func missed(gates []Gate) string {
	for _, g := range gates {
		for _, c := range g.Checks {
			if score := c.Score(); score != nil && *score < c.Threshold {
				return fmt.Sprintf("check %s holds for %.2f %% of the rows, promised are %g %%", c.Name, *score, c.Threshold)
			}
		}
	}
	return ""
}

var (
	ofGate       = []string{"domain", "product", "topic"}
	descGateUp   = prometheus.NewDesc("weft_gate_running", "1 while the gate before a topic runs, else 0.", ofGate, nil)
	descGateIn   = prometheus.NewDesc("weft_gate_records_total", "Raw records that the gate handled, by what became of them.", append(ofGate[:3:3], "outcome"), nil)
	descRefused  = prometheus.NewDesc("weft_gate_refused_records_total", "Quarantined records by the check that refused them first.", append(ofGate[:3:3], "check"), nil)
	descCheck    = prometheus.NewDesc("weft_check_rows_total", "Rows that a check of the contract was held against, by its result.", append(ofGate[:3:3], "check", "dimension", "result"), nil)
	descWanted   = prometheus.NewDesc("weft_check_threshold_ratio", "The share of rows that has to pass a check, by the contract.", append(ofGate[:3:3], "check", "dimension"), nil)
	descriptions = []*prometheus.Desc{descGateUp, descGateIn, descRefused, descCheck, descWanted}
)

// GateMetrics gives what the gates of a process count to Prometheus.
type GateMetrics struct {
	gates func() map[addrs.Product][]Gate
}

var _ prometheus.Collector = (*GateMetrics)(nil)

// NewGateMetrics collects from what gates say of themselves.
func NewGateMetrics(gates func() map[addrs.Product][]Gate) *GateMetrics { return &GateMetrics{gates} }

// Describe names everything that is collected.
func (m *GateMetrics) Describe(out chan<- *prometheus.Desc) {
	for _, d := range descriptions {
		out <- d
	}
}

// Collect writes the newest counts.
func (m *GateMetrics) Collect(out chan<- prometheus.Metric) {
	for product, gates := range m.gates() {
		for _, g := range gates {
			collectGate(out, g, []string{product.Domain, product.Short(), string(g.Topic)})
		}
	}
}

func collectGate(out chan<- prometheus.Metric, g Gate, labels []string) {
	give := func(desc *prometheus.Desc, kind prometheus.ValueType, value float64, more ...string) {
		out <- prometheus.MustNewConstMetric(desc, kind, value, append(labels[:3:3], more...)...)
	}
	up := 0.0
	if g.State == "running" {
		up = 1
	}
	give(descGateUp, prometheus.GaugeValue, up)
	for outcome, n := range map[string]int64{"passed": g.Passed, "removed": g.Removed, "absorbed": g.Absorbed, "quarantined": g.Quarantined} {
		give(descGateIn, prometheus.CounterValue, float64(n), outcome)
	}
	for check, n := range g.Refused {
		give(descRefused, prometheus.CounterValue, float64(n), check)
	}
	for _, c := range g.Checks {
		give(descCheck, prometheus.CounterValue, float64(c.Passed), c.Name, c.Dimension, "passed")
		give(descCheck, prometheus.CounterValue, float64(c.Failed), c.Name, c.Dimension, "failed")
		give(descWanted, prometheus.GaugeValue, c.Threshold/100, c.Name, c.Dimension)
	}
}
