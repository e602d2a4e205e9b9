package mesh_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/weftmesh/weft/internal/eventually"
)

// pageViews are three views of two pages; the first and the last are from one address.
const pageViews = `{"view_id":"7b0f5bb0-1111-4222-8333-444455550001","visitor_id":"v1","url":"/a","ip":"10.0.0.1","viewed_at":"2026-11-24T08:00:01.000Z"}
{"view_id":"7b0f5bb0-1111-4222-8333-444455550002","visitor_id":"v2","url":"/b","ip":"10.0.0.2","viewed_at":"2026-11-24T08:00:02.000Z"}
{"view_id":"7b0f5bb0-1111-4222-8333-444455550003","visitor_id":"v1","url":"/a","ip":"10.0.0.1","viewed_at":"2026-11-24T08:00:03.000Z"}
`

// TestQueriesOverLiveProducts: SQL over products of a mesh that runs, with and without a grant, with its limits, and
// with what is refused.
func TestQueriesOverLiveProducts(t *testing.T) {
	dir := retail(t, "{}")
	edit(t, filepath.Join(dir, "domains/storefront/cart-events/data-contract.yaml"), "version: \"1.0\"", "version: \"1.0\"\nclassification: restricted")
	up := serve(t, `retail is up after .*\n`, upFree(dir)...)
	api := up.after("API")
	if code, out := run(t, "publish", "storefront/page-view-events", writeLine(t, strings.TrimSpace(pageViews)), "--server", api); code != 0 {
		t.Fatal(out)
	}
	const views = "storefront.`page-view-events`"
	for _, c := range []struct {
		name, sql string
		args      []string
		code      int
		want      []string // all of them
		not       string
	}{
		{"masked", "SELECT url, ip FROM " + views + " ORDER BY viewed_at", []string{"--format", "csv"}, 0, []string{"url,ip\n", "/b,"}, "10.0."},
		{"masked as a whole", "SELECT * FROM `storefront.page-view.v1.viewed`", nil, 0, []string{"v2"}, "10.0."},
		{"made of personal data", "SELECT url, SUBSTRING(ip, 1, 2) AS part, CHAR_LENGTH(ip) AS n FROM " + views, []string{"--format", "json"}, 0, []string{`{"url":"/b","part":"***","n":null}`}, "10"},
		{"granted", "SELECT url, ip FROM " + views + " ORDER BY url DESC, viewed_at", []string{"--as", "marketing", "--format", "csv"}, 0, []string{"url,ip\n/b,10.0.0.2\n/a,10.0.0.1\n/a,10.0.0.1\n"}, ""},
		{"granted to choose by", "SELECT COUNT(*) AS n FROM " + views + " WHERE ip = '10.0.0.1'", []string{"--as", "marketing", "--format", "json"}, 0, []string{`{"n":2}`}, `{"n":1}`},
		{"not granted", "SELECT ip FROM " + views, []string{"--as", "billing"}, 0, nil, "10.0."},
		{"a condition", "SELECT url FROM " + views + "\nWHERE ip = '10.0.0.1'", nil, 1, []string{"query:2:7: a condition uses ip of storefront.page-view.v1.viewed, which is personal data"}, "/a"},
		{"counted", "SELECT COUNT(*) FILTER (WHERE ip LIKE '10.0.0.1') FROM " + views, nil, 1, []string{"FILTER uses ip"}, ""},
		{"joined", "SELECT a.url FROM " + views + " a JOIN " + views + " b ON a.ip = b.ip", nil, 1, []string{"a join uses ip"}, ""},
		{"ordered", "SELECT url FROM " + views + " ORDER BY ip LIMIT 1", nil, 1, []string{"an order uses ip"}, ""},
		{"restricted", "SELECT * FROM `storefront.cart.v1.item-added`", nil, 1, []string{"query:1:15: storefront/cart-events/v1 is restricted"}, ""},
		{"restricted to others", "SELECT 1 FROM `storefront.cart.v1.item-added`", []string{"--as", "billing"}, 1, []string{"grants billing nothing"}, ""},
		{"hinted", "SELECT url FROM " + views + " /*+ OPTIONS('topic'='x') */", nil, 2, []string{"a query takes no hints"}, ""},
		{"folded", "SELECT url, COUNT(*) AS n FROM " + views + " GROUP BY url ORDER BY n DESC", []string{"--format", "json"}, 0, []string{"{\"url\":\"/a\",\"n\":2}\n{\"url\":\"/b\",\"n\":1}\n"}, `"n":1}` + "\n{"},
		{"limited", "SELECT url FROM " + views, []string{"-n", "2"}, 0, []string{"these are the first 2 rows"}, ""},
		{"as many as there are", "SELECT url FROM " + views, []string{"-n", "3"}, 0, []string{"/b"}, "these are the first"},
		{"explained", "SELECT url, COUNT(*) FROM " + views + " GROUP BY url", []string{"--explain"}, 0, []string{"GroupAggregate", "Scan(table=[storefront.page-view.v1.viewed"}, ""},
		{"a column that is not there", "SELECT ulr FROM " + views, nil, 2, []string{"query:1:8: column ulr is not known here", "Did you mean url?"}, ""},
		{"no product", "SELECT 1 FROM storefront.`page-views`", nil, 2, []string{"query:1:15: storefront.page-views is not a topic or a product"}, ""},
		{"no query", "INSERT INTO x SELECT 1", nil, 2, []string{"query:1:1"}, ""},
		{"a failure", "SELECT 1 / (CHAR_LENGTH(url) - 2) FROM " + views, nil, 3, []string{"/ by zero"}, ""},
		{"a failure that would tell", "SELECT ip, 1 / (CHAR_LENGTH(url) - 2) FROM " + views, nil, 3, []string{"why is not told"}, "by zero"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, out := run(t, append([]string{"query", c.sql, "--server", api}, c.args...)...)
			if code != c.code {
				t.Errorf("exits %d, want %d:\n%s", code, c.code, out)
			}
			for _, want := range c.want {
				if !strings.Contains(out, want) {
					t.Errorf("it says\n%s\nwithout %q", out, want)
				}
			}
			if c.not != "" && strings.Contains(out, c.not) {
				t.Errorf("it says\n%s\nwith %q", out, c.not)
			}
		})
	}
	t.Run("followed", func(t *testing.T) { followed(t, api, views) })
}

// followed watches a count while more is published, until the limit of rows ends it.
func followed(t *testing.T, api, views string) {
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	cmd := exec.CommandContext(t.Context(), weft, "query", "SELECT url, COUNT(*) AS n FROM "+views+" WHERE url = '/b' GROUP BY url", "--follow", "-n", "3", "--timeout", "40s", "--format", "csv", "--server", api)
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	shows := func(want string) error {
		text, err := os.ReadFile(out.Name())
		if err != nil {
			return err
		}
		return contains(string(text), want)
	}
	eventually.Eventually(t, 30*time.Second, "the count so far", func() error { return shows("change,url,n\n+I,/b,1\n") })
	more := bytes.Split([]byte(pageViews), []byte("\n"))[1]
	if code, said := run(t, "publish", "storefront/page-view-events", writeLine(t, string(more)), "--server", api); code != 0 {
		t.Fatal(said)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	if err := shows("-U,/b,1\n+U,/b,2\n"); err != nil {
		t.Error(err)
	}
	code, said := run(t, "query", "SELECT url FROM "+views, "--follow", "--timeout", "1s", "--server", api)
	if code != 0 || !strings.Contains(said, "+I") {
		t.Errorf("a watch that is over exits %d:\n%s", code, said)
	}
}
