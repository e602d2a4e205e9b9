package kafka_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weftmesh/weft/internal/engine/kafka"
)

// TestAFullDiskTakesTheBusDown: the file that it probes the disk with cannot be written.
func TestAFullDiskTakesTheBusDown(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("this system has no /dev/full")
	}
	dir := t.TempDir()
	bus := open(t, dir)
	if err := os.RemoveAll(filepath.Join(dir, "probe")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/dev/full", filepath.Join(dir, "probe")); err != nil {
		t.Fatal(err)
	}
	if err := failure(t, bus); !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "free space or replace the disk") {
		t.Errorf("the bus stopped with: %v", err)
	}
}

// TestWhatCannotBeWrittenIsNotAcknowledged: the log's folder is gone, and a file lies in its place.
func TestWhatCannotBeWrittenIsNotAcknowledged(t *testing.T) {
	for name, write := range map[string]func(context.Context, *kgo.Client, *kadm.Client) error{
		"a record": func(ctx context.Context, client *kgo.Client, _ *kadm.Client) error {
			return client.ProduceSync(ctx, &kgo.Record{Topic: "t", Value: []byte("x")}).FirstErr()
		},
		"a group's offset": func(ctx context.Context, _ *kgo.Client, admin *kadm.Client) error {
			var offsets kadm.Offsets
			offsets.AddOffset("t", 0, 1, -1)
			return admin.CommitAllOffsets(ctx, "g", offsets)
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			bus := open(t, dir)
			client := connect(t, bus)
			admin := kadm.NewClient(client)
			if _, err := admin.CreateTopic(t.Context(), 1, 1, nil, "t"); err != nil {
				t.Fatal(err)
			}
			log := filepath.Join(dir, "log")
			if err := errors.Join(os.RemoveAll(log), os.WriteFile(log, nil, 0o600)); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
			defer cancel()
			if err := write(ctx, client, admin); err == nil {
				t.Error("it was acknowledged")
			}
			if err := failure(t, bus); !errors.Is(err, syscall.ENOTDIR) {
				t.Errorf("the bus stopped with: %v", err)
			}
		})
	}
}

// TestADirectoryHasOneBus: the second is told who holds it.
func TestADirectoryHasOneBus(t *testing.T) {
	dir := t.TempDir()
	open(t, dir)
	if _, err := kafka.Open(t.Context(), kafka.Config{Dir: dir, Listen: "127.0.0.1:0"}); !errors.Is(err, kafka.ErrLocked) {
		t.Errorf("a second bus: %v", err)
	}
}

func failure(t *testing.T, bus *kafka.Bus) error {
	t.Helper()
	select {
	case err := <-bus.Failed():
		return err
	case <-time.After(20 * time.Second):
		t.Fatal("the bus goes on")
		return nil
	}
}
