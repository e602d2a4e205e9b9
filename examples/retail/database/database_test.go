package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// meshFolder is a folder that the server's owner can reach, and the program that runs its databases.
func meshFolder(t *testing.T) (mesh, program string) {
	t.Helper()
	if _, err := findPrograms(machine()); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("needs PostgreSQL: ", err)
		}
		t.Skip("needs PostgreSQL: ", err)
	}
	mesh, err := os.MkdirTemp("", "weft-retail-")
	if err == nil {
		err = os.Chmod(mesh, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(mesh) })
	program = filepath.Join(t.TempDir(), "database")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return mesh, program
}

type running struct {
	*exec.Cmd
	said  *bytes.Buffer
	ended chan error
}

// up runs the program until its databases are announced.
func up(t *testing.T, program, mesh string) running {
	t.Helper()
	flags := filepath.Join(mesh, ".weft/postgres/flags")
	_ = os.Remove(flags)
	r := running{exec.Command(program, mesh), &bytes.Buffer{}, make(chan error, 1)}
	r.Stdout, r.Stderr = r.said, r.said
	if err := r.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { r.ended <- r.Wait() }()
	t.Cleanup(func() { r.end(t, syscall.SIGTERM) })
	for deadline := time.Now().Add(time.Minute); ; {
		if _, err := os.Stat(flags); err == nil {
			return r
		}
		select {
		case err := <-r.ended:
			r.ended <- err
			t.Fatalf("it ended: %v\n%s", err, r.said)
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			t.Fatal("it does not come up")
		}
	}
}

// end signals the program and waits until it is gone.
func (r running) end(t *testing.T, signal syscall.Signal) error {
	t.Helper()
	_ = r.Process.Signal(signal) // it may be gone
	select {
	case err := <-r.ended:
		r.ended <- err
		return err
	case <-time.After(time.Minute):
		t.Fatal("it does not end")
	}
	return nil
}

func told(t *testing.T, mesh, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(mesh, ".weft/postgres", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func asked(t *testing.T, mesh, database, query string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), told(t, mesh, database+".url"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	var answer string
	if err := conn.QueryRow(t.Context(), query).Scan(&answer); err != nil {
		t.Fatal(err)
	}
	return answer
}

// The databases come up with their tables and what capture needs, keep rows and port over restarts and kills, and leave
// no process behind.
func TestTheDatabasesOutliveWhoRunsThem(t *testing.T) {
	mesh, program := meshFolder(t)
	first := up(t, program, mesh)
	for database, query := range map[string]string{
		"crm":     "SELECT concat_ws(' ', count(*), current_setting('wal_level'), current_setting('listen_addresses')) FROM crm.customer, crm.consent",
		"billing": "SELECT concat_ws(' ', count(*), current_setting('wal_level'), current_setting('listen_addresses')) FROM billing.invoice",
	} {
		if got := asked(t, mesh, database, query); got != "0 logical 127.0.0.1" {
			t.Errorf("%s: %s", database, got)
		}
	}
	if got := asked(t, mesh, "crm", "SELECT concat_ws(' ', rolreplication, rolsuper, pg_has_role('weft', 'crm', 'USAGE'), has_database_privilege('weft', 'crm', 'CREATE')) FROM pg_roles WHERE rolname = 'weft'"); got != "t f t t" {
		t.Error("the role that captures:", got)
	}
	port := told(t, mesh, "port")
	asked(t, mesh, "billing", "INSERT INTO invoice (invoice_id, order_id, customer_id, net, tax, due) VALUES ('I-1', 'O-1', 'C-1', 1, 1, now()) RETURNING invoice_id")
	if flags := told(t, mesh, "flags"); !strings.Contains(flags, "--connection crm-db=postgres://weft@127.0.0.1:"+port+"/crm?password_file=/") || strings.Contains(flags, told(t, mesh, "password")) {
		t.Error(flags)
	}
	for _, name := range []string{"password", "pgpass"} {
		if info, err := os.Stat(filepath.Join(mesh, ".weft/postgres", name)); err != nil || info.Mode() != 0o600 {
			t.Errorf("%s: %v %v", name, info.Mode(), err)
		}
	}

	second := exec.Command(program, mesh)
	if out, err := second.CombinedOutput(); err == nil || !strings.Contains(string(out), "another `make up` runs the databases of this folder") {
		t.Errorf("a second one: %v %s", err, out)
	}
	if _, err := pgx.Connect(t.Context(), strings.Replace(told(t, mesh, "crm.url"), "passfile=", "passfile=/nowhere", 1)); err == nil {
		t.Error("it lets in who has no password")
	}

	_ = first.end(t, syscall.SIGKILL) // PostgreSQL goes on without it
	third := up(t, program, mesh)
	if !strings.Contains(third.said.String(), "which an earlier run left behind") || told(t, mesh, "port") != port {
		t.Errorf("after a kill, on port %s: %s", told(t, mesh, "port"), third.said)
	}
	if got := asked(t, mesh, "billing", "SELECT count(*)::text FROM invoice"); got != "1" {
		t.Error("rows after a kill:", got)
	}
	pid := postmaster(t, mesh)
	if err := third.end(t, syscall.SIGINT); err != nil {
		t.Errorf("Ctrl-C: %v\n%s", err, third.said)
	}
	if syscall.Kill(pid, 0) == nil {
		t.Error("PostgreSQL is still there")
	}
	if _, err := os.Stat(filepath.Join(mesh, ".weft/postgres/flags")); err == nil {
		t.Error("it is still announced")
	}

	stale := fmt.Sprintf("%d\n%s\n", os.Getpid(), filepath.Join(mesh, ".weft/postgres/data")) // a number that another process has by now
	if err := os.WriteFile(filepath.Join(mesh, ".weft/postgres/data/postmaster.pid"), []byte(stale), 0o600); err != nil {
		t.Fatal(err)
	}
	fourth := up(t, program, mesh)
	_ = syscall.Kill(postmaster(t, mesh), syscall.SIGKILL)
	if err := <-fourth.ended; err == nil || !strings.Contains(fourth.said.String(), "PostgreSQL ended by itself") {
		t.Errorf("PostgreSQL is killed: %v\n%s", err, fourth.said)
	}
	fourth.ended <- nil
}

func postmaster(t *testing.T, mesh string) int {
	t.Helper()
	text := told(t, mesh, "data/postmaster.pid")
	first, _, _ := strings.Cut(text, "\n")
	pid, err := strconv.Atoi(first)
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

// Where the owner of the server cannot reach the folder, as with /root, its data lies elsewhere, in a folder of its own.
func TestRootsFolderIsNoHindrance(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root gives the server another owner")
	}
	mesh, program := meshFolder(t)
	if err := os.Chmod(mesh, 0o700); err != nil {
		t.Fatal(err)
	}
	r := up(t, program, mesh)
	_, data, _ := strings.Cut(strings.TrimSpace(r.said.String()), "its data is in ")
	if !strings.HasPrefix(data, "/var/tmp/weft-postgres-") {
		t.Fatal(r.said)
	}
	t.Cleanup(func() { _ = os.RemoveAll(filepath.Dir(data)) })
	if got := asked(t, mesh, "crm", "SELECT 'there'"); got != "there" {
		t.Error(got)
	}
	if info, err := os.Stat(filepath.Dir(data)); err != nil || info.Mode().Perm() != 0o700 {
		t.Error(info.Mode(), err)
	}
	_ = r.end(t, syscall.SIGTERM)
}

// A machine without a server, or with one that is too old, says what to install.
func TestWithoutAServerItSaysWhatToInstall(t *testing.T) {
	empty, old := t.TempDir(), t.TempDir()
	for _, name := range []string{"initdb", "postgres"} {
		if err := os.WriteFile(filepath.Join(old, name), []byte("#!/bin/sh\necho \""+name+" (PostgreSQL) 13.4 (Debian 13.4-1)\"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for want, folders := range map[string][]string{
		"no PostgreSQL is installed, and": {empty}, "PostgreSQL 13 is installed, and the databases of crm and billing need 15 or newer": {empty, old, "."},
	} {
		if _, err := findPrograms(folders); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "apt install postgresql") {
			t.Errorf("%v: %v", folders, err)
		}
	}
}
