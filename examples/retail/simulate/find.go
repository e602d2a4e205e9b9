package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// patience bounds how long a mesh, and its topics and schemas, are waited for.
const patience = 60 * time.Second

// findMesh reads the addresses of the mesh that runs in the folder; it waits for one that is starting.
func (s *settings) findMesh(ctx context.Context) error {
	name := filepath.Join(s.mesh, ".weft", "up.json")
	return wait(ctx, "a mesh that runs in "+s.mesh+" (`weft up "+s.mesh+"` starts one)", func(context.Context) error {
		var up struct {
			PID      int    `json:"pid"`
			Kafka    string `json:"kafka"`
			Registry string `json:"registry"`
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(text, &up); err != nil {
			return err
		}
		if errors.Is(syscall.Kill(up.PID, 0), syscall.ESRCH) {
			return fmt.Errorf("%s is of a process that is gone", name)
		}
		s.kafka, s.registry = up.Kafka, up.Registry
		return nil
	})
}

// wait tries until there is no error, and says what it waits for.
func wait(ctx context.Context, what string, try func(context.Context) error) error {
	deadline := time.Now().Add(patience)
	for said := false; ; {
		err := try(ctx)
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case time.Now().After(deadline):
			return fmt.Errorf("waited %s for %s: %w", patience, what, err)
		}
		if !said {
			fmt.Println("waiting for", what)
			said = true
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
}
