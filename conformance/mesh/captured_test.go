package mesh_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weftmesh/weft/conformance/engines"
	"github.com/weftmesh/weft/internal/captures"
	"github.com/weftmesh/weft/internal/databases"
	"github.com/weftmesh/weft/internal/diags"
	"github.com/weftmesh/weft/internal/eventually"
	"github.com/weftmesh/weft/internal/plans"
)

// captured is a mesh whose products are captured from a PostgreSQL, with the Kafka Connect that does so.
type captured struct {
	dir, api, connect, bus string
	database               *engines.Postgres
}

// connector is the one of domain crm over connection shop-db.
const connector = "shop-crm-shop-db"

// TestTablesAreCapturedByKafkaConnectAndDebezium: contracts alone bring a table into its product, and keep it there.
func TestTablesAreCapturedByKafkaConnectAndDebezium(t *testing.T) {
	kafka := engines.StartKafka(t, engines.KafkaOptions{})
	worker := engines.StartConnect(t, kafka.Bootstrap, engines.ConnectOptions{Settings: map[string]string{
		"exactly.once.source.support": "enabled", "config.providers": "directory",
		"config.providers.directory.class": "org.apache.kafka.common.config.provider.DirectoryConfigProvider",
	}})
	c := captured{connect: worker.URL, bus: kafka.Bootstrap, database: shop(t)}
	c.dir = c.mesh(t, fmt.Sprintf("kafka: {bootstrap: [%q]}\n    connect: {url: %q, converter: org.apache.kafka.connect.json.JsonConverter}", kafka.Bootstrap, worker.URL))
	c.api = serve(t, `serves environment test.*API \S+\n`, "serve", c.dir, "--env", "test", "--http", "127.0.0.1:0", "--registry", "127.0.0.1:0").after("API")
	c.story(t)
}

// TestTablesAreCapturedByTheEmbeddedEngine: the same contracts, the same calls, the engines of the binary; Avro by the
// registry that is there.
func TestTablesAreCapturedByTheEmbeddedEngine(t *testing.T) {
	bus := serve(t, `kafka \S+\n`, "engine", "kafka", "--listen", "127.0.0.1:0", "--data", t.TempDir()).after("kafka")
	schemas := serve(t, `registry \S+\n`, "engine", "registry", "--listen", "127.0.0.1:0", "--kafka", bus).after("registry")
	worker := serve(t, `connect \S+, kafka.*\n`, "engine", "connect", "--listen", "127.0.0.1:0", "--kafka", bus, "--registry", schemas).after("connect")
	c := captured{connect: worker, bus: bus, database: shop(t)}
	c.dir = c.mesh(t, fmt.Sprintf("kafka: {bootstrap: [%q]}\n    registry: {url: %q}\n    connect: {url: %q}", bus, schemas, worker))
	c.api = serve(t, `serves environment test.*API \S+\n`, "serve", c.dir, "--env", "test", "--http", "127.0.0.1:0").after("API")
	c.story(t)
}

// TestAServerCapturesByItselfWhereNoConnectIsNamed: connections are enough, on a registry of Weft's own.
func TestAServerCapturesByItselfWhereNoConnectIsNamed(t *testing.T) {
	bus := serve(t, `kafka \S+\n`, "engine", "kafka", "--listen", "127.0.0.1:0", "--data", t.TempDir()).after("kafka")
	c := captured{bus: bus, database: shop(t)}
	c.dir = c.mesh(t, fmt.Sprintf("kafka: {bootstrap: [%q]}", bus))
	server := serve(t, `serves environment test.*API \S+\n`, "serve", c.dir, "--env", "test", "--http", "127.0.0.1:0", "--registry", "127.0.0.1:0", "--connect", "127.0.0.1:0")
	c.api = server.after("API")
	c.followed(t)
}

// shop is a PostgreSQL with a few rows, whose password is in a file.
func shop(t *testing.T) *engines.Postgres {
	t.Helper()
	database := engines.StartPostgres(t, engines.PostgresOptions{Password: "secret-of-ours", Fast: true})
	database.Exec(t, "postgres", "CREATE DATABASE shop")
	database.Exec(t, "shop", `
CREATE TABLE customers (customer_id text PRIMARY KEY, email text, tier text NOT NULL DEFAULT 'basic', password_hash text DEFAULT 'secret-of-ours', updated_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE parcels (id int PRIMARY KEY, weight int NOT NULL);
INSERT INTO parcels SELECT i, i * 100 FROM generate_series(1, 3) i;
CREATE TABLE orders (id int PRIMARY KEY, order_no text NOT NULL, amount numeric(12,2));
INSERT INTO customers SELECT 'C-' || i, 'c' || i || '@example.com' FROM generate_series(1, 3) i;
INSERT INTO orders SELECT i, 'O-' || i, 10.5 FROM generate_series(1, 3) i`)
	return database
}

func (c *captured) mesh(t *testing.T, environment string) string {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) {
		full := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("password", c.database.Password)
	write("mesh.yaml", fmt.Sprintf(`name: shop
defaults: {partitions: 2, replication: 1}
environments:
  test:
    %[1]s
    connections:
      shop-db: {postgres: {host: 127.0.0.1, port: %[2]d, database: shop, user: %[3]s, password: {file: password}}}
      old-db: {connector: legacy, postgres: {host: 127.0.0.1, port: %[2]d, database: shop, user: %[3]s, password: {file: password}}}
`, environment, c.database.Port, c.database.User))
	write("domains/crm/domain.yaml", "domain: crm\nowner: crm@example.com\nmembers: []\n")
	write("domains/crm/customer/data-contract.yaml", customerContract)
	return dir
}

const customerContract = `domain: crm
product: customer
version: "1.0"
owner: crm@example.com
description: The latest profile of each customer.
sla: {freshness: 1h, cadence: on-change, availability: 99%}
schema:
  fields:
    - {name: customer_id, type: string}
    - {name: mail, type: string, from: email, pii: true, mask: redact}
    - {name: tier, type: string, required: true}
    - {name: updated_at, type: timestamp, required: true}
source: {postgres: {connection: shop-db, table: public.customers}}
`

const parcelContract = `domain: crm
product: parcel
version: "1.0"
owner: crm@example.com
description: The latest state of each parcel.
sla: {freshness: 1h, cadence: on-change, availability: 99%}
schema:
  fields:
    - {name: id, type: int}
    - {name: weight, type: int, required: true}
source: {postgres: {connection: old-db, table: public.parcels}}
`

const orderContract = `domain: crm
product: order
version: "1.0"
owner: crm@example.com
description: The latest state of each order.
key: order_no
sla: {freshness: 1h, cadence: on-change, availability: 99%}
schema:
  fields:
    - {name: order_no, type: string}
    - {name: amount, type: "decimal(12,2)", min: 0}
source: {postgres: {connection: shop-db, table: public.orders}}
`

func (c *captured) story(t *testing.T) {
	for _, step := range []struct {
		name string
		run  func(*testing.T)
	}{
		{"the plan shows the connector, and no password", c.shown},
		{"rows that are there are read, and changes follow", c.followed},
		{"a table is added by an incremental snapshot", c.added},
		{"what others do to the connector is seen and mended", c.drifted},
		{"a setting that would force a snapshot waits for leave", c.kept},
		{"a table that changed against its contract is told", c.altered},
		{"a change that breaks the contract stops the product, until the contract is mended", c.broken},
		{"a new field has the values of rows that did not change", c.extended},
		{"a connector that fails is a problem of its products", c.failed},
		{"a connector that others made is adopted, with its slot", c.adopted},
		{"a connector goes with its slot", c.gone},
	} {
		if !t.Run(step.name, step.run) {
			return // the next steps build on it
		}
	}
}

func (c *captured) apply(t *testing.T, flags ...string) string {
	t.Helper()
	code, out := run(t, append([]string{"apply", c.dir, "--server", c.api}, flags...)...)
	if code != 0 {
		t.Fatalf("apply exits %d:\n%s", code, out)
	}
	if plan := planned(t, c.api, c.dir); !plan.Empty() {
		t.Fatalf("after the apply the plan is not empty: %+v", plan.Changes)
	}
	return out
}

// tail waits until a product's rows, as they are shown, hold a text.
func (c *captured) tail(t *testing.T, product, want string) string {
	t.Helper()
	out := ""
	eventually.Eventually(t, time.Minute, product+" to have "+want, func() error {
		var code int
		if code, out = run(t, "tail", product, "--server", c.api, "--from", "earliest"); code != 0 || !strings.Contains(out, want) {
			return fmt.Errorf("it exits %d and has:\n%s", code, out)
		}
		return nil
	})
	return out
}

func (c *captured) sql(t *testing.T, statements string) {
	t.Helper()
	c.database.Exec(t, "shop", statements)
}

func (c *captured) change(plan plans.Plan) (plans.Change, bool) {
	i := slices.IndexFunc(plan.Changes, func(change plans.Change) bool { return change.Addr.String() == "connector/"+connector })
	if i < 0 {
		return plans.Change{}, false
	}
	return plan.Changes[i], true
}

// attribute is one line of a connector's change.
func attribute(change plans.Change, name string) string {
	for _, a := range change.Attributes {
		if a.Name == name {
			return a.Old + " -> " + a.New
		}
	}
	return ""
}

func (c *captured) shown(t *testing.T) {
	code, out := run(t, "plan", c.dir, "--server", c.api)
	if code != 0 {
		t.Errorf("plan exits %d:\n%s", code, out)
	}
	for _, want := range []string{"+ connector/" + connector, `public\.customers:customer_id`, "${directory:" + c.dir + ":password}", "crm.customer.v1.cdc", "exactly.once.support"} {
		if !strings.Contains(out, want) {
			t.Errorf("the plan does not say %q:\n%s", want, out)
		}
	}
	if strings.Contains(out, c.database.Password) {
		t.Error("the password is in the plan")
	}
}

func (c *captured) followed(t *testing.T) {
	c.apply(t)
	out := c.tail(t, "crm/customer/v1", "C-3")
	if strings.Contains(out, "example.com") || strings.Count(out, "\n") != 3 {
		t.Errorf("the product has\n%s", out)
	}
	if raw := c.raw(t, "crm.customer.v1.cdc", 3); !bytes.Contains(raw, []byte("c3@example.com")) || bytes.Contains(raw, []byte(c.database.Password)) {
		t.Errorf("of the table's secrets, or not of its rows, is in the raw topic:\n%q", raw)
	}
	c.sql(t, "UPDATE customers SET tier = 'gold' WHERE customer_id = 'C-1'")
	c.tail(t, "crm/customer/v1", `"tier":"gold"`)
	c.sql(t, "DELETE FROM customers WHERE customer_id = 'C-2'")
	c.tail(t, "crm/customer/v1", "C-2 deleted")
}

// raw are the bytes of the first records of a topic.
func (c *captured) raw(t *testing.T, topic string, n int) []byte {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(c.bus), kgo.ConsumeTopics(topic), kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var all []byte
	for got := 0; got < n && ctx.Err() == nil; {
		client.PollFetches(ctx).EachRecord(func(r *kgo.Record) { all, got = append(append(all, r.Key...), r.Value...), got+1 })
	}
	return all
}

func (c *captured) contract(t *testing.T, product, text string) {
	t.Helper()
	name := filepath.Join(c.dir, "domains", "crm", product, "data-contract.yaml")
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func (c *captured) added(t *testing.T) {
	c.contract(t, "order", orderContract)
	plan := planned(t, c.api, c.dir)
	if !plan.Problems.HasErrors() || !strings.Contains(fmt.Sprint(plan.Problems), "[capture-key]") {
		t.Fatalf("a key that a DELETE does not have is not told: %v", plan.Problems)
	}
	c.sql(t, "ALTER TABLE orders REPLICA IDENTITY FULL")
	change, _ := c.change(planned(t, c.api, c.dir))
	if got := attribute(change, "snapshot"); change.Action != plans.Update || got != "public.customers(customer_id,email,tier,updated_at) -> public.customers(customer_id,email,tier,updated_at) public.orders(amount,order_no)" {
		t.Errorf("the connector is to %s, its snapshot: %s", change.Action, got)
	}
	c.apply(t)
	c.tail(t, "crm/order/v1", "O-3")
	c.sql(t, "INSERT INTO orders VALUES (4, 'O-4', 1)")
	c.tail(t, "crm/order/v1", "O-4")
	if out := c.tail(t, "crm/customer/v1", "C-3"); strings.Count(out, "C-3") != 1 {
		t.Errorf("the other table was read again:\n%s", out)
	}
}

// call asks Kafka Connect, as an outside tool does.
func (c *captured) call(t *testing.T, method, path string, body any) {
	t.Helper()
	c.ask(t, method, "/connectors/"+connector+path, body)
}

func (c *captured) put(t *testing.T, name string, config map[string]string) {
	t.Helper()
	c.ask(t, http.MethodPut, "/connectors/"+name+"/config", config)
}

func (c *captured) ask(t *testing.T, method, path string, body any) {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	eventually.Eventually(t, 20*time.Second, "Kafka Connect to take "+method+" "+path, func() error {
		request, err := http.NewRequestWithContext(t.Context(), method, c.connect+path, bytes.NewReader(text))
		if err != nil {
			return err
		}
		request.Header.Set("Content-Type", "application/json")
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		if response.StatusCode >= 300 {
			return fmt.Errorf("it answers %s", response.Status)
		}
		return nil
	})
}

func (c *captured) drifted(t *testing.T) {
	c.call(t, http.MethodPut, "/pause", nil)
	c.status(t, "crm/customer/v1", connector+" is PAUSED")
	change, _ := c.change(planned(t, c.api, c.dir))
	if got := attribute(change, "state"); got != "PAUSED -> RUNNING" {
		t.Errorf("of a connector that is paused the plan says %q", got)
	}
	c.apply(t)

	config := c.configuration(t)
	config["tombstones.on.delete"], config["database.password"] = "false", c.database.Password
	c.call(t, http.MethodPut, "/config", config)
	code, out := run(t, "plan", c.dir, "--server", c.api)
	if code != 0 || !strings.Contains(out, "(hidden) -> ${directory:") || !strings.Contains(out, "false -> true") || strings.Contains(out, c.database.Password) {
		t.Errorf("of one that was edited the plan says, with exit code %d:\n%s", code, out)
	}
	c.apply(t)

	c.call(t, http.MethodDelete, "", nil)
	c.status(t, "crm/customer/v1", connector+" is not there")
	c.apply(t)
	c.sql(t, "UPDATE customers SET tier = 'silver' WHERE customer_id = 'C-1'")
	if out := c.tail(t, "crm/customer/v1", "silver"); strings.Count(out, "C-3") != 1 {
		t.Errorf("a connector that was made again read its tables again:\n%s", out)
	}
}

func (c *captured) configuration(t *testing.T) map[string]string {
	t.Helper()
	config := map[string]string{}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.connect+"/connectors/"+connector+"/config", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(&config); err != nil {
		t.Fatal(err)
	}
	return config
}

// status waits until the status of a product says something.
func (c *captured) status(t *testing.T, product, want string) {
	t.Helper()
	eventually.Eventually(t, 30*time.Second, "the status to say "+want, func() error {
		if _, out := run(t, "status", product, "--server", c.api); !strings.Contains(out, want) {
			return fmt.Errorf("it says:\n%s", out)
		}
		return nil
	})
}

func (c *captured) edit(t *testing.T, name, before, after string) {
	t.Helper()
	full := filepath.Join(c.dir, name)
	text, err := os.ReadFile(full)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(text, []byte(before)) {
		t.Fatalf("%s has no %q", name, before)
	}
	if err := os.WriteFile(full, bytes.Replace(text, []byte(before), []byte(after), 1), 0o644); err != nil {
		t.Fatal(err)
	}
}

func (c *captured) kept(t *testing.T) {
	c.edit(t, "mesh.yaml", "database: shop,", "database: other,")
	plan := planned(t, c.api, c.dir)
	if _, changes := c.change(plan); changes || len(plan.Pending) != 1 || !strings.Contains(plan.Pending[0].Reason, "database.dbname shop -> other") {
		t.Errorf("another database is not held back: %+v %+v", plan.Pending, plan.Changes)
	}
	c.edit(t, "mesh.yaml", "database: other,", "database: shop,")
	if plan := planned(t, c.api, c.dir); plan.Drifted() {
		t.Errorf("the plan is not empty again: %+v", plan)
	}
}

func (c *captured) altered(t *testing.T) {
	c.sql(t, "ALTER TABLE orders RENAME COLUMN amount TO amounts")
	problems := planned(t, c.api, c.dir).Problems
	i := slices.IndexFunc(problems, func(d diags.Diagnostic) bool { return d.Rule == databases.RuleColumn })
	if i < 0 {
		t.Fatalf("a column that was renamed is not told: %v", problems)
	}
	if got := problems[i].String(); !strings.HasPrefix(got, "domains/crm/order/data-contract.yaml:11:7: warning: table public.orders has no column amount: ") || !strings.Contains(problems[i].Fix, "from: amounts") {
		t.Errorf("of a column that was renamed is told: %s\n%s", got, problems[i].Fix)
	}
	c.sql(t, "ALTER TABLE orders RENAME COLUMN amounts TO amount")
	if plan := planned(t, c.api, c.dir); plan.Drifted() {
		t.Errorf("the plan is not empty again: %+v", plan)
	}
}

// broken: nothing wrong is published, nothing is lost, and the other products of the connector go on.
func (c *captured) broken(t *testing.T) {
	c.sql(t, "ALTER TABLE customers RENAME COLUMN tier TO level")
	c.sql(t, "UPDATE customers SET level = 'platinum' WHERE customer_id = 'C-3'")
	c.status(t, "crm/customer/v1", "the source has no column tier any more")
	c.sql(t, "INSERT INTO orders VALUES (7, 'O-7', 1)")
	c.tail(t, "crm/order/v1", "O-7")
	if _, out := run(t, "tail", "crm/customer/v1", "--server", c.api, "--from", "earliest"); strings.Contains(out, "platinum") || strings.Count(out, "C-3") != 1 {
		t.Errorf("of a column that was renamed is published:\n%s", out)
	}
	if problems := fmt.Sprint(planned(t, c.api, c.dir).Problems); !strings.Contains(problems, "has no column tier") {
		t.Errorf("the plan says %s", problems)
	}
	c.edit(t, "domains/crm/customer/data-contract.yaml", "{name: tier, type: string, required: true}", "{name: tier, type: string, required: true, from: level}")
	c.apply(t)
	c.tail(t, "crm/customer/v1", `"tier":"platinum"`)
}

func (c *captured) extended(t *testing.T) {
	c.edit(t, "domains/crm/order/data-contract.yaml", "    - {name: amount,", "    - {name: number, type: int, from: id}\n    - {name: amount,")
	c.edit(t, "domains/crm/order/data-contract.yaml", `"1.0"`, `"1.1"`)
	c.apply(t)
	c.tail(t, "crm/order/v1", `{"order_no":"O-2","number":2,`)
}

func (c *captured) failed(t *testing.T) {
	c.call(t, http.MethodPut, "/pause", nil)
	c.status(t, "crm/customer/v1", "PAUSED")
	c.sql(t, fmt.Sprintf("ALTER ROLE %s PASSWORD 'another'", c.database.User))
	right := c.database.Password
	c.database.Password = "another"
	c.call(t, http.MethodPut, "/resume", nil)
	c.call(t, http.MethodPost, "/restart?includeTasks=true", nil)
	c.status(t, "crm/order/v1", connector+" is FAILED: ")
	_, out := run(t, "status", "--server", c.api)
	if strings.Contains(out, "\tat ") || strings.Contains(out, right) {
		t.Errorf("the status has a stack trace or a password:\n%s", out)
	}
	c.sql(t, fmt.Sprintf("ALTER ROLE %s PASSWORD '%s'", c.database.User, right))
	c.database.Password = right
	c.apply(t)
	c.sql(t, "INSERT INTO orders VALUES (5, 'O-5', 1)")
	c.tail(t, "crm/order/v1", "O-5")
}

// adopted: a connector that someone made by hand keeps its prefix and its slot, and its rows come into the product.
func (c *captured) adopted(t *testing.T) {
	c.put(t, "legacy", map[string]string{
		"connector.class": captures.PostgresClass, "database.hostname": "127.0.0.1", "database.port": strconv.Itoa(c.database.Port), "database.user": c.database.User,
		"database.password": c.database.Password, "database.dbname": "shop", "topic.prefix": "dbserver1", "plugin.name": "pgoutput", "slot.name": "by_hand",
		"publication.name": "by_hand", "publication.autocreate.mode": "filtered", "table.include.list": "public.parcels",
	})
	c.contract(t, "parcel", parcelContract)
	eventually.Eventually(t, 20*time.Second, "the plan to know another's connector", func() error { // Connect lists it a moment later
		if plan := planned(t, c.api, c.dir); !strings.Contains(fmt.Sprint(plan.Problems), "connector/legacy exists, and Weft did not make it") {
			return fmt.Errorf("it says %v", plan.Problems)
		}
		return nil
	})
	c.apply(t, "--adopt", "connector/legacy")
	c.sql(t, "INSERT INTO parcels VALUES (4, 400)")
	c.tail(t, "crm/parcel/v1", `{"id":4,"weight":400}`)
	c.tail(t, "crm/parcel/v1", `{"id":3,"weight":300}`)
}

func (c *captured) gone(t *testing.T) {
	for _, product := range []string{"customer", "order", "parcel"} {
		if err := os.RemoveAll(filepath.Join(c.dir, "domains", "crm", product)); err != nil {
			t.Fatal(err)
		}
	}
	plan := planned(t, c.api, c.dir)
	if _, changes := c.change(plan); changes || !strings.Contains(fmt.Sprint(plan.Pending), "connector/"+connector) {
		t.Errorf("the connector does not wait for leave: %+v", plan.Pending)
	}
	c.apply(t, "--allow-delete", "connector/"+connector, "--allow-delete", "connector/legacy")
	conn, err := pgx.Connect(t.Context(), c.database.URL("shop"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	left := 0
	if err := conn.QueryRow(t.Context(), "SELECT (SELECT count(*) FROM pg_replication_slots) + (SELECT count(*) FROM pg_publication)").Scan(&left); err != nil || left != 0 {
		t.Errorf("%d slots and publications are left, %v", left, err)
	}
}
