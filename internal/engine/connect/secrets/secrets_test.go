package secrets_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weftmesh/weft/internal/engine/connect/secrets"
)

func TestVariablesAreReplacedAndAllElseStays(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "db.properties"), "# of the database\nuser=weft\npassword = s3cr=t ${env:NOT_AGAIN}\n")
	write(t, filepath.Join(dir, "token"), "tök\n")
	t.Setenv("WEFT_TEST_HOST", "db.internal")
	got, err := secrets.Resolver{Allowed: []string{dir}}.Resolve(map[string]string{
		"database.hostname": "${env:WEFT_TEST_HOST}",
		"database.password": "${file:" + dir + "/db.properties:password}",
		"jdbc":              "${file:" + dir + "/db.properties:user}@${env:WEFT_TEST_HOST}",
		"token":             "${directory:" + dir + ":token}",
		"replacement":       "${1}-$2-${name}",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"database.hostname": "db.internal", "database.password": "s3cr=t ${env:NOT_AGAIN}", "jdbc": "weft@db.internal", "token": "tök\n", "replacement": "${1}-$2-${name}",
	}
	if diff := cmp.Diff(want, got.Config); diff != "" {
		t.Error(diff)
	}
}

func TestWhatCannotBeResolvedIsNamedWithoutItsValue(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	write(t, filepath.Join(dir, "p"), "password=geheim\n")
	write(t, filepath.Join(outside, "p"), "password=geheim\n")
	if err := os.Symlink(filepath.Join(outside, "p"), filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	for value, want := range map[string]string{
		"${vault:a:b}":                      "there is no config provider vault",
		"${env:WEFT_NOT_SET}":               "WEFT_NOT_SET is not set",
		"${file:" + dir + "/p:user}":        "the file has no user",
		"${file:" + dir + "/q:user}":        "no such file",
		"${file:" + outside + "/p:user}":    "in none of the folders",
		"${file:" + dir + "/link:user}":     "in none of the folders",
		"${directory:" + dir + ":../p}":     "no name of a file",
		"${file:" + dir + "/../x/p:user}":   "in none of the folders",
		"geheim ${env:WEFT_NOT_SET_EITHER}": "WEFT_NOT_SET_EITHER is not set",
	} {
		_, err := secrets.Resolver{Allowed: []string{dir}}.Resolve(map[string]string{"k": value})
		var failed *secrets.Error
		if !errors.As(err, &failed) || failed.Key != "k" || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %s", value, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "geheim") {
			t.Errorf("a value is told: %v", err)
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
