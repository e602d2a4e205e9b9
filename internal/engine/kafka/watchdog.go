package kafka

import (
	"context"
	"os"
	"path/filepath"
	"time"
)

// probeEvery bounds how long a disk that fails unnoticed can be written to: kfake drops the errors of fsync.
const probeEvery = time.Second

// watch writes and syncs a small file next to the log until the context ends. The first failure takes the bus down:
// what was answered after it may not be on disk.
func (b *Bus) watch(ctx context.Context, dir string) {
	ticker := time.NewTicker(probeEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if err := probe(dir); err != nil {
				b.fail(err)
				return
			}
		}
	}
}

func probe(dir string) error {
	f, err := os.OpenFile(filepath.Join(dir, "probe"), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(make([]byte, 4096))
	if err == nil {
		err = f.Sync()
	}
	if closing := f.Close(); err == nil {
		err = closing
	}
	return err
}
