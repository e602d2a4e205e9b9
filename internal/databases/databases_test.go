package databases_test

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/contracts/format"
	"github.com/weftmesh/weft/internal/databases"
	"github.com/weftmesh/weft/internal/diags"
	"github.com/weftmesh/weft/internal/golden"
	"github.com/weftmesh/weft/internal/policy"
)

var update = flag.Bool("update", false, "write the golden files anew")

// table is one that a PostgreSQL described: the tests of its client write these files.
func table(t *testing.T, situation string) databases.Table {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "tables", situation, "table.json"))
	if err != nil {
		t.Fatal(err)
	}
	var described databases.Table
	if err := json.Unmarshal(text, &described); err != nil {
		t.Fatal(err)
	}
	return described
}

// Each situation's table becomes the contract of its golden file, or the error there.
func TestATableBecomesAContract(t *testing.T) {
	folders, err := os.ReadDir("testdata/tables")
	if err != nil || len(folders) < 10 {
		t.Fatalf("%d situations, %v", len(folders), err)
	}
	for _, folder := range folders {
		t.Run(folder.Name(), func(t *testing.T) {
			draft, err := databases.New(table(t, folder.Name()), databases.Drafting{Domain: "sales", Owner: "sales-team@example.com", Connection: "sales-db"})
			got := draft.Text
			if err != nil {
				got = "# " + err.Error() + "\n"
			}
			golden.Compare(t, filepath.Join("testdata", "tables", folder.Name(), "data-contract.yaml"), got, *update)
			if err == nil {
				sound(t, folder.Name(), draft.Text)
			}
		})
	}
}

// sound makes sure that a draft has no problem but that the environment is not there, that its table has nothing
// against it but what the draft could not mend, and that it is written as `weft fmt` would.
func sound(t *testing.T, situation, text string) {
	t.Helper()
	set, problems := contracts.LoadContract("data-contract.yaml", []byte(text))
	problems.Add(policy.Check(set, time.Now())...)
	for _, d := range problems {
		if !slices.Contains([]string{"domain-declared", "source-connection", "field-names"}, d.Rule) && d.Severity != diags.Info {
			t.Errorf("%s\n\t%s", d, d.Fix)
		}
	}
	if formatted, err := format.Contract("data-contract.yaml", text, false); err != nil || formatted != text {
		t.Errorf("weft fmt: %v\n%s", err, formatted)
	}
	for _, d := range databases.Problems(set.Products[0], table(t, situation)) {
		if d.Severity == diags.Error {
			t.Errorf("%s\n\t%s", d, d.Fix)
		}
	}
}

func TestAProductIsNamedAfterItsTable(t *testing.T) {
	for name, want := range map[string]string{
		"public.customers": "customer", "public.Order Lines": "order-line", "s.companies": "company", "s.addresses": "address", "s.boxes": "box",
		"s.branches": "branch", "s.status": "status", "s.analysis": "analysis", "s.bus": "bus", "s.s": "s", "s.2024_sales": "sale", "s.ÄÖ": "table", "s.invoiceItem": "invoice-item",
	} {
		if got := databases.ProductName(name); got != want {
			t.Errorf("%s became %s, want %s", name, got, want)
		}
	}
}

func TestWhatIsGivenWinsOverWhatIsDerived(t *testing.T) {
	draft, err := databases.New(table(t, "no-key"), databases.Drafting{Domain: "ops", Product: "journal", Owner: "o@example.com", Connection: "db", Key: []string{"line"}})
	if err != nil || !strings.Contains(draft.Text, "product: journal\n") || !strings.Contains(draft.Text, "\nkey: line\n") {
		t.Errorf("%v\n%s", err, draft.Text)
	}
	if _, err := databases.New(table(t, "no-key"), databases.Drafting{Key: []string{"lines"}}); !errors.Is(err, databases.ErrNoKey) || !strings.Contains(err.Error(), "no column lines") {
		t.Error(err)
	}
	large := table(t, "customers")
	large.Rows = 12_345_678
	if draft, _ := databases.New(large, databases.Drafting{Domain: "d", Owner: "o", Connection: "c"}); !strings.Contains(draft.Text, "about 12,000,000 rows") {
		t.Error(draft.Text)
	}
}

// edits change a table that its contract was drafted from, and name the problems that follow, each by a part of its text.
var edits = []struct {
	name      string
	situation string
	edit      func(*databases.Table)
	want      []string
}{
	{"nothing", "customers", func(*databases.Table) {}, []string{"warning 34: table crm.customers does not send values of name, email, phone, street, city, postcode, preferences, tags"}},
	{"the whole row is told", "customers", full, nil},
	{"a column is gone", "customers", after(full, drop("phone")), []string{"warning 19: table crm.customers has no column phone: field phone, which is made from it, is always null"}},
	{"a required column is renamed", "customers", after(full, rename("email", "e_mail")), []string{"error 18: table crm.customers has no column email: field email, which is made from it, is required|Did the column become e_mail?"}},
	{"retyped", "customers", after(full, column("birth_date", func(c *databases.Column) { c.Type, c.Base = "text", "text" })), nil},
	{"retyped to what does not fit", "customers", after(full, column("birth_date", func(c *databases.Column) { c.Type, c.Base = "integer", "int4" })), []string{"error 20: column birth_date of crm.customers is integer, and the field is date|Write type: int."}},
	{"retyped to what cannot be carried", "customers", after(full, column("phone", func(c *databases.Column) { c.Type, c.Base, c.Kind = "box", "box", "b" })), []string{"error 19: column phone of crm.customers is of type box, which change data capture does not read"}},
	{"nullable while required", "customers", after(full, column("city", func(c *databases.Column) { c.NotNull = false })), []string{"warning 23: column city of crm.customers may be null|ALTER TABLE crm.customers ALTER COLUMN city SET NOT NULL"}},
	{"a new value of an enum", "customers", after(full, column("tier", func(c *databases.Column) { c.Symbols = append(c.Symbols, "platinum") })), []string{"warning 25: column tier of crm.customers may be platinum|values: [basic, silver, gold, platinum]"}},
	{"no longer readable", "customers", after(full, func(t *databases.Table) { t.Readable = false }), []string{"error 34: the connection's user may not read crm.customers"}},
	{"wider decimals", "partitioned", after(full, column("total_amount", func(c *databases.Column) { c.Type, c.Modifier = "numeric(14,2)", 14<<16+2+4 })), []string{"warning 19: column total_amount of public.payments is numeric(14,2), and the field is decimal(12,2): greater values"}},
	{"other digits after the point", "partitioned", after(full, column("total_amount", func(c *databases.Column) { c.Type, c.Modifier = "numeric(12,3)", 12<<16+3+4 })), []string{"error 19: column total_amount of public.payments is numeric(12,3), and the field is decimal(12,2): the digits after the point"}},
	{"another key", "partitioned", func(t *databases.Table) { t.Key = []string{"payment_id"} }, []string{"error 22: the contract's key (payment_id, booked_on) is not told by a DELETE of public.payments, which has only payment_id|ALTER TABLE public.payments REPLICA IDENTITY FULL;"}},
	{"another key, and the whole row is told", "partitioned", after(full, func(t *databases.Table) { t.Key = nil }), nil},
	{"no identity", "identity-by-index", func(t *databases.Table) { t.Identity = databases.IdentityNothing }, []string{"error 18: table public.stock has no replica identity"}},
	{"the identity's index is not the key", "identity-by-index", func(t *databases.Table) { t.IdentityKey = []string{"place"} }, []string{"error 18: the contract's key (article) is not told by a DELETE"}},
	{"generated", "customers", after(full, column("city", func(c *databases.Column) { c.Generated = true })), []string{"warning 23: column city of crm.customers is generated"}},
}

func TestATableIsHeldAgainstItsContract(t *testing.T) {
	for _, e := range edits {
		t.Run(e.name, func(t *testing.T) {
			live := table(t, e.situation)
			draft, err := databases.New(live, databases.Drafting{Domain: "sales", Owner: "o@example.com", Connection: "sales-db"})
			if err != nil {
				t.Fatal(err)
			}
			set, _ := contracts.LoadContract("c.yaml", []byte(draft.Text))
			e.edit(&live)
			var got []string
			for _, d := range databases.Problems(set.Products[0], live) {
				got = append(got, fmt.Sprintf("%s %d: %s|%s", d.Severity, d.Line, d.Summary, d.Fix))
			}
			for i, want := range e.want {
				for part := range strings.SplitSeq(want, "|") {
					if i >= len(got) || !strings.Contains(got[i], part) {
						t.Errorf("problem %d has no %q", i, part)
					}
				}
			}
			if len(got) != len(e.want) || t.Failed() {
				t.Errorf("got\n%s\nof\n%s", strings.Join(got, "\n"), draft.Text)
			}
		})
	}
}

func full(t *databases.Table) { t.Identity = databases.IdentityFull }

func after(edits ...func(*databases.Table)) func(*databases.Table) {
	return func(t *databases.Table) {
		for _, edit := range edits {
			edit(t)
		}
	}
}

func column(name string, edit func(*databases.Column)) func(*databases.Table) {
	return func(t *databases.Table) {
		for i := range t.Columns {
			if t.Columns[i].Name == name {
				edit(&t.Columns[i])
			}
		}
	}
}

func rename(name, to string) func(*databases.Table) {
	return column(name, func(c *databases.Column) { c.Name = to })
}

func drop(name string) func(*databases.Table) { return rename(name, "dropped") }

// How a contract may type a column, and how not.
func TestFieldsSuitColumnsAsTheGateConvertsThem(t *testing.T) {
	live := table(t, "every-type")
	full(&live)
	for field, want := range map[string]string{
		"{name: an_integer, type: long}": "", "{name: an_integer, type: double}": "", "{name: an_integer, type: string}": "error",
		"{name: a_bigint, type: int}": "warning", "{name: a_bigint, type: timestamp}": "error", "{name: a_bigint, type: timestamp, from: {unit: ms}}": "",
		"{name: an_interval, type: int}": "error", "{name: a_real, type: double}": "", "{name: a_double, type: \"decimal(10,2)\"}": "error",
		"{name: a_numeric, type: long}": "", "{name: a_numeric, type: \"decimal(10,2)\"}": "", "{name: a_numeric_2, type: long}": "error",
		"{name: a_numeric_2, type: \"decimal(12,4)\"}": "error", "{name: a_numeric_2, type: \"decimal(14,2)\"}": "", "{name: a_numeric_2, type: double}": "error",
		"{name: a_date, type: timestamp}": "error", "{name: a_date, type: string}": "error", "{name: a_timestamptz, type: string}": "", "{name: a_timestamp, type: string}": "error",
		"{name: a_text, type: uuid}": "", "{name: a_text, type: \"decimal(10,2)\"}": "", "{name: a_text, type: int}": "error", "{name: a_boolean, type: string}": "error",
		"{name: a_jsonb, type: string}": "", "{name: a_jsonb, type: record, fields: [{name: a, type: int}]}": "", "{name: a_json, type: map, values: string}": "", "{name: x, type: int, from: a_text.x}": "error", "{name: x, type: int, from: a_jsonb.x}": "", "{name: a_point, type: record, fields: [{name: x, type: double}]}": "",
		"{name: ints, type: array, items: {type: long}}": "", "{name: ints, type: array, items: {type: string}}": "error", "{name: ints, type: json}": "", "{name: matrix, type: array, items: {type: int}}": "error",
		"{name: a_mood, type: enum, values: [so, happy]}": "warning", "{name: x, type: double, from: a_point.x}": "", "{name: other, type: string, from: a_varchar}": "",
	} {
		text := "domain: d\nproduct: p\nversion: \"1.0\"\nowner: o@example.com\nkey: id\nschema:\n  fields:\n    - {name: id, type: uuid}\n    - " + field + "\nsource: {postgres: {connection: c, table: public.every_type}}\n"
		set, problems := contracts.LoadContract("c.yaml", []byte(text))
		if problems.HasErrors() || len(set.Products) != 1 {
			t.Fatalf("%s: %v", field, problems)
		}
		got := ""
		for _, d := range databases.Problems(set.Products[0], live) {
			got += string(d.Severity)
		}
		if got != want {
			t.Errorf("%s: %q, want %q: %v", field, got, want, databases.Problems(set.Products[0], live))
		}
	}
}

func TestWhatAProductLeavesOutIsListed(t *testing.T) {
	set, _ := contracts.LoadContract("c.yaml", []byte("domain: d\nproduct: p\nversion: \"1.0\"\nowner: o@example.com\nkey: article\nfields:\n  - {name: article, type: string}\n  - {name: n, type: int, from: quantity}\nsource: {postgres: {connection: c, table: public.stock}}\n"))
	if got := databases.Unpublished(set.Products[0], table(t, "identity-by-index")); fmt.Sprint(got) != "[place: string]" {
		t.Error(got)
	}
}

// A draft holds whatever names and comments a table has, and stays one contract with that table's fields.
func FuzzDraft(f *testing.F) {
	f.Add("public", "customers", "e\nmail", "says: {what} # it is\u2028", "basic")
	f.Add("p", "t", "null", "'", "null")
	f.Fuzz(func(t *testing.T, schema, name, column, comment, symbol string) {
		if column == "" || comment == "" || len(column) > 63 || len(comment) > 63 { // PostgreSQL: NAMEDATALEN
			return
		}
		live := databases.Table{Name: schema + "." + name, Comment: comment, Key: []string{"id"}, Rows: -1, Identity: databases.IdentityDefault, Columns: []databases.Column{
			{Name: "id", Type: "uuid", Base: "uuid", Kind: "b", NotNull: true},
			{Name: column, Type: "text", Base: "text", Kind: "b", Comment: comment},
			{Name: "kind", Type: "kind", Base: "kind", Kind: "e", Symbols: []string{symbol}, Default: "'" + symbol + "'::kind"},
			{Name: comment, Type: column, Base: "box", Kind: "b"},
		}}
		draft, err := databases.New(live, databases.Drafting{Domain: "sales", Owner: "o@example.com", Connection: "sales-db"})
		if err != nil {
			return
		}
		set, problems := contracts.LoadContract("c.yaml", []byte(draft.Text))
		if problems.HasErrors() || len(set.Products) != 1 || len(set.Products[0].CommonFields()) != draft.Fields {
			t.Errorf("%v\n%s", problems, draft.Text)
		}
	})
}
