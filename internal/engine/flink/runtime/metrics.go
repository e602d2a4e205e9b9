package runtime

import (
	"sync/atomic"
	"time"
)

// Metrics is what a task counts, by the names of Flink's documentation (Operations, Metrics, System metrics).
type Metrics struct {
	in, out, late   atomic.Int64
	inMark, outMark atomic.Int64
	blocked, idle   atomic.Int64 // nanoseconds since the start
	started         time.Time
	lastIn, lastOut atomic.Int64 // at the last rate
	inRate, outRate atomic.Int64
	metered         atomic.Bool
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

// Read gives the figures. Rates are those over the task's life so far, until Meter has been called.
func (m *Metrics) Read() Figures {
	alive := time.Since(m.started)
	blocked, idle := time.Duration(m.blocked.Load()), time.Duration(m.idle.Load())
	busy := max(alive-blocked-idle, 0)
	f := Figures{
		NumRecordsIn: m.in.Load(), NumRecordsOut: m.out.Load(), NumLateRecordsDropped: m.late.Load(),
		CurrentInputWatermark: m.inMark.Load(), CurrentOutputWatermark: m.outMark.Load(),
		NumRecordsInPerSecond: m.inRate.Load(), NumRecordsOutPerSecond: m.outRate.Load(),
		AccumulatedBusyTime: busy.Milliseconds(), AccumulatedBackPressure: blocked.Milliseconds(), AccumulatedIdle: idle.Milliseconds(),
	}
	if seconds := alive.Seconds(); seconds > 0 {
		if !m.metered.Load() {
			f.NumRecordsInPerSecond, f.NumRecordsOutPerSecond = int64(float64(f.NumRecordsIn)/seconds), int64(float64(f.NumRecordsOut)/seconds)
		}
		f.BusyTimeMsPerSecond = int64(float64(busy.Milliseconds()) / seconds)
		f.BackPressuredTimeMsPerSec = int64(float64(blocked.Milliseconds()) / seconds)
		f.IdleTimeMsPerSecond = int64(float64(idle.Milliseconds()) / seconds)
	}
	return f
}

// Meter sets the rates from what was counted since the last call.
func (m *Metrics) Meter(since time.Duration) {
	in, out := m.in.Load(), m.out.Load()
	if s := since.Seconds(); s > 0 {
		m.metered.Store(true)
		m.inRate.Store(int64(float64(in-m.lastIn.Swap(in)) / s))
		m.outRate.Store(int64(float64(out-m.lastOut.Swap(out)) / s))
	}
}
