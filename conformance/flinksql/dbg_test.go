package flinksql
import ("testing";"os";"context";"strings";"github.com/weftmesh/weft/conformance/flinksql/cases")
func TestDbg(t *testing.T){
 all,_:=cases.Load(os.DirFS("testdata"))
 for _,c:=range all { if strings.Contains(c.Place(), os.Getenv("CASE")) {
  a,err:=NewEmbedded(t).Run(context.Background(), c)
  t.Logf("%s\n%s\n%v %v\n%s", c.Place(), c.Query, a.Rows, err, c.Compare(a))
  q:=c; q.Query="EXPLAIN CHANGELOG_MODE "+c.Query
  a,err=NewEmbedded(t).Run(context.Background(), q)
  t.Logf("%v %v", a, err)
 }}
}
