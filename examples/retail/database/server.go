package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// server is a PostgreSQL on a directory of its own.
type server struct {
	home     string // of the files that clients read
	folder   string // of the server: home, unless its owner cannot reach that
	programs programs
	owner    owner
	port     int
	password string
	cmd      *exec.Cmd
	ended    chan struct{} // closed once it has
}

// serve runs the server with its databases until the context ends, or the server does.
func serve(ctx context.Context, home string, programs programs) error {
	if err := os.MkdirAll(home, 0o711); err != nil {
		return err
	}
	unlock, err := lock(filepath.Join(home, "lock"))
	if err != nil {
		return err
	}
	defer unlock()
	s := &server{home: home, programs: programs}
	if err := s.prepare(); err != nil {
		return err
	}
	s.retract()
	defer s.retract()
	if err := s.start(ctx); err != nil {
		return err
	}
	defer s.stop()
	if err := s.databases(ctx); err != nil {
		return err
	}
	if err := s.announce(); err != nil {
		return err
	}
	fmt.Printf("PostgreSQL of crm and billing is up on 127.0.0.1:%d; its data is in %s\n", s.port, filepath.Join(s.folder, "data"))
	select {
	case <-ctx.Done():
		return nil
	case <-s.ended:
		return fmt.Errorf("PostgreSQL ended by itself; the end of its log:\n%s", s.logged())
	}
}

// lock makes sure that one process runs the server of a folder.
func lock(name string) (unlock func(), err error) {
	file, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(errors.New("another `make up` runs the databases of this folder already"), file.Close())
	}
	return func() { _ = file.Close() }, nil
}

// prepare makes what is kept between runs: the cluster, the password, the port.
func (s *server) prepare() (err error) {
	if s.owner, err = newOwner(); err != nil {
		return err
	}
	if s.folder, err = s.owner.folder(s.home); err != nil {
		return err
	}
	if s.password, err = keptPassword(filepath.Join(s.home, "password")); err != nil {
		return err
	}
	if err := s.leftover(); err != nil {
		return err
	}
	if s.port, err = keptPort(filepath.Join(s.home, "port")); err != nil {
		return err
	}
	return s.makeCluster()
}

func (s *server) data() string { return filepath.Join(s.folder, "data") }

func (s *server) log() string { return filepath.Join(s.home, "log") }

// makeCluster makes the cluster, where there is none: in UTF-8 and the locale C, log-in by password alone. One that was
// made by half, as PG_VERSION is written early and its last file late, is made anew.
func (s *server) makeCluster() error {
	whole := filepath.Join(s.home, "initialized")
	if _, err := os.Stat(whole); err == nil {
		return s.sameVersion()
	}
	if err := emptied(s.data()); err != nil {
		return err
	}
	file := filepath.Join(s.folder, "first-password")
	if err := os.WriteFile(file, []byte(s.password), 0o600); err != nil {
		return err
	}
	defer os.Remove(file)
	if c := s.owner.credential; c != nil {
		if err := os.Chown(file, int(c.Uid), int(c.Gid)); err != nil {
			return err
		}
	}
	out, err := s.owner.command(s.data(), s.programs.path("initdb"), "-D", s.data(), "-U", superuser, "-E", "UTF8", "--no-locale", "--no-sync", "-A", "scram-sha-256", "--pwfile", file).CombinedOutput()
	if err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return os.WriteFile(whole, nil, 0o600)
}

func emptied(dir string) error {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
	}
	return err
}

// sameVersion refuses data of another major version, which the server could not read.
func (s *server) sameVersion() error {
	text, err := os.ReadFile(filepath.Join(s.data(), "PG_VERSION"))
	if err != nil {
		return fmt.Errorf("%w; the data is damaged: remove %s and start again", err, s.home)
	}
	if major := majorOf(s.programs.path("initdb")); strings.TrimSpace(string(text)) != strconv.Itoa(major) {
		return fmt.Errorf("the data was made by PostgreSQL %s, and %d is the newest that is installed; remove %s to start with empty databases", strings.TrimSpace(string(text)), major, s.home)
	}
	return nil
}

// settings make a small server that clients reach on loopback alone, whose changes can be captured; a reader of changes
// that stays away does not fill the disk.
func (s *server) settings() []string {
	return []string{
		"listen_addresses=127.0.0.1", "port=" + strconv.Itoa(s.port), "unix_socket_directories=", "wal_level=logical", "max_wal_senders=10", "max_replication_slots=10",
		"max_slot_wal_keep_size=1GB", "max_wal_size=256MB", "shared_buffers=64MB", "max_connections=50", "timezone=UTC", "log_timezone=UTC", "logging_collector=off",
	}
}

// start runs the server and waits until it answers.
func (s *server) start(ctx context.Context) error {
	args := []string{"-D", s.data()}
	for _, setting := range s.settings() {
		args = append(args, "-c", setting)
	}
	log, err := os.OpenFile(s.log(), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	s.cmd = s.owner.command(s.data(), s.programs.path("postgres"), args...)
	s.cmd.Stdout, s.cmd.Stderr = log, log
	if err := s.cmd.Start(); err != nil {
		return fmt.Errorf("start PostgreSQL: %w", err)
	}
	s.ended = make(chan struct{})
	go func() {
		defer close(s.ended)
		_ = s.cmd.Wait() // what it says stands in the log
	}()
	if err := s.answering(ctx); err != nil {
		s.stop()
		return err
	}
	return nil
}

// patience bounds how long the server is waited for: recovery after a crash takes its time.
const patience = time.Minute

func (s *server) answering(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		conn, err := s.connect(ctx, superuser, "postgres")
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-s.ended:
			return fmt.Errorf("PostgreSQL did not start; the end of its log:\n%s", s.logged())
		case <-ctx.Done():
			return fmt.Errorf("PostgreSQL does not answer: %w; the end of its log:\n%s", err, s.logged())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// stop ends the server in order, and waits until it has; connections are cut (PostgreSQL: fast shutdown).
func (s *server) stop() {
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGQUIT, syscall.SIGKILL} {
		_ = s.cmd.Process.Signal(signal)
		select {
		case <-s.ended:
			return
		case <-time.After(20 * time.Second):
		}
	}
}

// logged is the end of what the server wrote.
func (s *server) logged() string {
	text, _ := os.ReadFile(s.log())
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.Join(lines[max(0, len(lines)-10):], "\n")
}

// keptPort is the port of the last run, if it is free, else a free one: clients find the server where it was.
func keptPort(name string) (int, error) {
	text, _ := os.ReadFile(name) // none: the first run
	address := "127.0.0.1:" + strings.TrimSpace(string(text))
	listener, err := net.Listen("tcp", address)
	if err != nil || len(text) == 0 {
		if err == nil {
			_ = listener.Close()
		}
		if listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			return 0, err
		}
	}
	defer listener.Close()
	port := listener.Addr().(*net.TCPAddr).Port //nolint:errcheck // it is one
	return port, os.WriteFile(name, []byte(strconv.Itoa(port)), 0o600)
}
