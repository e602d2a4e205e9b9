package transforms

import (
	"fmt"
	"os"
	"testing"

	"github.com/weftmesh/weft/internal/contracts"
)

func TestDbg(t *testing.T) {
	set, problems, err := contracts.Load(os.DirFS("../../examples/retail"))
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println(problems)
	for _, p := range set.Products {
		if p.Transform == nil {
			continue
		}
		c, ps := Compile(set, p)
		for _, d := range ps {
			fmt.Println(d, d.Fix)
		}
		fmt.Println(c.Job.Name())
		for _, s := range c.Job.Statements(Connection{Bootstrap: "b:9", Registry: "http://r"}) {
			fmt.Println(s)
		}
	}
}
