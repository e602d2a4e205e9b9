package gate_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weftmesh/weft/internal/adapter/kafka"
	"github.com/weftmesh/weft/internal/adapter/registry"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/contracts/contractstest"
	"github.com/weftmesh/weft/internal/eventually"
	"github.com/weftmesh/weft/internal/gate"
)

// childVariable holds what a child process runs gates with: it is this test binary, so that it can be killed.
const childVariable = "WEFT_GATE_CHILD"

type child struct{ Kafka, Registry, Instance string }

func TestMain(m *testing.M) {
	if text := os.Getenv(childVariable); text != "" {
		runChild(text)
		return
	}
	os.Exit(m.Run())
}

// runChild runs the gates of the orders until it is killed.
func runChild(text string) {
	var c child
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		panic(err)
	}
	fsys, err := contractstest.Unpack(orders).FS()
	if err != nil {
		panic(err)
	}
	set, _, err := contracts.Load(fsys)
	if err != nil {
		panic(err)
	}
	options := []kgo.Opt{kgo.SeedBrokers(c.Kafka), kgo.MetadataMinAge(50 * time.Millisecond)}
	gates := gate.NewGates(gate.Config{
		Bus: kafka.NewGates(options), Registry: registry.NewSchemas(registry.Config{URL: c.Registry}), Secret: []byte("secret"), Lasting: true, Instance: c.Instance, Now: time.Now,
		Logger: slog.New(slog.NewTextHandler(os.Stderr, nil)),
	})
	gates.Follow(set)
	select {}
}

// process is a child that runs gates.
type process struct {
	m        *mesh
	instance string
	cmd      *exec.Cmd
}

func (m *mesh) process(instance string) *process {
	p := &process{m: m, instance: instance}
	p.start()
	m.t.Cleanup(p.kill)
	return p
}

func (p *process) start() {
	p.m.t.Helper()
	text, err := json.Marshal(child{p.m.bus.Addr(), p.m.registry, p.instance})
	if err != nil {
		p.m.t.Fatal(err)
	}
	p.cmd = exec.Command(os.Args[0])
	p.cmd.Env = append(os.Environ(), childVariable+"="+string(text))
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if testing.Verbose() {
		p.cmd.Stderr = os.Stderr
	}
	if err := p.cmd.Start(); err != nil {
		p.m.t.Fatal(err)
	}
}

// kill ends the process as a power cut would.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

// Whatever is killed, and whenever: product and quarantine have what came in, each record once, in order per key.
func TestEveryRecordComesOutOnceWhateverIsKilled(t *testing.T) {
	kills, records, seed := 4, 4000, uint64(20261125)
	if os.Getenv("WEFT_PROVE") != "" {
		kills, records, seed = 40, 40000, uint64(time.Now().UnixNano())
	}
	t.Logf("%d kills, seed %d", kills, seed)
	random := rand.New(rand.NewPCG(seed, 0))
	m := open(t, orders)
	processes := []*process{m.process("one"), m.process("two")}
	next := newInput(random)
	for kill := range kills {
		for range records / kills {
			m.client.Produce(t.Context(), next.record(), func(_ *kgo.Record, err error) {
				if err != nil {
					t.Error(err)
				}
			})
		}
		if err := m.client.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		p := processes[random.IntN(len(processes))]
		<-time.After(time.Duration(random.IntN(400)) * time.Millisecond) // the moment of the kill is the test's input
		p.kill()
		if kill == kills/2 {
			m.restartBus()
		}
		p.start()
	}
	eventually.Eventually(t, 90*time.Second, "all has come out", func() error {
		if got := len(m.records("shop.order.v1.placed")) + len(m.records("shop.order.v1.placed-quarantine")); got < next.n {
			return fmt.Errorf("%d of %d", got, next.n)
		}
		return nil
	})
	next.hold(t, m)
}

// restartBus ends the bus and starts it again where it was.
func (m *mesh) restartBus() {
	m.t.Helper()
	addr := m.bus.Addr()
	if err := m.bus.Close(); err != nil {
		m.t.Fatal(err)
	}
	m.startBus(addr)
}

// input makes records of a few keys, each with its number, some of them bad.
type input struct {
	random *rand.Rand
	n      int
	good   map[string][]int // by key
	bad    map[string][]int
}

func newInput(random *rand.Rand) *input {
	return &input{random: random, good: map[string][]int{}, bad: map[string][]int{}}
}

func (i *input) record() *kgo.Record {
	i.n++
	key := fmt.Sprintf("o-%d", i.random.IntN(20))
	amount := fmt.Sprintf("%d", i.n)
	if i.random.IntN(10) == 0 {
		amount = "-" + amount
		i.bad[key] = append(i.bad[key], i.n)
	} else {
		i.good[key] = append(i.good[key], i.n)
	}
	return &kgo.Record{Topic: "shop.order.v1.placed-in", Key: []byte(key), Value: []byte(order(key, amount))}
}

// hold compares what came out with what went in.
func (i *input) hold(t *testing.T, m *mesh) {
	t.Helper()
	for topic, want := range map[string]map[string][]int{"shop.order.v1.placed": i.good, "shop.order.v1.placed-quarantine": i.bad} {
		got := map[string][]int{}
		for _, r := range m.records(topic) {
			var row struct{ Amount json.Number }
			if err := json.Unmarshal(r.Value, &row); err != nil {
				t.Fatal(err)
			}
			f, err := strconv.ParseFloat(row.Amount.String(), 64)
			if err != nil {
				t.Fatal(err)
			}
			got[string(r.Key)] = append(got[string(r.Key)], int(max(f, -f)))
		}
		for key, numbers := range want {
			if fmt.Sprint(got[key]) != fmt.Sprint(numbers) {
				t.Errorf("%s: key %s has %d records, want %d; the first that differ: %s", topic, key, len(got[key]), len(numbers), firstDifference(got[key], numbers))
			}
		}
	}
	if masked, product := len(m.records("shop.order.v1.placed-masked")), len(m.records("shop.order.v1.placed")); masked != product {
		t.Errorf("%d rows, and %d masked", product, masked)
	}
}

func firstDifference(got, want []int) string {
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			return fmt.Sprintf("at %d: %v, want %v", i, got[i:min(len(got), i+3)], want[i:min(len(want), i+3)])
		}
	}
	return "none"
}
