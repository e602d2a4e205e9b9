package gate

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/twmb/avro"

	"github.com/weftmesh/weft/internal/codecs"
	"github.com/weftmesh/weft/internal/contracts/contractstest"
)

// avroOrders is the gate of the benchmark's product in Avro, and a good record of it.
func avroOrders(t *testing.T, extra string) (*pipeline, *memory, Record) {
	t.Helper()
	set := load(t, contractstest.Unpack(fmt.Sprintf(benchMesh, "avro")+extra))
	registry := newMemory("")
	p, err := newPipeline(t.Context(), Specs(set)[0], registry, []byte("secret"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return p, registry, avroOrder(t, p, "note")
}

func avroOrder(t *testing.T, p *pipeline, note string) Record {
	t.Helper()
	row, faults := codecs.FromJSON(p.spec.Topic.Value.Fields, map[string]any{
		"order_id": "o-1", "customer_id": "c", "amount": "1", "quantity": codecs.Row{}, "note": note, "placed_at": "2026-11-25T06:00:00Z",
	})
	_ = faults
	row["quantity"] = int64(1)
	value, err := codecs.EncodeAvro(avro.MustParse(p.spec.Topic.ValueText), p.product.value.id, row)
	if err != nil {
		t.Fatal(err)
	}
	return Record{Topic: p.spec.Input, Key: []byte("o-1"), Value: value}
}

func reasonOf(t *testing.T, p *pipeline, in Record) string {
	t.Helper()
	out, err := p.process(t.Context(), []Record{in})
	if err != nil {
		t.Fatal(err)
	}
	if len(out.records) != 1 || out.records[0].Topic != p.spec.Topic.Name.Quarantine() {
		return ""
	}
	if string(out.records[0].Value) != string(in.Value) || string(out.records[0].Key) != string(in.Key) {
		t.Error("the record is not as it came")
	}
	return header(out.records[0], HeaderReason)
}

func TestWhatIsNoRecordIsSetAsideWithItsReason(t *testing.T) {
	p, _, good := avroOrders(t, "")
	if reason := reasonOf(t, p, good); reason != "" {
		t.Fatal(reason)
	}
	bad := good
	for _, c := range []struct {
		value []byte
		want  string
	}{
		{good.Value[:len(good.Value)-1], "not a value of schema"},
		{append(append([]byte{}, good.Value...), 0), "bytes are left"},
		{[]byte("{}"), "not in Confluent's frame"},
		{[]byte{}, "not in Confluent's frame"},
		{codecs.Frame(4711, good.Value[5:]), "the registry has no schema 4711"},
		{[]byte(strings.Replace(string(good.Value), "note", "no\xffe", 1)), "not UTF-8"},
	} {
		bad.Value = c.value
		if reason := reasonOf(t, p, bad); !strings.Contains(reason, c.want) {
			t.Errorf("%x: %q, want %q", c.value, reason, c.want)
		}
	}
}

func TestARegistryThatDoesNotAnswerIsNoRecordsFault(t *testing.T) {
	p, registry, good := avroOrders(t, "")
	registry.down = errors.New("connection refused")
	if _, err := p.process(t.Context(), []Record{good}); !errors.Is(err, registry.down) {
		t.Fatalf("got %v", err)
	}
	registry.down = nil
	if reason := reasonOf(t, p, good); reason != "" {
		t.Error(reason)
	}
}

func TestARecordThatIsTooLargeForTheProductIsSetAside(t *testing.T) {
	p, _, _ := avroOrders(t, "")
	large := avroOrder(t, p, strings.Repeat("x", maxMessage))
	if reason := reasonOf(t, p, large); !strings.Contains(reason, "the topic takes 1048588") {
		t.Error(reason)
	}
}

// broken is a registry whose schemas break who reads them.
type broken struct{ *memory }

func (broken) SchemaByID(context.Context, int) (string, error) { panic("poison") }

func TestARecordThatBreaksTheDecoderIsSetAside(t *testing.T) {
	p, registry, good := avroOrders(t, "")
	p.reader.registry = broken{registry}
	good.Value = codecs.Frame(99, good.Value[5:])
	if reason := reasonOf(t, p, good); !strings.Contains(reason, "the decoder broke on it: poison") {
		t.Error(reason)
	}
}
