package app

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// keyFile reads a key of 32 random bytes from a file that its owner alone can read, and makes it where there is none.
func keyFile(name string) ([]byte, error) {
	key, err := os.ReadFile(name)
	if err == nil && len(key) >= 32 {
		return key, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	key = make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		return nil, err
	}
	if err := os.WriteFile(name, key, 0o600); err != nil {
		return nil, fmt.Errorf("keep the key of masks: %w", err)
	}
	return key, nil
}
