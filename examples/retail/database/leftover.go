package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// leftover deals with what a crash left behind in the server's own directory: a server that goes on without the one
// that started it is ended in order; a postmaster.pid whose process is gone, or is another by now, is removed.
func (s *server) leftover() error {
	name := filepath.Join(s.data(), "postmaster.pid")
	text, err := os.ReadFile(name)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	first, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(first))
	if err != nil || pid <= 1 || !s.ours(pid) {
		return os.Remove(name)
	}
	fmt.Printf("ending PostgreSQL (process %d), which an earlier run left behind\n", pid)
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGQUIT} {
		_ = syscall.Kill(pid, signal) // it may have ended
		for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
			if !s.ours(pid) {
				return nil
			}
		}
	}
	return fmt.Errorf("PostgreSQL (process %d), which an earlier run left behind, does not end; end it and start again", pid)
}

// ours reports whether a process is a server on this directory: numbers of processes are used again.
func (s *server) ours(pid int) bool {
	said, err := exec.CommandContext(context.Background(), "ps", "-ww", "-o", "stat=,args=", "-p", strconv.Itoa(pid)).Output()
	line := strings.TrimSpace(string(said))
	return err == nil && !strings.HasPrefix(line, "Z") && strings.Contains(line, "-D "+s.data()+" ")
}
