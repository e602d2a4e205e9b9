package kafka

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// disk takes a while to sync and counts how often it did.
type disk struct {
	takes time.Duration
	fails error
	syncs int
}

func (d *disk) sync() error {
	<-time.After(d.takes)
	d.syncs++
	return d.fails
}

func TestAnswersMadeTogetherShareOneSync(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &disk{takes: time.Millisecond}
		g := newGroupCommit(d.sync, func(err error) { t.Error(err) })
		defer g.close()
		answer(g) // from here on it is known what a sync takes
		for range 5 {
			g.expect()
		}
		var last <-chan struct{}
		for range 5 {
			last = g.wait()
			<-time.After(100 * time.Microsecond)
		}
		<-last
		if d.syncs != 2 {
			t.Errorf("%d syncs, want one of the first answer and one of the five", d.syncs)
		}
	})
}

func TestARequestThatHangsHoldsOthersUpNoLongerThanASyncTakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &disk{takes: 2 * time.Millisecond}
		g := newGroupCommit(d.sync, func(err error) { t.Error(err) })
		defer g.close()
		answer(g)
		g.expect() // hangs
		began := time.Now()
		answer(g)
		if took := time.Since(began); took != 4*time.Millisecond {
			t.Errorf("the answer left after %s, want 2 ms of patience and 2 ms of syncing", took)
		}
		d.takes = time.Minute
		answer(g)
		d.takes = 0
		began = time.Now()
		answer(g)
		if took := time.Since(began); took != mostPatience {
			t.Errorf("after a sync of a minute the answer left after %s, want %s", took, mostPatience)
		}
	})
}

func TestAnAnswerMadeDuringASyncWaitsForTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &disk{takes: time.Second}
		g := newGroupCommit(d.sync, func(err error) { t.Error(err) })
		defer g.close()
		g.expect()
		first := g.wait()
		<-time.After(d.takes / 2)
		g.expect()
		second := g.wait()
		<-first
		select {
		case <-second:
			t.Error("an answer was covered by a sync that began before it was made")
		default:
		}
		<-second
		if d.syncs != 2 {
			t.Errorf("%d syncs, want 2", d.syncs)
		}
	})
}

func TestNothingIsAcknowledgedOnceTheDiskFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &disk{fails: errors.New("no space left")}
		var failed error
		g := newGroupCommit(d.sync, func(err error) { failed = err })
		defer g.close()
		g.expect()
		first := g.wait()
		synctest.Wait()
		d.fails = nil
		g.expect()
		second := g.wait()
		synctest.Wait()
		select {
		case <-first:
			t.Error("what failed was acknowledged")
		case <-second:
			t.Error("what came after a failure was acknowledged")
		default:
		}
		if failed == nil {
			t.Error("nobody was told")
		}
	})
}

func answer(g *groupCommit) {
	g.expect()
	<-g.wait()
}
