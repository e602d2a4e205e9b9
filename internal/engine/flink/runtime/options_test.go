package runtime_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/weftmesh/weft/internal/engine/flink/connectors"
	"github.com/weftmesh/weft/internal/engine/flink/runtime"
	"github.com/weftmesh/weft/internal/engine/flink/stream"
	"github.com/weftmesh/weft/internal/flinksql/plan"
)

func TestOptionsAreFlinks(t *testing.T) {
	o, err := runtime.ParseOptions(map[string]string{
		"parallelism.default": "3", "pipeline.auto-watermark-interval": "0", "execution.checkpointing.interval": "10 s", "table.exec.state.ttl": "1 h",
		"table.local-time-zone": "Europe/Prague", "execution.checkpointing.tolerable-failed-checkpoints": "2", "other": "x",
	})
	if err != nil {
		t.Fatal(err)
	}
	if o.Parallelism != 3 || o.WatermarkInterval != 0 || o.CheckpointInterval != 10*time.Second || o.StateTTL != time.Hour || o.TolerableFailures != 2 {
		t.Errorf("%+v", o)
	}
	if o.Restart.Strategy != "exponential-delay" || o.Restart.Delay != time.Second || o.Zone.String() != "Europe/Prague" {
		t.Errorf("restarts %+v in %s", o.Restart, o.Zone)
	}
	for key, value := range map[string]string{
		"parallelism.default": "0", "execution.checkpointing.interval": "soon", "table.local-time-zone": "Mars/Base", "restart-strategy.type": "pray",
		"restart-strategy.fixed-delay.attempts": "x",
	} {
		set := map[string]string{"restart-strategy": "fixed-delay"}
		set[key] = value
		if _, err := runtime.ParseOptions(set); err == nil || !strings.Contains(err.Error(), value) {
			t.Errorf("%s = %s: %v", key, value, err)
		}
	}
}

func TestLengthsOfTimeAreReadAsFlinkReadsThem(t *testing.T) {
	for text, want := range map[string]time.Duration{"200": 200 * time.Millisecond, "1 min": time.Minute, "5s": 5 * time.Second, " 2 days ": 48 * time.Hour, "1µs": time.Microsecond} {
		if got, err := stream.Duration(text); got != want || err != nil {
			t.Errorf("%q is %s, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "s", "1.5 s", "-1 s", "3 weeks", "99999999999 d"} {
		if got, err := stream.Duration(text); err == nil {
			t.Errorf("%q is %s", text, got)
		}
	}
}

func TestADrainBringsEventTimeToItsEndAndAStopDoesNot(t *testing.T) {
	for drain, want := range map[bool][]string{true: {"row 5000", "end"}, false: {"row 5000"}} {
		in, out := connectors.NewMemory(1), connectors.NewMemory(1)
		in.Append(0, timesOf(5))
		var log []string
		op := timing{mu: &sync.Mutex{}, log: &log}
		j := jobOf(t, counted(timed(0)), tables{"in": in, "out": out}, using(func(plan.Node, stream.Config) (stream.Operator, error) { return op, nil }),
			func(c *runtime.Config) {
				c.Options.WatermarkInterval, c.Options.Parallelism = time.Hour, 1
			})
		j.Start(t.Context())
		waitFor(t, "the row", func() bool { return len(out.Written()) > 0 })
		if _, err := j.Stop(t.Context(), t.TempDir(), drain); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(log, want) || j.Status().State != runtime.Finished {
			t.Errorf("drain %v: %v, %s", drain, log, j.Status().State)
		}
	}
}
