package runtime

import (
	"sync"
	"sync/atomic"
	"time"
)

// Metrics is what a task counts, by the names of Flink's documentation (Operations, Metrics, System metrics).
type Metrics struct {
	in, out, late   atomic.Int64
	inMark, outMark atomic.Int64
	blocked, idle   atomic.Int64 // nanoseconds since the start
	started         time.Time

	mu         sync.Mutex
	last, rate sample // rate is what came to pass in the second before last
}

// sample is the counters at one moment, or what they grew by in a second.
type sample struct {
	at                     time.Time
	in, out, blocked, idle int64
}

// Figures is one reading of a task's metrics.
type Figures struct {
	NumRecordsIn              int64 `json:"numRecordsIn"`
	NumRecordsOut             int64 `json:"numRecordsOut"`
	NumRecordsInPerSecond     int64 `json:"numRecordsInPerSecond"`
	NumRecordsOutPerSecond    int64 `json:"numRecordsOutPerSecond"`
	NumLateRecordsDropped     int64 `json:"numLateRecordsDropped"`
	CurrentInputWatermark     int64 `json:"currentInputWatermark"`
	CurrentOutputWatermark    int64 `json:"currentOutputWatermark"`
	BusyTimeMsPerSecond       int64 `json:"busyTimeMsPerSecond"`
	BackPressuredTimeMsPerSec int64 `json:"backPressuredTimeMsPerSecond"`
	IdleTimeMsPerSecond       int64 `json:"idleTimeMsPerSecond"`
	AccumulatedBusyTime       int64 `json:"accumulateBusyTime"`
	AccumulatedBackPressure   int64 `json:"accumulateBackPressuredTime"`
	AccumulatedIdle           int64 `json:"accumulateIdleTime"`
}

func (m *Metrics) received(n int)                { m.in.Add(int64(n)) }
func (m *Metrics) sent(n int)                    { m.out.Add(int64(n)) }
func (m *Metrics) dropped(n int)                 { m.late.Add(int64(n)) }
func (m *Metrics) backPressured(d time.Duration) { m.blocked.Add(int64(d)) }
func (m *Metrics) idled(d time.Duration)         { m.idle.Add(int64(d)) }

// Read gives the figures. Rates are those of the last second or more between two readings, at first of the task's life.
func (m *Metrics) Read() Figures {
	now := sample{at: time.Now(), in: m.in.Load(), out: m.out.Load(), blocked: m.blocked.Load(), idle: m.idle.Load()}
	rate := m.rates(now)
	alive := now.at.Sub(m.started)
	blocked, idle := time.Duration(now.blocked).Milliseconds(), time.Duration(now.idle).Milliseconds()
	blockedRate, idleRate := time.Duration(rate.blocked).Milliseconds(), time.Duration(rate.idle).Milliseconds()
	return Figures{
		NumRecordsIn: now.in, NumRecordsOut: now.out, NumRecordsInPerSecond: rate.in, NumRecordsOutPerSecond: rate.out,
		NumLateRecordsDropped: m.late.Load(), CurrentInputWatermark: m.inMark.Load(), CurrentOutputWatermark: m.outMark.Load(),
		BusyTimeMsPerSecond: max(1000-blockedRate-idleRate, 0), BackPressuredTimeMsPerSec: blockedRate, IdleTimeMsPerSecond: idleRate,
		AccumulatedBusyTime: max(alive.Milliseconds()-blocked-idle, 0), AccumulatedBackPressure: blocked, AccumulatedIdle: idle,
	}
}

// rates gives the growth a second.
func (m *Metrics) rates(now sample) sample {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.last.at.IsZero() {
		m.last.at = m.started
	}
	past := now.at.Sub(m.last.at).Seconds()
	if past < 1 && !m.rate.at.IsZero() || past <= 0 {
		return m.rate
	}
	per := func(now, before int64) int64 { return int64(float64(now-before) / past) }
	m.rate = sample{
		at: now.at, in: per(now.in, m.last.in), out: per(now.out, m.last.out), blocked: per(now.blocked, m.last.blocked), idle: per(now.idle, m.last.idle),
	}
	if past >= 1 {
		m.last = now
	}
	return m.rate
}
