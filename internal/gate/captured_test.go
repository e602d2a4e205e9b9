package gate_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/contracts/contractstest"
	"github.com/weftmesh/weft/internal/eventually"
	"github.com/weftmesh/weft/internal/gate"
)

// customers are made from the changes of a table.
const customers = `-- domains/crm/domain.yaml --
domain: crm
owner: crm@example.com
members: [crm@example.com]
-- domains/ads/domain.yaml --
domain: ads
owner: ads@example.com
members: [ads@example.com]
-- domains/ads/subscriptions/customers.yaml --
product: crm/customers/v1
purpose: Ads.
-- domains/crm/customers/data-contract.yaml --
domain: crm
product: customers
version: "1.0"
owner: crm@example.com
kind: state
entity: customer
key: id
source: {topic: {name: dbserver.public.customers, format: debezium-json}}
topic: {partitions: 2}
schema:
  type: json
  fields:
    - {name: id, type: long, required: true}
    - {name: email, type: string, required: true, pii: true, mask: hash}
    - {name: city, type: string}
`

const envelopes = "dbserver.public.customers"

// table makes the raw topic, and writes changes to it as Debezium does.
func table(t *testing.T, files string) *mesh {
	t.Helper()
	m := open(t, files)
	if _, err := kadm.NewClient(m.client).CreateTopic(t.Context(), 1, 1, nil, envelopes); err != nil {
		t.Fatal(err)
	}
	return m
}

func (m *mesh) change(op string, id int, after string) {
	m.t.Helper()
	before := "null"
	if op == "d" {
		before, after = fmt.Sprintf(`{"id":%d,"email":null,"city":null}`, id), "null"
	}
	key := fmt.Sprintf(`{"id":%d}`, id)
	if op == "t" {
		key, after = "", "null"
	}
	m.write(envelopes, key, fmt.Sprintf(`{"before":%s,"after":%s,"source":{"ts_ms":1795590000000},"op":%q}`, before, after, op))
}

func customer(id int) string {
	return fmt.Sprintf(`{"id":%d,"email":"c%d@example.com","city":"Brno"}`, id, id)
}

// rows are those of a product of kind state: the latest of each key.
func (m *mesh) rows(topic string) map[string]string {
	m.t.Helper()
	rows := map[string]string{}
	for _, r := range m.records(topic) {
		if r.Value == nil {
			delete(rows, string(r.Key))
		} else {
			rows[string(r.Key)] = string(r.Value)
		}
	}
	return rows
}

func (m *mesh) awaitRows(topic string, n int) {
	m.t.Helper()
	eventually.Eventually(m.t, 30*time.Second, fmt.Sprintf("%s has %d rows", topic, n), func() error {
		if got := m.rows(topic); len(got) != n {
			return fmt.Errorf("it has %v", got)
		}
		return nil
	})
}

func TestATableThatIsTruncatedLeavesNoRows(t *testing.T) {
	m := table(t, customers)
	m.gates("one")
	for id := range 5 {
		m.change("c", id, customer(id))
	}
	m.change("d", 2, "")
	m.write(envelopes, `{"id":2}`, "")
	m.awaitRows("crm.customer.v1.changed", 4)
	m.awaitRows("crm.customer.v1.changed-masked", 4)
	m.change("t", 0, "")
	m.change("c", 9, customer(9))
	m.awaitRows("crm.customer.v1.changed", 1)
	m.awaitRows("crm.customer.v1.changed-masked", 1)
}

func TestAColumnThatIsGoneStopsTheProductUntilTheContractFollows(t *testing.T) {
	m := table(t, customers)
	gates := m.gates("one")
	m.change("c", 1, customer(1))
	m.change("c", 2, `{"id":2,"mail":"c2@example.com","city":"Brno"}`)
	m.change("c", 3, `{"id":3,"mail":"c3@example.com","city":"Brno"}`)
	eventually.Eventually(t, 30*time.Second, "the gate stops", func() error {
		if s := gates.Status()[0]; s.State != gate.Stopped || !strings.Contains(s.Why, "no column email any more") {
			return fmt.Errorf("it is %s: %s", s.State, s.Why)
		}
		return nil
	})
	if got := m.rows("crm.customer.v1.changed"); len(got) != 1 {
		t.Fatalf("what came before passes, and nothing else: %v", got)
	}
	if got := m.records("crm.customer.v1.changed-quarantine"); len(got) != 0 {
		t.Fatalf("a schema that changed is no record's fault: %d are in quarantine", len(got))
	}
	m.contract(strings.Replace(customers, "mask: hash}", "mask: hash, from: mail}", 1))
	gates.Follow(m.set)
	m.awaitRows("crm.customer.v1.changed", 3)
}

// contract puts other files in the place of the mesh's.
func (m *mesh) contract(files string) {
	m.t.Helper()
	fsys, err := contractstest.Unpack(files).FS()
	if err != nil {
		m.t.Fatal(err)
	}
	set, problems, err := contracts.Load(fsys)
	if err != nil || problems.HasErrors() {
		m.t.Fatal(err, contractstest.Listed(problems))
	}
	m.set = set
}

const unchanged = "__debezium_unavailable_value"

func TestAValueThatDidNotChangeIsTakenFromTheLastRow(t *testing.T) {
	m := table(t, customers)
	m.gates("one")
	m.change("c", 1, customer(1))
	m.change("c", 2, customer(2))
	m.awaitRows("crm.customer.v1.changed", 2)
	m.change("u", 1, fmt.Sprintf(`{"id":1,"email":%q,"city":"Wien"}`, unchanged))
	m.change("u", 1, fmt.Sprintf(`{"id":1,"email":"new@example.com","city":%q}`, unchanged))
	m.change("d", 2, "")
	m.change("u", 2, fmt.Sprintf(`{"id":2,"email":%q,"city":"Wien"}`, unchanged)) // no database writes this: there is no row before
	quarantined := m.await("crm.customer.v1.changed-quarantine", 1)
	if reason := header(quarantined[0], gate.HeaderReason); !strings.Contains(reason, "REPLICA IDENTITY FULL") {
		t.Error(reason)
	}
	for _, row := range m.rows("crm.customer.v1.changed") {
		if row != `{"id":1,"email":"new@example.com","city":"Wien"}` {
			t.Errorf("the row is %s", row)
		}
	}
	m.change("u", 2, fmt.Sprintf(`{"id":2,"email":"c2@example.com","city":%q}`, unchanged))
	m.await("crm.customer.v1.changed-quarantine", 2)
}
