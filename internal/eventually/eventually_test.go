package eventually

import (
	"errors"
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"
	"time"
)

func TestEventuallyReturnsOnceTheConditionHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start, asked := time.Now(), 0
		Eventually(t, time.Minute, "the third asking", func() error {
			if asked++; asked < 3 {
				return errors.New("not yet")
			}
			return nil
		})
		if took := time.Since(start); asked != 3 || took != 15*time.Millisecond {
			t.Errorf("asked %d times in %s, want 3 times in 15ms", asked, took)
		}
	})
}

func TestEventuallyGivesUpAtTheBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start, asked := time.Now(), 0
		said := failure(t, func(tb testing.TB) {
			Eventually(tb, 2*time.Second, "the moon is full", func() error { asked++; return fmt.Errorf("quarter %d", asked) })
		})
		if want := fmt.Sprintf("not within 2s: the moon is full: quarter %d", asked); said != want {
			t.Errorf("said %q, want %q", said, want)
		}
		if took := time.Since(start); took != 2*time.Second {
			t.Errorf("took %s, want 2s", took)
		}
	})
}

func TestEventuallyAsksOnceWithoutTime(t *testing.T) {
	Eventually(t, 0, "what holds already", func() error { return nil })
}

// failure runs a test function by itself and returns what it failed with.
func failure(t *testing.T, run func(testing.TB)) string {
	tb := &recorder{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		run(tb)
	}()
	<-done
	return tb.said
}

// recorder is a test that keeps its failure instead of failing.
type recorder struct {
	testing.TB
	said string
}

func (r *recorder) Helper() {}

func (r *recorder) Fatalf(format string, args ...any) {
	r.said = fmt.Sprintf(format, args...)
	runtime.Goexit()
}
