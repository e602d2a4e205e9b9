package mesh_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/weftmesh/weft/internal/eventually"
)

// withDatabases runs the databases of the retail group's applications, as `make up` does, and gives the flags by which
// the mesh finds them; none where the machine has no PostgreSQL.
func withDatabases(t *testing.T, dir string) []string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "database")
	if out, err := exec.Command("go", "build", "-o", program, "../../examples/retail/database").CombinedOutput(); err != nil {
		t.Fatalf("build database: %v\n%s", err, out)
	}
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil { // PostgreSQL is another user, where this one is root
		t.Fatal(err)
	}
	cmd := exec.Command(program, dir)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		<-ended
		if t.Failed() {
			t.Logf("the databases said:\n%s", said.String())
		}
	})
	var flags []byte
	eventually.Eventually(t, time.Minute, "the databases to be there", func() (err error) {
		select {
		case <-ended:
			ended <- nil
			return nil // it has said what is missing
		default:
		}
		flags, err = os.ReadFile(filepath.Join(dir, ".weft/postgres/flags"))
		return err
	})
	if len(flags) == 0 && !strings.Contains(said.String(), "apt install postgresql") {
		t.Fatalf("the databases: %s", said.String())
	}
	return strings.Fields(string(flags))
}

// TestARowThatIsChangedInADatabaseIsInItsProduct: what psql does to a table of crm or billing is in the product at
// once; a row that breaks the contract is set aside with its reason, and after a fix of the contract its replay is in
// the product; a customer who is deleted leaves a tombstone, and the consents with it.
func TestARowThatIsChangedInADatabaseIsInItsProduct(t *testing.T) {
	dir := retail(t, "{}")
	flags := withDatabases(t, dir)
	needDatabases(t, len(flags) > 0)
	serve(t, `retail is up after`, append([]string{"up", dir, "--kafka", "127.0.0.1:0", "--registry", "127.0.0.1:0", "--flink-gateway", "127.0.0.1:0", "--flink-rest", "127.0.0.1:0", "--connect", "127.0.0.1:0", "--http", "127.0.0.1:0"}, flags...)...)
	shows := func(product string, parts ...string) {
		t.Helper()
		eventually.Eventually(t, 20*time.Second, product+" to show "+strings.Join(parts, " "), func() error {
			_, out := run(t, "tail", product, "--from", "earliest", "-C", dir)
			for _, part := range parts {
				if err := contains(out, part); err != nil {
					return err
				}
			}
			return nil
		})
	}
	psql(t, dir, "crm", "INSERT INTO customer (customer_id, full_name, email, country, address, password_hash) VALUES ('C-1', 'Ada', 'ada@mail.example', 'CZ', '{\"street\": \"Hlavní 1\", \"city\": \"Praha\", \"postcode\": \"11000\"}', 'x')")
	psql(t, dir, "crm", "INSERT INTO consent VALUES ('C-1', 'profiling', true)")
	shows("crm/customer", `"customer_id":"C-1","full_name":"***"`, `"city":"Praha"`, `"tier":"basic"`)
	shows("crm/consent", `"customer_id":"C-1","purpose":"profiling","granted":true`)

	begun := time.Now()
	psql(t, dir, "crm", "UPDATE customer SET tier = 'gold', updated_at = now() WHERE customer_id = 'C-1'")
	shows("crm/customer", `"tier":"gold"`)
	t.Logf("a change was shown after %s", time.Since(begun))

	psql(t, dir, "billing", "INSERT INTO invoice (invoice_id, order_id, customer_id, net, tax, due) VALUES ('I-1', 'O-1', 'C-1', -5, 0, '2026-12-24'), ('I-2', 'O-1', 'C-1', 5, 0, '2026-12-24')")
	shows("billing/invoice", `"invoice_id":"I-2"`)
	_, set := run(t, "quarantine", "list", "billing/invoice", "-C", dir)
	_, out := run(t, "tail", "billing/invoice", "--from", "earliest", "-C", dir)
	if !strings.Contains(set, "field net: -5 is less than min 0") || strings.Contains(out, "I-1") {
		t.Errorf("set aside:\n%s\nin the product:\n%s", set, out)
	}
	edit(t, filepath.Join(dir, "domains/billing/invoice/data-contract.yaml"), `{name: net, type: "decimal(12,2)", min: 0,`, `{name: net, type: "decimal(12,2)", min: -100,`)
	eventually.Eventually(t, 20*time.Second, "the replay to pass", func() error {
		_, out := run(t, "quarantine", "replay", "billing/invoice", "--all", "-C", dir)
		return contains(out, "Replayed 1 record.")
	})
	shows("billing/invoice", `"invoice_id":"I-1"`)

	psql(t, dir, "crm", "DELETE FROM customer WHERE customer_id = 'C-1'")
	shows("crm/customer", "C-1 deleted")
	shows("crm/consent", "deleted")
}

func needDatabases(t *testing.T, there bool) {
	t.Helper()
	switch {
	case there:
	case os.Getenv("CI") == "true":
		t.Fatal("needs PostgreSQL 15 or newer")
	default:
		t.Skip("needs PostgreSQL 15 or newer")
	}
}

// psql runs a statement on one of the databases, as its application.
func psql(t *testing.T, dir, database, statement string) {
	t.Helper()
	address, err := os.ReadFile(filepath.Join(dir, ".weft/postgres", database+".url"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, string(address))
	if err == nil {
		defer conn.Close(ctx)
		_, err = conn.Exec(ctx, statement)
	}
	if err != nil {
		t.Fatal(fmt.Errorf("%s: %w", statement, err))
	}
}
