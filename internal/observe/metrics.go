package observe

import (
	"github.com/prometheus/client_golang/prometheus"
)

// Collector gives the newest snapshot to Prometheus. Times are timestamps, never ages, so that an alert can count from
// them; nothing is ever NaN.
type Collector struct{ snapshot func() Snapshot }

var _ prometheus.Collector = (*Collector)(nil)

// NewCollector collects from snapshots.
func NewCollector(snapshot func() Snapshot) *Collector { return &Collector{snapshot} }

var (
	ofProduct = []string{"domain", "product"}
	ofGroup   = []string{"domain", "product", "group"}

	descRecords   = prometheus.NewDesc("weft_product_records_per_second", "Records written to the product each second, over the last ten.", ofProduct, nil)
	descBytes     = prometheus.NewDesc("weft_product_bytes_per_second", "Bytes written to the product each second, as stored.", ofProduct, nil)
	descHeld      = prometheus.NewDesc("weft_product_records", "Offsets between the start and the end of the product's partitions.", ofProduct, nil)
	descNewest    = prometheus.NewDesc("weft_product_newest_event_timestamp_seconds", "Event time of the product's newest event.", ofProduct, nil)
	descPromise   = prometheus.NewDesc("weft_product_freshness_promise_seconds", "How old the newest event may be, by the contract.", ofProduct, nil)
	descState     = prometheus.NewDesc("weft_product_state", "1 for the state that the product is in, 0 for the others.", append(ofProduct[:2:2], "state"), nil)
	descBad       = prometheus.NewDesc("weft_product_undecodable_records_total", "Sampled records that could not be decoded.", ofProduct, nil)
	descLag       = prometheus.NewDesc("weft_group_lag_records", "Records of the product that the group has not read.", ofGroup, nil)
	descLagTime   = prometheus.NewDesc("weft_group_lag_seconds", "Age of the oldest record that the group has not read; 0 when it has read all.", ofGroup, nil)
	descJobUp     = prometheus.NewDesc("weft_job_running", "1 while the job of a derived product runs, else 0.", ofProduct, nil)
	descCaptured  = prometheus.NewDesc("weft_connector_running", "1 while the connector that captures a product runs, else 0.", []string{"domain", "product", "connector"}, nil)
	descRestarts  = prometheus.NewDesc("weft_job_restarts_total", "How often the job was restarted after a failure.", ofProduct, nil)
	descCommitted = prometheus.NewDesc("weft_job_last_checkpoint_timestamp_seconds", "When the job's newest checkpoint completed.", ofProduct, nil)
	descMark      = prometheus.NewDesc("weft_job_watermark_timestamp_seconds", "The event time up to which the job has given all.", ofProduct, nil)
	descReachable = prometheus.NewDesc("weft_bus_up", "1 when the event bus answered the last time it was asked.", nil, nil)
	descAsked     = prometheus.NewDesc("weft_observed_timestamp_seconds", "When the event bus last answered.", nil, nil)
)

// Describe names everything that is collected.
func (c *Collector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{descRecords, descBytes, descHeld, descNewest, descPromise, descState, descBad, descLag, descLagTime, descCaptured, descJobUp, descRestarts, descCommitted, descMark, descReachable, descAsked} {
		out <- d
	}
}

// Collect writes the newest snapshot.
func (c *Collector) Collect(out chan<- prometheus.Metric) {
	snapshot := c.snapshot()
	up := 1.0
	if snapshot.Trouble != "" || snapshot.At.IsZero() {
		up = 0
	}
	out <- prometheus.MustNewConstMetric(descReachable, prometheus.GaugeValue, up)
	if !snapshot.At.IsZero() {
		out <- prometheus.MustNewConstMetric(descAsked, prometheus.GaugeValue, float64(snapshot.At.UnixMilli())/1000)
	}
	for _, p := range snapshot.Products {
		collect(out, p)
	}
}

// runs is 1 for what runs, else 0.
func runs(state string) float64 {
	if state == JobRunning {
		return 1
	}
	return 0
}

func collect(out chan<- prometheus.Metric, p Product) {
	labels := []string{p.Product.Domain, p.Product.Short()}
	gauge := func(desc *prometheus.Desc, value float64, more ...string) {
		out <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, append(labels[:2:2], more...)...)
	}
	for _, state := range States {
		value := 0.0
		if p.State == state {
			value = 1
		}
		gauge(descState, value, string(state))
	}
	out <- prometheus.MustNewConstMetric(descBad, prometheus.CounterValue, float64(p.Undecodable), labels...)
	if p.PromiseSeconds != nil {
		gauge(descPromise, *p.PromiseSeconds)
	}
	if p.NewestEvent != nil {
		gauge(descNewest, float64(p.NewestEvent.UnixMilli())/1000)
	}
	if c := p.Connector; c != nil && c.State != JobUnknown {
		gauge(descCaptured, runs(c.State), string(c.Name))
	}
	if j := p.Job; j != nil && j.State != JobUnknown {
		gauge(descJobUp, runs(j.State))
		out <- prometheus.MustNewConstMetric(descRestarts, prometheus.CounterValue, float64(j.Restarts), labels...)
		if j.LastCheckpoint != nil {
			gauge(descCommitted, float64(j.LastCheckpoint.UnixMilli())/1000)
		}
		if j.Watermark != nil {
			gauge(descMark, float64(j.Watermark.UnixMilli())/1000)
		}
	}
	if p.State == Unreachable || p.State == Unknown {
		return
	}
	gauge(descRecords, p.RecordsPerSecond)
	gauge(descBytes, p.BytesPerSecond)
	gauge(descHeld, float64(p.Records))
	for _, g := range p.Groups {
		gauge(descLag, float64(g.LagRecords), string(g.Group))
		gauge(descLagTime, g.LagSeconds, string(g.Group))
	}
}
