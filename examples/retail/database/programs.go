package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// oldest is the PostgreSQL that the example needs: publications of rows and columns as Debezium asks for them.
const oldest = 15

// programs is the folder of a server's programs.
type programs string

func (p programs) path(name string) string { return filepath.Join(string(p), name) }

// machine lists the folders where systems keep PostgreSQL: those of the path, of Debian and of the PGDG's packages, of
// Red Hat, of Homebrew, of Postgres.app, of MacPorts.
func machine() []string {
	folders := filepath.SplitList(os.Getenv("PATH"))
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/local/pgsql/bin", "/opt/homebrew/opt/postgresql@*/bin", "/usr/local/opt/postgresql@*/bin",
		"/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin", "/Applications/Postgres.app/Contents/Versions/*/bin", "/opt/local/lib/postgresql*/bin",
	} {
		found, _ := filepath.Glob(pattern) // the patterns are sound
		folders = append(folders, found...)
	}
	return folders
}

// findPrograms picks the newest server among folders.
func findPrograms(folders []string) (programs, error) {
	newest, at, older := 0, "", 0
	for _, folder := range folders {
		if !filepath.IsAbs(folder) || !executable(filepath.Join(folder, "initdb")) {
			continue
		}
		initdb := filepath.Join(folder, "initdb")
		if target, err := filepath.EvalSymlinks(initdb); err == nil {
			initdb = target // the others lie beside the real one
		}
		major := majorOf(initdb)
		if !executable(filepath.Join(filepath.Dir(initdb), "postgres")) {
			continue
		}
		if major > newest {
			newest, at = major, filepath.Dir(initdb)
		}
		older = max(older, major)
	}
	if newest >= oldest {
		return programs(at), nil
	}
	found := "no PostgreSQL is installed"
	if older > 0 {
		found = fmt.Sprintf("PostgreSQL %d is installed", older)
	}
	return "", fmt.Errorf("%s, and the databases of crm and billing need %d or newer.\nInstall it (Debian, Ubuntu: apt install postgresql; Fedora: dnf install postgresql-server; macOS: brew install postgresql@17) and start again", found, oldest)
}

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

// majorOf asks a program, which says "initdb (PostgreSQL) 17.2 (Debian ...)"; 0 if it says anything else.
func majorOf(program string) int {
	said, _ := exec.CommandContext(context.Background(), program, "--version").Output()
	_, version, _ := strings.Cut(string(said), "(PostgreSQL) ")
	end := strings.IndexFunc(version+" ", func(r rune) bool { return r < '0' || r > '9' })
	major, _ := strconv.Atoi(version[:min(end, len(version))])
	return major
}
