package app

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

// settle is how long a folder must be quiet before its edits count as one change: editors write in several steps.
const settle = 150 * time.Millisecond

// watch calls changed after each burst of edits in a folder and those below it, until the context ends. changed runs
// in the caller's goroutine: edits during it are one change more. Hidden folders are not watched.
func watch(ctx context.Context, dir string, changed func()) error {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return fmt.Errorf("watch %s for changes: %w", dir, err)
	}
	defer watcher.Close()
	if err := watchBelow(watcher, dir); err != nil {
		return fmt.Errorf("watch %s for changes: %w", dir, err)
	}
	quiet := time.NewTimer(settle)
	quiet.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case event := <-watcher.Events:
			if hidden(dir, event.Name) {
				continue
			}
			if event.Has(fsnotify.Create) {
				_ = watchBelow(watcher, event.Name) // a file, or gone already: nothing to watch
			}
			quiet.Reset(settle)
		case <-watcher.Errors: //nolint:errcheck // an overflow: something changed
			quiet.Reset(settle)
		case <-quiet.C:
			changed()
		}
	}
}

func watchBelow(watcher *fsnotify.Watcher, dir string) error {
	return filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		if name != dir && strings.HasPrefix(entry.Name(), ".") {
			return filepath.SkipDir
		}
		return watcher.Add(name)
	})
}

// hidden reports whether a file is, or lies in, a hidden folder below dir, or is an editor's own.
func hidden(dir, name string) bool {
	relative, err := filepath.Rel(dir, name)
	if err != nil {
		return false
	}
	for _, part := range strings.Split(relative, string(filepath.Separator)) {
		if len(part) > 1 && strings.HasPrefix(part, ".") && part != ".." || strings.HasSuffix(part, "~") {
			return true
		}
	}
	return false
}
