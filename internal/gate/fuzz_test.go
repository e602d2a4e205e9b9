package gate

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/weftmesh/weft/internal/contracts/contractstest"
)

// Whatever a raw topic holds, each record ends in one place: the product, its quarantine, or among those that say
// nothing more. (Invariant 3.)
func FuzzRecord(f *testing.F) {
	var pipelines []*pipeline
	for _, name := range []string{"debezium-orders", "debezium-orders-avro", "debezium-types-schemas"} {
		text, err := os.ReadFile("testdata/situations/" + name + ".txt")
		if err != nil {
			f.Fatal(err)
		}
		parts := contractstest.Unpack(string(text))
		p, err := newPipeline(context.Background(), Specs(load(f, parts))[0], newMemory(parts["schemas"]), []byte("secret"), time.Now)
		if err != nil {
			f.Fatal(err)
		}
		pipelines = append(pipelines, p)
		for _, r := range rawRecords(f, p.spec.Input, parts["in"]) {
			f.Add(r.Key, r.Value)
		}
	}
	for _, format := range []string{"avro", "json"} {
		p, batch := benchRecords(f, format, 1)
		pipelines = append(pipelines, p)
		f.Add(batch[0].Key, batch[0].Value)
	}
	f.Fuzz(func(t *testing.T, key, value []byte) {
		for _, p := range pipelines {
			in := Record{Topic: p.spec.Input, Key: key, Value: value}
			out, err := p.process(context.Background(), []Record{in})
			if err != nil {
				t.Fatal(err)
			}
			c := out.count
			places := fmt.Sprintf("%d in, %d passed, %d removed, %d absorbed, %d quarantined, stop %v, truncate %v", c.In, c.Passed, c.Removed, c.Absorbed, c.Quarantined, out.stop, out.truncate)
			stopped := out.stop != nil || out.truncate
			moved := c.Passed == 1 && c.Removed == 1 // a row whose key changed
			if once := c.Passed+c.Removed+c.Absorbed+c.Quarantined == 1; stopped && c.In != 0 || !stopped && (c.In != 1 || !once && !moved) {
				t.Fatalf("%s: %s", p.spec.Format, places)
			}
		}
	})
}
