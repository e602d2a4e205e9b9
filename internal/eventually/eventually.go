// Package eventually waits, in tests, for a condition that another goroutine, process or
// server brings about: it asks again until it holds or a bound has passed. No test sleeps instead.
package eventually

import (
	"testing"
	"time"
)

// The pauses between two askings: short at first, as most conditions hold soon.
const (
	firstPause = 5 * time.Millisecond
	lastPause  = 200 * time.Millisecond
)

// Eventually returns when condition returns nil. Once bound has passed, it ends the test with what
// was awaited, in words ("the group commits offset 10"), and the last error. The condition
// is asked in the caller's goroutine, at least once, and must bound its own time. Under
// testing/synctest the pauses are those of the fake clock.
func Eventually(t testing.TB, bound time.Duration, what string, condition func() error) {
	t.Helper()
	deadline := time.Now().Add(bound)
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		err := condition()
		if err == nil {
			return
		}
		left := time.Until(deadline)
		if left <= 0 {
			t.Fatalf("not within %s: %s: %v", bound, what, err)
		}
		<-time.After(min(pause, left))
	}
}
