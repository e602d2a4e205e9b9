package gate

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/weftmesh/weft/internal/addrs"
)

// State is how a gate is.
type State string

// The states of a gate.
const (
	Starting State = "starting"
	Running  State = "running"
	Waiting  State = "waiting" // something outside does not answer; it goes on by itself
	Stopped  State = "stopped" // the source no longer is what the contract says; it goes on when a contract is applied
)

// Status is how the gate of one topic is, in this process.
type Status struct {
	Product addrs.Product `json:"product"`
	Topic   addrs.Topic   `json:"topic"`
	Input   addrs.Topic   `json:"input"`
	State   State         `json:"state" enum:"starting,running,waiting,stopped"`
	Why     string        `json:"why,omitempty" doc:"What it waits for, or what stopped it"`
	Warning string        `json:"warning,omitempty" doc:"What is not as the contract says, and goes on"`
	Since   time.Time     `json:"since"`
	Counts  Counts        `json:"counts" doc:"Since the process started"`
}

// status is a Status that changes.
type status struct {
	mu  sync.Mutex
	now func() time.Time
	Status
}

func (s *status) set(state State, why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.State != state || s.Why != why {
		s.State, s.Why, s.Since = state, why, s.now().UTC()
	}
}

func (s *status) warn(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Warning = text
}

func (s *status) count(more Counts) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.Counts.Refused == nil {
		s.Counts = Counts{Refused: map[string]int64{}, Checks: make([]Check, len(more.Checks))}
		for i, c := range more.Checks {
			c.Passed, c.Failed = 0, 0
			s.Counts.Checks[i] = c
		}
	}
	s.Counts.add(more)
}

// get is a copy that is the caller's.
func (s *status) get() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.Status
	out.Counts.Refused, out.Counts.Checks = maps.Clone(s.Counts.Refused), slices.Clone(s.Counts.Checks)
	return out
}
