package cli_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/weftmesh/weft/internal/cli"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/policy"
)

// weft runs a command line in a folder, and gives its exit code and what it printed.
func weft(t *testing.T, dir string, args ...string) (code int, out, err string) {
	t.Helper()
	t.Chdir(dir)
	var o, e bytes.Buffer
	code = cli.Run(t.Context(), cli.Streams{In: strings.NewReader(""), Out: &o, Err: &e}, cli.Services{}, args)
	return code, o.String(), e.String()
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	full := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// misspelt is a contract with one error, one warning and one note.
const misspelt = `domain: logistics
product: shipment-events
version: "2.1"
owner: shipping-team@example.com
sla: {freshness: 30s, availability: 99.9%, retenton: 7d}
schema:
  fields:
    - {name: shipment_id, type: string}
    - {name: status, type: enum, values: [created]}
    - {name: updated_at, type: timestamp}
`

// Each format in which problems are shown, word for word.
func TestProblemsInEachFormat(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "data-contract.yaml", misspelt)
	for format, want := range map[string]string{
		"text": `data-contract.yaml:2:10: warning: logistics/shipment-events/v2 has no description [description]
    product: shipment-events
             ^
    Write description: and what one record says.
data-contract.yaml:5:44: error: "retenton" is not a key of sla [unknown-key]
    sla: {freshness: 30s, availability: 99.9%, retenton: 7d}
                                               ^
    Did you mean "retention"?
data-contract.yaml:9:7: info: enum status has no default: a new value will need a new major version [enum-default]
        - {name: status, type: enum, values: [created]}
          ^
    Write default: and the value that readers take for one they do not know.

1 product: 1 error, 1 warning, 1 note
`,
		"github": `::warning file=data-contract.yaml,line=2,col=10,title=description::logistics/shipment-events/v2 has no description%0AWrite description: and what one record says.
::error file=data-contract.yaml,line=5,col=44,title=unknown-key::"retenton" is not a key of sla%0ADid you mean "retention"?
::notice file=data-contract.yaml,line=9,col=7,title=enum-default::enum status has no default: a new value will need a new major version%0AWrite default: and the value that readers take for one they do not know.
1 product: 1 error, 1 warning, 1 note
`,
		"markdown": "**1 product: 1 error, 1 warning, 1 note**\n\n| | where | what | what to do |\n|---|---|---|---|\n" +
			"| warning | `data-contract.yaml:2:10` | logistics/shipment-events/v2 has no description (`description`) | Write description: and what one record says. |\n" +
			"| error | `data-contract.yaml:5:44` | \"retenton\" is not a key of sla (`unknown-key`) | Did you mean \"retention\"? |\n" +
			"| info | `data-contract.yaml:9:7` | enum status has no default: a new value will need a new major version (`enum-default`) | Write default: and the value that readers take for one they do not know. |\n",
	} {
		if code, out, _ := weft(t, dir, "check", "--format", format); code != cli.ExitProblems || out != want {
			t.Errorf("--format %s exits %d with\n%s\nwant\n%s", format, code, out, want)
		}
	}
}

func TestProblemsAsJSONHaveTheseKeysAndNoOthers(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "data-contract.yaml", misspelt)
	code, out, _ := weft(t, dir, "check", "--format", "json")
	var problems []map[string]any
	if err := json.Unmarshal([]byte(out), &problems); err != nil || code != cli.ExitProblems || len(problems) != 3 {
		t.Fatalf("exits %d: %v\n%s", code, err, out)
	}
	want := []string{"severity", "rule", "file", "line", "column", "summary", "detail", "fix"}
	for _, p := range problems {
		for key := range p {
			if !slices.Contains(want, key) {
				t.Errorf("there is a key %s", key)
			}
		}
		if len(p) != len(want) {
			t.Errorf("keys are missing in %v", p)
		}
	}
	write(t, dir, "data-contract.yaml", strings.Replace(strings.Replace(misspelt, "retenton", "retention", 1), "values: [created]", "values: [created], default: created", 1)+"description: What happens to shipments.\n")
	if code, out, _ := weft(t, dir, "check", "--format", "json"); code != cli.ExitDone || strings.TrimSpace(out) != "[]" {
		t.Errorf("without problems it exits %d with %s", code, out)
	}
}

func TestProblemsAsJUnitFailOnErrorsAlone(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "data-contract.yaml", misspelt)
	_, out, _ := weft(t, dir, "check", "--format", "junit")
	var suite struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Cases    []struct {
			Name    string `xml:"name,attr"`
			Failure *struct {
				Message string `xml:"message,attr"`
			} `xml:"failure"`
		} `xml:"testcase"`
	}
	if err := xml.Unmarshal([]byte(out), &suite); err != nil || suite.Tests != 3 || suite.Failures != 1 || len(suite.Cases) != 3 {
		t.Fatalf("%v: %+v in\n%s", err, suite, out)
	}
	if c := suite.Cases[1]; c.Failure == nil || c.Name != "unknown-key data-contract.yaml:5:44" || c.Failure.Message != `"retenton" is not a key of sla` {
		t.Errorf("the error is %+v", c)
	}
}

func TestWhatIsCheckedIsWhatWasNamed(t *testing.T) {
	dir := t.TempDir()
	sound := strings.Replace(misspelt, "retenton", "retention", 1)
	write(t, dir, "mesh/mesh.yaml", "name: small\n")
	write(t, dir, "mesh/domains/logistics/domain.yaml", "domain: logistics\nowner: shipping-team@example.com\n")
	write(t, dir, "mesh/domains/logistics/shipment-events/data-contract.yaml", sound)
	write(t, dir, "mesh/domains/logistics/parcel/data-contract.yaml", strings.Replace(misspelt, "shipment-events", "parcel", 1))
	write(t, dir, "nothing/README.md", "nothing")
	for _, test := range []struct {
		what, path string
		code       int
		says       string
	}{
		{"a mesh", "mesh", cli.ExitProblems, "2 products: 1 error"},
		{"a folder within one", "mesh/domains/logistics/shipment-events", cli.ExitDone, "1 product: 1 warning"},
		{"a file within one", "mesh/domains/logistics/parcel/data-contract.yaml", cli.ExitProblems, "1 product: 1 error"},
		{"a folder around one", ".", cli.ExitUsage, ". is not the folder of a mesh, but mesh is; name that one"},
		{"a folder with nothing in it", "nothing", cli.ExitUsage, "there is neither a mesh nor a contract"},
		{"nothing", "nowhere", cli.ExitUsage, "there is no file or folder nowhere"},
	} {
		if code, out, err := weft(t, dir, "check", test.path); code != test.code || !strings.Contains(out+err, test.says) {
			t.Errorf("%s: exits %d with\n%s%s\nwant %d with %q", test.what, code, out, err, test.code, test.says)
		}
	}
}

// Files that a contract names are found beside it, with a mesh or without one.
func TestAContractByItselfReadsTheFilesThatItNames(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "data-contract.yaml", "domain: logistics\nproduct: parcel\nversion: \"1.0\"\nowner: a@example.com\ndescription: Parcels.\nsla: {freshness: 1m, availability: 99%}\nschema: {file: parcel.avsc}\n")
	write(t, dir, "parcel.avsc", `{"type":"record","name":"Parcel","fields":[{"name":"parcel_id","type":"string"},{"name":"seen_at","type":{"type":"long","logicalType":"timestamp-millis"}}]}`)
	if code, out, err := weft(t, dir, "check", "data-contract.yaml"); code != cli.ExitDone {
		t.Errorf("exits %d with\n%s%s", code, out, err)
	}
}

func TestEveryRuleIsExplained(t *testing.T) {
	var rules []string
	for _, r := range contracts.Rules {
		rules = append(rules, r.ID)
	}
	for _, r := range policy.Rules() {
		rules = append(rules, r.ID)
	}
	code, list, _ := weft(t, t.TempDir(), "explain")
	for _, rule := range rules {
		c, out, _ := weft(t, t.TempDir(), "explain", rule)
		if code != cli.ExitDone || c != cli.ExitDone || !strings.HasPrefix(out, rule+" (") || !strings.Contains("\n"+list, "\n"+rule+" ") {
			t.Errorf("explain %s exits %d with\n%s", rule, c, out)
		}
	}
}
