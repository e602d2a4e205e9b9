// Package runfile is up.json: how other programs find a mesh that runs in this folder.
package runfile

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/weftmesh/weft/internal/contracts"
)

// Dir is the folder, within a mesh's, that holds what a running mesh keeps on disk.
const Dir = ".weft"

// Name is the file's name within the data directory.
const Name = "up.json"

// Up is what a running mesh tells: its process and the addresses that its engines listen on. Kafka is host:port, the
// others are URLs.
type Up struct {
	PID          int    `json:"pid"`
	Kafka        string `json:"kafka"`
	Registry     string `json:"registry"`
	FlinkGateway string `json:"flink_gateway"`
	FlinkREST    string `json:"flink_rest"`
	Connect      string `json:"connect,omitempty"` // "" where no tables are captured
	HTTP         string `json:"http"`
	// Connections that were given from outside, by name. Their secrets are named, not told.
	Connections map[string]contracts.Connection `json:"connections,omitempty"`
}

// Write puts the file into a data directory, whole or not at all. It may be read by its owner alone.
func Write(dir string, up Up) error {
	text, err := json.MarshalIndent(up, "", "  ")
	if err != nil {
		return err
	}
	temporary := filepath.Join(dir, "."+Name)
	if err := os.WriteFile(temporary, append(text, '\n'), 0o600); err != nil {
		return fmt.Errorf("write %s: %w", Name, err)
	}
	return os.Rename(temporary, filepath.Join(dir, Name))
}

// Remove takes the file away; that it is not there is no error.
func Remove(dir string) error {
	err := os.Remove(filepath.Join(dir, Name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// ErrNotRunning says that no mesh runs on a data directory.
var ErrNotRunning = errors.New("no mesh runs here")

// Read finds the mesh that runs on a data directory. A file that a killed process left behind counts as none.
func Read(dir string) (Up, error) {
	text, err := os.ReadFile(filepath.Join(dir, Name))
	if errors.Is(err, fs.ErrNotExist) {
		return Up{}, ErrNotRunning
	}
	if err != nil {
		return Up{}, err
	}
	var up Up
	if err := json.Unmarshal(text, &up); err != nil {
		return Up{}, fmt.Errorf("%s is damaged: %w", filepath.Join(dir, Name), err)
	}
	if up.PID > 0 && errors.Is(syscall.Kill(up.PID, 0), syscall.ESRCH) {
		return Up{}, ErrNotRunning
	}
	return up, nil
}
