package engines

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/weftmesh/weft/internal/eventually"
)

// PostgresVersion is the oldest PostgreSQL that the suites run against.
const PostgresVersion = 15

// Postgres is a real PostgreSQL on a directory of its own. It outlives its processes: after Stop or Kill, Start goes on
// from the same directory and on the same port.
type Postgres struct {
	Port     int
	User     string // a superuser
	Password string // "" if everyone on loopback is trusted
	PID      int    // of the postmaster; 0 while it is stopped

	bin, dir string
	as       *syscall.Credential
	cmd      *exec.Cmd
	log      *os.File
}

// PostgresOptions say what is wanted beyond a small server that trusts loopback and writes its log safely.
type PostgresOptions struct {
	Password string            // the superuser's; with it, log-in is by scram-sha-256
	Fast     bool              // fsync and full_page_writes off: safe against the end of processes, not of the machine
	Settings map[string]string // further lines of postgresql.conf; they win
}

// StartPostgres starts a server for a test and waits until it answers. wal_level is logical.
func StartPostgres(t testing.TB, options PostgresOptions) *Postgres {
	t.Helper()
	p := &Postgres{Port: FreePort(t), User: "weft", Password: options.Password, bin: postgresBinaries(t)}
	p.dir, p.as = privateFolder(t)
	p.initialise(t)
	p.configure(t, options)
	t.Cleanup(func() { p.end(t) })
	p.Start(t)
	return p
}

// postgresBinaries is the folder of a server's programs, the newest that is there.
func postgresBinaries(t testing.TB) string {
	t.Helper()
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	slices.SortFunc(found, func(a, b string) int { return postgresMajor(b) - postgresMajor(a) })
	if path, err := exec.LookPath("initdb"); err == nil {
		found = append(found, path)
	}
	for _, initdb := range found {
		if postgresMajor(initdb) >= PostgresVersion {
			return filepath.Dir(initdb)
		}
	}
	what := fmt.Sprintf("needs PostgreSQL %d or newer (Debian's postgresql): no initdb in /usr/lib/postgresql/*/bin or on the path", PostgresVersion)
	if os.Getenv("CI") == "true" {
		t.Fatal(what)
	}
	t.Skip(what)
	return ""
}

// postgresMajor asks initdb, which says "initdb (PostgreSQL) 15.18 (Debian ...)"; 0 if it says anything else.
func postgresMajor(initdb string) int {
	out, _ := exec.Command(initdb, "--version").Output()
	_, version, _ := strings.Cut(string(out), "(PostgreSQL) ")
	major, _ := strconv.Atoi(version[:strings.IndexFunc(version+".", func(r rune) bool { return r < '0' || r > '9' })])
	return major
}

// privateFolder is a folder for the server alone. PostgreSQL refuses to run as root: then it belongs to another user.
func privateFolder(t testing.TB) (string, *syscall.Credential) {
	t.Helper()
	dir, err := os.MkdirTemp("", "weft-postgres-")
	if err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() != 0 {
		return dir, nil
	}
	as := unprivileged(t)
	if err := os.Chown(dir, int(as.Uid), int(as.Gid)); err != nil {
		t.Fatal(err)
	}
	return dir, as
}

// initialise makes the cluster, in UTF-8 and the locale C, so that order and case do not depend on the machine.
func (p *Postgres) initialise(t testing.TB) {
	t.Helper()
	args := []string{"-D", p.data(), "-U", p.User, "-E", "UTF8", "--no-locale", "--no-sync", "-A", "trust"}
	if p.Password != "" {
		file := filepath.Join(p.dir, "password")
		if err := os.WriteFile(file, []byte(p.Password), 0o600); err != nil {
			t.Fatal(err)
		}
		if p.as != nil {
			if err := os.Chown(file, int(p.as.Uid), int(p.as.Gid)); err != nil {
				t.Fatal(err)
			}
		}
		args = append(args[:len(args)-1], "scram-sha-256", "--pwfile", file)
	}
	if out, err := p.command("initdb", args...).CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
}

func (p *Postgres) data() string { return filepath.Join(p.dir, "data") }

// command is a program of the server's, as the server's user.
func (p *Postgres) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(p.bin, name), args...)
	cmd.Dir = p.dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "TZ=UTC"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: p.as, Pdeathsig: syscall.SIGKILL}
	return cmd
}

func (p *Postgres) configure(t testing.TB, options PostgresOptions) {
	t.Helper()
	settings := []string{
		"listen_addresses = '127.0.0.1'", fmt.Sprintf("port = %d", p.Port), "unix_socket_directories = ''", "wal_level = logical",
		"max_wal_senders = 20", "max_replication_slots = 20", "shared_buffers = 32MB", "timezone = 'UTC'", "log_timezone = 'UTC'",
	}
	if options.Fast {
		settings = append(settings, "fsync = off", "full_page_writes = off")
	}
	for name, value := range options.Settings {
		settings = append(settings, fmt.Sprintf("%s = '%s'", name, strings.ReplaceAll(value, "'", "''")))
	}
	file, err := os.OpenFile(filepath.Join(p.data(), "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.WriteString(strings.Join(settings, "\n") + "\n"); err != nil {
		t.Fatal(err)
	}
}

// Start runs the server, after Stop or Kill again, and waits until it takes connections.
func (p *Postgres) Start(t testing.TB) {
	t.Helper()
	eventually.Eventually(t, time.Minute, "PostgreSQL to start", func() error {
		if err := p.run(); err != nil {
			return err
		}
		return p.await(20 * time.Second)
	})
}

func (p *Postgres) run() error {
	if p.PID != 0 {
		return nil
	}
	log, err := os.OpenFile(filepath.Join(p.dir, "output.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	cmd := p.command("postgres", "-D", p.data())
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return errors.Join(err, log.Close())
	}
	p.cmd, p.log, p.PID = cmd, log, cmd.Process.Pid
	return nil
}

// await returns once a connection is taken. A postmaster that ended meanwhile, as one does that finds a killed one's
// processes still alive, is forgotten, so that the next try starts another.
func (p *Postgres) await(bound time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), bound)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, p.URL("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		var status syscall.WaitStatus
		if pid, _ := syscall.Wait4(p.PID, &status, syscall.WNOHANG, nil); pid == p.PID {
			p.ended()
			return fmt.Errorf("it ended; it said:\n%s", tail(filepath.Join(p.dir, "output.log"), 10))
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// ended forgets a postmaster that is no more.
func (p *Postgres) ended() {
	_ = p.cmd.Process.Release()
	_ = p.log.Close()
	p.PID = 0
}

// Stop shuts the server down in order; connections are cut ("fast" shutdown).
func (p *Postgres) Stop(t testing.TB) {
	t.Helper()
	p.signal(t, syscall.SIGINT)
}

// Kill ends every process of the server at once, as a power cut would.
func (p *Postgres) Kill(t testing.TB) {
	t.Helper()
	if p.PID != 0 {
		_ = syscall.Kill(p.PID, syscall.SIGSTOP) // it must not replace what is killed next
		for _, child := range children(p.PID) {
			_ = syscall.Kill(child, syscall.SIGKILL)
		}
	}
	p.signal(t, syscall.SIGKILL)
}

func (p *Postgres) signal(t testing.TB, signal syscall.Signal) {
	t.Helper()
	if p.PID == 0 {
		return
	}
	if err := syscall.Kill(p.PID, signal); err != nil {
		t.Fatal(err)
	}
	_, _ = p.cmd.Process.Wait()
	p.ended()
}

func (p *Postgres) end(t testing.TB) {
	p.Kill(t)
	if t.Failed() {
		t.Logf("the end of what PostgreSQL printed:\n%s", tail(filepath.Join(p.dir, "output.log"), 20))
	}
	_ = os.RemoveAll(p.dir)
}

// URL is how a client reaches a database as the superuser.
func (p *Postgres) URL(database string) string {
	u := url.URL{Scheme: "postgres", User: url.User(p.User), Host: fmt.Sprintf("127.0.0.1:%d", p.Port), Path: "/" + database, RawQuery: "sslmode=disable"}
	if p.Password != "" {
		u.User = url.UserPassword(p.User, p.Password)
	}
	return u.String()
}

// Exec runs statements in a database, in one message of the simple protocol: what no BEGIN opens is one transaction.
func (p *Postgres) Exec(t testing.TB, database, statements string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, p.URL(database))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	if _, err := conn.PgConn().Exec(ctx, statements).ReadAll(); err != nil {
		t.Fatalf("%s: %v", statements, err)
	}
}
