package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weftmesh/weft/internal/cli"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/databases"
	"github.com/weftmesh/weft/internal/runfile"
)

// described stands in for a database: it answers as a PostgreSQL did.
func described(t *testing.T, situation string, asked *contracts.Connection) cli.Services {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../databases/testdata/tables", situation, "table.json"))
	if err != nil {
		t.Fatal(err)
	}
	return cli.Services{Table: func(_ context.Context, _ string, of contracts.Connection, name string) (live databases.Table, err error) {
		*asked = of
		if err := json.Unmarshal(text, &live); err != nil {
			t.Fatal(err)
		}
		if live.Name != name {
			return live, fmt.Errorf("there is no table %s", name)
		}
		return live, nil
	}}
}

const importedMesh = `
name: shop
environments:
  local: {}
  test: {connections: {shop-db: {postgres: {host: test, database: shop, user: weft, password: {env: TEST_PASSWORD}}}, old-db: {mysql: {host: old, database: shop, user: weft, password: {env: OLD}}}}}
  prod: {connections: {shop-db: {postgres: {host: prod, database: shop, user: weft, password: {env: PROD_PASSWORD}}}}}
`

func imported(t *testing.T, services cli.Services, dir string, words ...string) (code int, out, problems string) {
	t.Helper()
	t.Chdir(dir)
	var o, e bytes.Buffer
	code = cli.Run(t.Context(), cli.Streams{In: strings.NewReader(""), Out: &o, Err: &e}, services, append([]string{"import", "table"}, words...))
	return code, o.String(), e.String()
}

func importing(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(strings.TrimLeft(text, "\n")), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// A table becomes the file of a contract that passes check and is written tidily, in the domain where one stands.
func TestATableIsImportedIntoItsDomain(t *testing.T) {
	dir := importing(t, map[string]string{
		"mesh.yaml":                "name: shop\nenvironments:\n  local: {connections: {shop-db: {postgres: {host: h, database: d, user: u, password: {env: P}}}}}\n",
		"domains/crm/domain.yaml":  "domain: crm\nowner: crm-leads@example.com\n",
		"domains/ops/domain.yaml":  "domain: ops\nowner: ops-leads@example.com\n",
		"domains/crm/more/none.md": "",
	})
	var asked contracts.Connection
	services := described(t, "customers", &asked)
	code, out, problems := imported(t, services, filepath.Join(dir, "domains/crm/more"), "shop-db", "crm.customers")
	for _, want := range []string{"domains/crm/customer/data-contract.yaml\n", "17 fields from table crm.customers.", "Personal data, by name and type: name, email", "why: password_hash.", "warning: table crm.customers does not send values", "ALTER TABLE crm.customers REPLICA IDENTITY FULL;"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if code != cli.ExitDone || problems != "" || asked.Postgres.Host != "h" {
		t.Errorf("exits %d: %s; asked %+v", code, problems, asked)
	}
	text, err := os.ReadFile(filepath.Join(dir, "domains/crm/customer/data-contract.yaml"))
	if err != nil || !strings.Contains(string(text), "domain: crm\nproduct: customer\nversion: \"1.0\"\nowner: crm-leads@example.com\n") {
		t.Errorf("%v\n%s", err, text)
	}
	if code, out, problems := weft(t, dir, "check", "."); code != cli.ExitDone || strings.Contains(out, "warning") {
		t.Errorf("check exits %d\n%s%s", code, out, problems)
	}
	if code, out, _ := weft(t, dir, "fmt", "--check", "."); code != cli.ExitDone {
		t.Errorf("fmt would change %s", out)
	}
	if code, _, problems := imported(t, services, dir, "shop-db", "crm.customers", "--domain", "crm"); code != cli.ExitUsage || !strings.Contains(problems, "exists already; nothing was written") {
		t.Errorf("a second import exits %d: %s", code, problems)
	}
}

func TestWhereAnImportIsNotSureItAsks(t *testing.T) {
	dir := importing(t, map[string]string{
		"mesh.yaml": importedMesh, "domains/crm/domain.yaml": "domain: crm\nowner: crm-leads@example.com\n",
		"domains/ops/domain.yaml": "domain: ops\nowner: o@example.com\nconnections: {ops-db: {postgres: {host: ops, database: d, user: u, password: {env: P}}}}\n",
	})
	var asked contracts.Connection
	services := described(t, "customers", &asked)
	for words, want := range map[string]string{
		"shop-db crm.customers --domain crm":                   "connection shop-db is several: of environment prod, of environment test; say which with --env",
		"shop-bd crm.customers --domain crm":                   "there is no connection shop-bd; did you mean shop-db?",
		"unlike crm.customers --domain crm":                    "unlike: {postgres: {host: HOST",
		"old-db crm.customers --domain crm":                    "connection old-db is none of PostgreSQL",
		"shop-db crm.customers --env prud --domain crm":        "mesh.yaml has no environment prud; it has: local, prod, test",
		"shop-db crm.customers --env prod":                     "which domain answers for the product? name it with --domain; there are: crm, ops",
		"shop-db crm.customers --env prod --domain C":          "is not a name",
		"ops-db crm.customers --key nothing":                   "table crm.customers has no column nothing",
		"shop-db":                                              "accepts 2 arg(s)",
		"shop-db crm.customers --env local --domain crm":       "there is no connection shop-db",
		"shop-db public.customers --env test --domain crm":     "there is no table public.customers",
		"shop-db crm.customers --env test --domain crm --no-x": "unknown flag",
	} {
		code, out, problems := imported(t, services, dir, strings.Fields(words)...)
		if code == cli.ExitDone || !strings.Contains(problems, want) || out != "" {
			t.Errorf("%s exits %d: %s%s; want %q", words, code, out, problems, want)
		}
	}
}

func TestAnImportPrintsAndTakesWhatItIsGiven(t *testing.T) {
	dir := importing(t, map[string]string{"mesh.yaml": importedMesh, "domains/ops/domain.yaml": "domain: ops\nowner: o@example.com\nconnections: {ops-db: {postgres: {host: ops, database: d, user: u, password: {env: P}}}}\n"})
	var asked contracts.Connection
	services := described(t, "customers", &asked)
	code, out, about := imported(t, services, dir, "ops-db", "crm.customers", "--print", "--product", "buyer", "--owner", "buyers@example.com", "--key", "email")
	if set, problems := contracts.LoadContract("c.yaml", []byte(out)); code != cli.ExitDone || problems.HasErrors() || set.Products[0].Addr.String() != "ops/buyer/v1" || set.Products[0].Owner != "buyers@example.com" || set.Products[0].Key[0] != "email" {
		t.Errorf("exits %d: %v\n%s", code, problems, out)
	}
	if asked.Postgres.Host != "ops" || !strings.Contains(about, "17 fields") {
		t.Errorf("asked %+v; said %s", asked, about)
	}
	if _, err := os.Stat(filepath.Join(dir, "domains/ops/buyer")); err == nil {
		t.Error("it wrote a file as well")
	}
	if code, _, problems := imported(t, services, dir, "ops-db", "crm.customers", "--domain", "new"); code != cli.ExitUsage || !strings.Contains(problems, "there is no connection ops-db") {
		t.Errorf("another domain's connection: %d %s", code, problems)
	}
	if code, _, problems := imported(t, services, dir, "shop-db", "crm.customers", "--domain", "new", "--env", "test"); code != cli.ExitDone {
		t.Error(problems)
	}
	if code, out, _ := weft(t, dir, "check", "."); code != cli.ExitDone {
		t.Error("a domain that was not there:", out)
	}
}

// The connections of a mesh that runs here are those that it was started with.
func TestTheRunningMeshSaysWhereItsDatabasesAre(t *testing.T) {
	dir := importing(t, map[string]string{"mesh.yaml": importedMesh, "domains/crm/domain.yaml": "domain: crm\nowner: o@example.com\n", ".weft/x": ""})
	up := runfile.Up{PID: os.Getpid(), Connections: map[string]contracts.Connection{"shop-db": {Postgres: &contracts.Database{Host: "here", Port: 1, Database: "d", User: "u", Password: contracts.Secret{File: "/p"}}}}}
	if err := runfile.Write(filepath.Join(dir, runfile.Dir), up); err != nil {
		t.Fatal(err)
	}
	var asked contracts.Connection
	code, _, problems := imported(t, described(t, "customers", &asked), dir, "shop-db", "crm.customers", "--print")
	if code != cli.ExitDone || asked.Postgres.Host != "here" || asked.Postgres.Password.File != "/p" {
		t.Errorf("exits %d: %s; asked %+v", code, problems, asked)
	}
}
