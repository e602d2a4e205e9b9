package worker

import (
	"fmt"
	"net/http"

	"github.com/weftmesh/weft/internal/engine/connect/storage"
)

// Refusal is why a request is turned down, with the status of the answer.
type Refusal struct {
	Status  int
	Message string
}

func (r Refusal) Error() string { return r.Message }

func refused(status int, format string, args ...any) Refusal {
	return Refusal{status, fmt.Sprintf(format, args...)}
}

func missing(name string) Refusal {
	return refused(http.StatusNotFound, "Connector %s not found", name)
}

func unknown(name string) Refusal {
	return refused(http.StatusNotFound, "Unknown connector %s", name)
}

// Info is a connector as GET /connectors/{name} has it (ConnectorInfo).
type Info struct {
	Name   string            `json:"name"`
	Config map[string]string `json:"config"`
	Tasks  []TaskID          `json:"tasks"`
	Type   string            `json:"type"`
}

// TaskID names a task (ConnectorTaskId).
type TaskID struct {
	Connector string `json:"connector"`
	Task      int    `json:"task"`
}

// TaskInfo is a task with its configuration (TaskInfo).
type TaskInfo struct {
	ID     TaskID            `json:"id"`
	Config map[string]string `json:"config"`
}

// Status is how a connector is (ConnectorStateInfo).
type Status struct {
	Name      string         `json:"name"`
	Connector ConnectorState `json:"connector"`
	Tasks     []TaskState    `json:"tasks"`
	Type      string         `json:"type"`
}

// ConnectorState is a state, where, and why if it failed.
type ConnectorState struct {
	State   State  `json:"state"`
	Worker  string `json:"worker_id"`
	Trace   string `json:"trace,omitempty"`
	Version string `json:"version,omitempty"`
}

// TaskState is that of a task.
type TaskState struct {
	ID      int    `json:"id"`
	State   State  `json:"state"`
	Worker  string `json:"worker_id"`
	Trace   string `json:"trace,omitempty"`
	Version string `json:"version,omitempty"`
}

// Offsets are the positions of a connector (ConnectorOffsets).
type Offsets struct {
	Offsets []storage.Offset `json:"offsets"`
}

// Message is an answer in words (Message).
type Message struct {
	Message string `json:"message"`
}
