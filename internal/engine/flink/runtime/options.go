package runtime

import (
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/flinksql/plan"
)

// Options is how a job runs. The names in ParseOptions are those of Flink's configuration.
type Options struct {
	Parallelism        int
	WatermarkInterval  time.Duration // 0: a watermark after each row that raises it
	SourceIdle         time.Duration // table.exec.source.idle-timeout; 0: never
	StateTTL           time.Duration
	CheckpointInterval time.Duration // 0: no checkpoints
	CheckpointTimeout  time.Duration
	MinPause           time.Duration
	TolerableFailures  int // checkpoints in a row that may fail
	Retained           int // complete checkpoints that are kept
	Restart            Restart
	Zone               *time.Location
	DropNulls          bool // rows with NULL for a column that is NOT NULL are left out; else they fail the job
}

// Defaults are Flink's, but for the number of retained checkpoints, which gives a damaged one a predecessor.
func Defaults() Options {
	return Options{
		Parallelism: runtime.GOMAXPROCS(0), WatermarkInterval: 200 * time.Millisecond, CheckpointTimeout: 10 * time.Minute, Retained: 3, Zone: time.UTC,
	}
}

// ParseOptions reads what SET has set; other keys are left to others.
func ParseOptions(set map[string]string) (Options, error) {
	o := Defaults()
	var err error
	read := func(key string, parse func(text string) error) {
		if text, ok := set[key]; ok && err == nil {
			if problem := parse(text); problem != nil {
				err = fmt.Errorf("%s = %q: %w", key, text, problem)
			}
		}
	}
	parallelism := func(text string) error {
		if text == "-1" {
			return nil
		}
		return whole(&o.Parallelism, 1)(text)
	}
	read("parallelism.default", parallelism)
	read("table.exec.resource.default-parallelism", parallelism)
	read("pipeline.auto-watermark-interval", duration(&o.WatermarkInterval))
	read("table.exec.source.idle-timeout", duration(&o.SourceIdle))
	read("table.exec.state.ttl", duration(&o.StateTTL))
	read("execution.checkpointing.interval", duration(&o.CheckpointInterval))
	read("execution.checkpointing.timeout", duration(&o.CheckpointTimeout))
	read("execution.checkpointing.min-pause", duration(&o.MinPause))
	read("execution.checkpointing.tolerable-failed-checkpoints", whole(&o.TolerableFailures, 0))
	read("execution.checkpointing.num-retained", whole(&o.Retained, 1))
	read("table.exec.sink.not-null-enforcer", func(text string) error {
		o.DropNulls = strings.EqualFold(text, "DROP")
		if !o.DropNulls && !strings.EqualFold(text, "ERROR") {
			return errors.New("it is ERROR or DROP")
		}
		return nil
	})
	read("table.local-time-zone", func(text string) error {
		if text == "default" {
			return nil
		}
		zone, err := expr.Zone(text)
		if err == nil {
			o.Zone = zone
		}
		return err
	})
	if err != nil {
		return o, err
	}
	o.Restart, err = ParseRestart(set, o.CheckpointInterval > 0)
	return o, err
}

func duration(to *time.Duration) func(string) error {
	return func(text string) (err error) { *to, err = plan.ParseDuration(text); return err }
}

func whole(to *int, least int) func(string) error {
	return func(text string) (err error) {
		if *to, err = strconv.Atoi(text); err == nil && *to < least {
			err = fmt.Errorf("must be at least %d", least)
		}
		return err
	}
}
