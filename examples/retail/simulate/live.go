package main

import (
	"context"
	"fmt"
	"time"
)

// activity is one thing that an application does: it writes one record or a few.
type activity struct {
	app    string // domain.app
	weight int    // how often, relative to the others
	do     func(*world)
}

func applications() map[string][]activity {
	apps := map[string][]activity{}
	for _, a := range activities() {
		apps[a.app] = append(apps[a.app], a)
	}
	return apps
}

func activities() []activity {
	var all []activity
	for _, domain := range [][]activity{crm(), storefront(), payments(), billing(), logistics(), inventory(), pricing(), marketing()} {
		all = append(all, domain...)
	}
	return all
}

// Spans of the simulation.
const (
	tick   = 20 * time.Millisecond
	report = 5 * time.Second
	burst  = 80 // times that each activity is done first, so that every product has a history
)

// live does a first burst of everything, then goes on at the rate until the context ends or enough is written.
func live(ctx context.Context, s settings, w *world, readers *readers) error {
	all, silenced := activities(), s.silenced()
	for range burst {
		for _, a := range all {
			if !silenced(a.app) {
				w.as(a)
			}
		}
	}
	before, shown, asked, written := time.Now(), time.Now(), time.Now(), w.bus.written.Load()
	start, owed := written, 0.0
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case now := <-ticker.C:
			owed = min(owed+s.rate*now.Sub(before).Seconds(), s.rate)
			before = now
			owed -= float64(w.spend(all, silenced, owed))
			if now.Sub(asked) >= time.Second {
				silenced, asked = s.silenced(), now
			}
			if now.Sub(shown) >= report {
				total := w.bus.written.Load()
				fmt.Printf("%.0f records/s written, %d in all; %d read, %d failed\n", float64(total-written)/now.Sub(shown).Seconds(), total, readers.read.Load(), w.bus.failed.Load())
				shown, written = now, total
			}
			if s.records > 0 && w.bus.written.Load()-start >= s.records {
				return nil
			}
		}
	}
}

// spend does activities until as many records are written as are owed, and gives how many.
func (w *world) spend(all []activity, silenced func(string) bool, owed float64) int64 {
	total := 0
	for _, a := range all {
		if !silenced(a.app) {
			total += a.weight
		}
	}
	before := w.emitted
	for total > 0 && float64(w.emitted-before) < owed-0.5 {
		pick := w.random.Intn(total)
		for _, a := range all {
			if silenced(a.app) {
				continue
			}
			if pick -= a.weight; pick < 0 {
				w.as(a)
				break
			}
		}
	}
	return w.emitted - before
}
