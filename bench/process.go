package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// cost is what a command took.
type cost struct {
	wall time.Duration
	cpu  time.Duration
	peak int64 // resident, in bytes
	out  string
}

// timed runs a command to its end.
func timed(dir, name string, args ...string) (cost, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	start := time.Now()
	err := cmd.Run()
	c := cost{wall: time.Since(start), out: out.String()}
	if cmd.ProcessState != nil {
		c.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
			c.peak = usage.Maxrss * 1024
		}
	}
	if err != nil {
		return c, fmt.Errorf("%s: %w\n%s", filepath.Base(name), err, lastLines(c.out))
	}
	return c, nil
}

func lastLines(text string) string { return text[max(0, len(text)-600):] }

// server starts a command that goes on, and waits until it has said what matches ready.
func (h *host) server(ready, name string, args ...string) (*exec.Cmd, string, error) {
	log, err := os.CreateTemp(h.dir, "server")
	if err != nil {
		return nil, "", err
	}
	defer log.Close()
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return nil, "", err
	}
	h.cleanups = append(h.cleanups, func() { end(cmd) })
	form := regexp.MustCompile(ready)
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); <-time.After(5 * time.Millisecond) {
		text, _ := os.ReadFile(log.Name())
		if said := form.FindString(string(text)); said != "" {
			return cmd, said, nil
		}
	}
	text, _ := os.ReadFile(log.Name())
	return nil, "", fmt.Errorf("%s did not start:\n%s", filepath.Base(name), lastLines(string(text)))
}

func end(cmd *exec.Cmd) {
	if cmd.ProcessState == nil {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	}
}

// after is what stands after a word in what a server said.
func after(said, word string) string {
	_, rest, _ := strings.Cut(said, word+" ")
	return strings.Trim(strings.Fields(rest + " ")[0], ",")
}

// cpuOf is the CPU time of a process that runs.
func cpuOf(pid int) time.Duration {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseInt(fields[11], 10, 64)
	system, _ := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * 10 * time.Millisecond // USER_HZ is 100
}

func mb(bytes int64) string { return fmt.Sprintf("%.0f MB", float64(bytes)/1e6) }

func ms(d time.Duration) string { return fmt.Sprintf("%.0f ms", float64(d.Microseconds())/1000) }

// forgetPeak lets the peak of a process begin anew (proc(5), clear_refs).
func forgetPeak(pid int) {
	_ = os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte("5"), 0)
}

// peakResident is the most memory that a process has had since then.
func peakResident(pid int) int64 {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	n, _ := strconv.ParseInt(fields[0], 10, 64)
	return n * 1024
}
