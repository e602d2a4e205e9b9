package runtime

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/weftmesh/weft/internal/flinksql/plan"
)

// Restart says whether and when a job that failed starts again (Flink: Task Failure Recovery). The zero value never
// restarts.
type Restart struct {
	Strategy   string // "none", "fixed-delay", "exponential-delay"
	Attempts   int    // of fixed-delay; of exponential-delay math.MaxInt unless set
	Delay      time.Duration
	MaxDelay   time.Duration // of exponential-delay, as all that follows
	Multiplier float64
	ResetAfter time.Duration
}

// ParseRestart reads the keys of restart-strategy. Unset, it is exponential-delay where there are checkpoints.
func ParseRestart(set map[string]string, checkpointing bool) (Restart, error) {
	strategy, ok := set["restart-strategy.type"]
	if !ok {
		strategy, ok = set["restart-strategy"]
	}
	if !ok && checkpointing {
		strategy = "exponential-delay"
	}
	p := restartKeys{set: set}
	switch strategy {
	case "", "none", "off", "disable":
		return Restart{Strategy: "none"}, nil
	case "fixed-delay", "fixeddelay":
		r := Restart{
			Strategy: "fixed-delay", Attempts: p.whole("restart-strategy.fixed-delay.attempts", 1),
			Delay: p.duration("restart-strategy.fixed-delay.delay", time.Second),
		}
		return r, p.err
	case "exponential-delay", "exponentialdelay":
		const prefix = "restart-strategy.exponential-delay."
		r := Restart{
			Strategy: "exponential-delay", Attempts: p.whole(prefix+"attempts-before-reset-backoff", math.MaxInt),
			Delay: p.duration(prefix+"initial-backoff", time.Second), MaxDelay: p.duration(prefix+"max-backoff", time.Minute),
			Multiplier: p.number(prefix+"backoff-multiplier", 1.5), ResetAfter: p.duration(prefix+"reset-backoff-threshold", time.Hour),
		}
		return r, p.err
	}
	return Restart{}, fmt.Errorf("restart-strategy.type = %q is not known; it is none, fixed-delay or exponential-delay", strategy)
}

type restartKeys struct {
	set map[string]string
	err error
}

func (p *restartKeys) duration(key string, unset time.Duration) time.Duration {
	return readKey(p, key, unset, plan.ParseDuration)
}

func (p *restartKeys) whole(key string, unset int) int { return readKey(p, key, unset, strconv.Atoi) }

func (p *restartKeys) number(key string, unset float64) float64 {
	return readKey(p, key, unset, func(text string) (float64, error) { return strconv.ParseFloat(text, 64) })
}

func readKey[T any](p *restartKeys, key string, unset T, parse func(string) (T, error)) T {
	text, ok := p.set[key]
	if !ok {
		return unset
	}
	v, err := parse(text)
	if err != nil && p.err == nil {
		p.err = fmt.Errorf("%s = %q: %w", key, text, err)
	}
	return v
}

// after gives the pause before the next start, after some failures in a row; false if there is to be none.
func (r Restart) after(failures int) (time.Duration, bool) {
	switch r.Strategy {
	case "fixed-delay":
		return r.Delay, failures <= r.Attempts
	case "exponential-delay":
		pause := float64(r.Delay) * math.Pow(r.Multiplier, float64(failures-1))
		return time.Duration(min(pause, float64(r.MaxDelay))), failures <= r.Attempts
	}
	return 0, false
}
