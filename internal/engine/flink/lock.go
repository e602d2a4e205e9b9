package flink

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gofrs/flock"
)

// Errors that a caller can name a remedy for.
var (
	ErrDir    = errors.New("the data directory cannot be written")
	ErrLocked = errors.New("the data directory is in use")
)

// lockDir keeps other engines away from a directory: two that ran the same jobs would write everything twice.
func lockDir(dir string) (*flock.Flock, error) {
	if err := os.MkdirAll(filepath.Join(dir, jobsDir), 0o700); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDir, err)
	}
	path := filepath.Join(dir, "lock")
	lock := flock.New(path, flock.SetPermissions(0o600))
	locked, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDir, err)
	}
	if !locked {
		holder, _ := os.ReadFile(path)
		return nil, fmt.Errorf("%w: %s is held by process %s; stop it, or use another directory", ErrLocked, dir, strings.TrimSpace(string(holder)))
	}
	if err := os.WriteFile(path, []byte(strconv.Itoa(os.Getpid())), 0o600); err != nil {
		_ = lock.Unlock()
		return nil, fmt.Errorf("%w: %w", ErrDir, err)
	}
	return lock, nil
}
