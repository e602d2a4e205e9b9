package crash_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weftmesh/weft/internal/engine/kafka"
	"github.com/weftmesh/weft/internal/eventually"
)

// TestAJobThatIsKilledGivesWhatAnUndisturbedOneGives kills the stream engine again and again while a job of windows, an
// interval join and a running total reads two topics. Read committed, its three outputs are those of a run without a
// kill, which the test works out by itself: nothing is lost, nothing comes twice.
func TestAJobThatIsKilledGivesWhatAnUndisturbedOneGives(t *testing.T) {
	kills, seed := 4, int64(20261125)
	if os.Getenv("WEFT_PROVE") == "1" {
		kills, seed = 50, time.Now().UnixNano()
	}
	t.Logf("%d kills, seed %d", kills, seed)
	random := rand.New(rand.NewSource(seed))
	s := newShop(t, random)
	engine := &streamEngine{program: buildWeft(t), data: t.TempDir()}
	t.Cleanup(engine.kill)
	engine.start(t)
	engine.run(t, s.statements())
	for range kills {
		for range 2 + random.Intn(4) {
			s.trade(t, 200)
		}
		engine.kill()
		engine.start(t)
	}
	s.close(t)
	s.verify(t)
}

// shop writes orders and payments, and knows what the job has to make of them.
type shop struct {
	bus      *kafka.Bus
	client   *kgo.Client
	random   *rand.Rand
	orders   int
	windows  map[string]int // second/customer to orders
	pairs    map[string]int // order to payments within ten seconds
	totals   map[int]int64  // customer to cents
	paidLate int
}

const (
	customers  = 17
	partitions = 3
	begin      = int64(1_767_225_600_000) // 2026-01-01
)

func newShop(t *testing.T, random *rand.Rand) *shop {
	bus, err := kafka.Open(t.Context(), kafka.Config{Dir: t.TempDir(), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { bus.Close() })
	client, err := kgo.NewClient(kgo.SeedBrokers(bus.Addr()), kgo.MetadataMinAge(50*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	topics := []string{"orders", "payments", "windows", "pairs", "totals"}
	if _, err := kadm.NewClient(client).CreateTopics(t.Context(), partitions, 1, nil, topics...); err != nil {
		t.Fatal(err)
	}
	return &shop{bus: bus, client: client, random: random, windows: map[string]int{}, pairs: map[string]int{}, totals: map[int]int64{}}
}

func (s *shop) statements() []string {
	with := fmt.Sprintf("'properties.bootstrap.servers' = '%s', 'format' = 'json'", s.bus.Addr())
	source := "'connector' = 'kafka', 'scan.startup.mode' = 'earliest-offset', 'properties.isolation.level' = 'read_committed', " + with
	sink := "'connector' = 'kafka', 'sink.delivery-guarantee' = 'exactly-once', 'sink.transactional-id-prefix' = 'shop', " + with
	upsert := strings.Replace(strings.Replace(sink, "'kafka'", "'upsert-kafka'", 1), "'format' = 'json'", "'key.format' = 'json', 'value.format' = 'json'", 1)
	return []string{
		"SET 'execution.checkpointing.interval' = '200 ms'",
		"CREATE TABLE orders (id BIGINT, customer INT, cents BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '2' SECOND) WITH ('topic' = 'orders', " + source + ")",
		"CREATE TABLE payments (id BIGINT, order_id BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '2' SECOND) WITH ('topic' = 'payments', " + source + ")",
		"CREATE TABLE windows (ws TIMESTAMP(3), customer INT, n BIGINT) WITH ('topic' = 'windows', " + sink + ")",
		"CREATE TABLE pairs (order_id BIGINT, payment BIGINT) WITH ('topic' = 'pairs', " + sink + ")",
		"CREATE TABLE totals (customer INT, cents BIGINT, PRIMARY KEY (customer) NOT ENFORCED) WITH ('topic' = 'totals', " + upsert + ")",
		`EXECUTE STATEMENT SET BEGIN
			INSERT INTO windows SELECT window_start, customer, COUNT(*) FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' SECOND)) GROUP BY window_start, window_end, customer;
			INSERT INTO pairs SELECT o.id, p.id FROM orders AS o JOIN payments AS p ON o.id = p.order_id AND p.ts BETWEEN o.ts AND o.ts + INTERVAL '10' SECOND;
			INSERT INTO totals SELECT customer, SUM(cents) FROM orders GROUP BY customer;
		END`,
	}
}

// trade writes orders 10 ms of event time apart, up to a second out of order, each paid in time, too late, or not.
func (s *shop) trade(t *testing.T, n int) {
	var records []*kgo.Record
	for range n {
		id := s.orders
		s.orders++
		at := begin + int64(id)*10 + s.random.Int63n(1000)
		customer, cents := s.random.Intn(customers), int64(s.random.Intn(10_000))
		s.windows[fmt.Sprintf("%d/%d", at/1000, customer)]++
		s.totals[customer] += cents
		records = append(records, shopRecord("orders", id, `{"id":%d,"customer":%d,"cents":%d,"ts":%q}`, id, customer, cents, stamp(at)))
		switch s.random.Intn(4) {
		case 0:
			s.paidLate++
			records = append(records, shopRecord("payments", id, `{"id":%d,"order_id":%d,"ts":%q}`, id, id, stamp(at-1)))
		case 1, 2:
			s.pairs[fmt.Sprintf("%d/%d", id, id)]++
			records = append(records, shopRecord("payments", id, `{"id":%d,"order_id":%d,"ts":%q}`, id, id, stamp(at+s.random.Int63n(900))))
		}
	}
	s.write(t, records)
}

func shopRecord(topic string, id int, format string, args ...any) *kgo.Record {
	return &kgo.Record{Topic: topic, Partition: int32(id % partitions), Value: fmt.Appendf(nil, format, args...)}
}

func stamp(millis int64) string {
	return time.UnixMilli(millis).UTC().Format("2006-01-02 15:04:05.000")
}

func (s *shop) write(t *testing.T, records []*kgo.Record) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	producer, err := kgo.NewClient(kgo.SeedBrokers(s.bus.Addr()), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.MetadataMinAge(50*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	defer producer.Close()
	if err := producer.ProduceSync(ctx, records...).FirstErr(); err != nil {
		t.Fatal(err)
	}
}

// close moves event time on in every partition, so that the last windows end.
func (s *shop) close(t *testing.T) {
	var records []*kgo.Record
	for p := range partitions {
		at := stamp(begin + int64(s.orders)*10 + 3_600_000)
		records = append(records, shopRecord("orders", p, `{"id":-1,"customer":-1,"cents":0,"ts":%q}`, at), shopRecord("payments", p, `{"id":-1,"order_id":-2,"ts":%q}`, at))
	}
	s.write(t, records)
}

// verify reads the outputs until they are as they must be, and holds them to it.
func (s *shop) verify(t *testing.T) {
	eventually.Eventually(t, 60*time.Second, "the job to have caught up", func() error {
		totals := map[int]int64{}
		s.read(t, "totals", func(value []byte) {
			var row struct {
				Customer int
				Cents    int64
			}
			if json.Unmarshal(value, &row) == nil && row.Customer >= 0 {
				totals[row.Customer] = row.Cents
			}
		})
		windows, pairs := s.counted(t, "windows"), s.counted(t, "pairs")
		for what, differ := range map[string]string{
			"windows": differs(s.windows, windows), "pairs": differs(s.pairs, pairs), "totals": differs(s.totals, totals),
		} {
			if differ != "" {
				return fmt.Errorf("%s: %s", what, differ)
			}
		}
		return nil
	})
	t.Logf("%d orders, %d windows, %d pairs, %d paid before they were placed", s.orders, len(s.windows), len(s.pairs), s.paidLate)
}

// counted gives each row of an output with how often it came; windows count what they say.
func (s *shop) counted(t *testing.T, topic string) map[string]int {
	rows := map[string]int{}
	s.read(t, topic, func(value []byte) {
		var row struct {
			WS       string `json:"ws"`
			Customer int
			N        int
			OrderID  int `json:"order_id"`
			Payment  int
		}
		if err := json.Unmarshal(value, &row); err != nil {
			t.Fatalf("%s: %s: %v", topic, value, err)
		}
		if topic == "pairs" {
			rows[fmt.Sprintf("%d/%d", row.OrderID, row.Payment)]++
			return
		}
		at, err := time.Parse("2006-01-02 15:04:05", strings.TrimSuffix(row.WS, ".000"))
		if err != nil {
			t.Fatal(err)
		}
		if row.Customer >= 0 {
			rows[fmt.Sprintf("%d/%d", at.Unix(), row.Customer)] += row.N
		}
	})
	return rows
}

// read gives every committed record of a topic.
func (s *shop) read(t *testing.T, topic string, see func([]byte)) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	ends, err := kadm.NewClient(s.client).ListCommittedOffsets(ctx, topic)
	if err != nil {
		t.Fatal(err)
	}
	left := map[int32]int64{}
	ends.Each(func(o kadm.ListedOffset) {
		if o.Offset > 0 {
			left[o.Partition] = o.Offset
		}
	})
	reader, err := kgo.NewClient(kgo.SeedBrokers(s.bus.Addr()), kgo.ConsumeTopics(topic), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.KeepControlRecords(), kgo.MetadataMinAge(50*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	for len(left) > 0 && ctx.Err() == nil {
		reader.PollFetches(ctx).EachRecord(func(r *kgo.Record) {
			if !r.Attrs.IsControl() {
				see(r.Value)
			}
			if r.Offset+1 >= left[r.Partition] {
				delete(left, r.Partition)
			}
		})
	}
}

// differs tells the first few differences of two tables.
func differs[K comparable, V comparable](want, got map[K]V) string {
	var lines []string
	for k, v := range want {
		if got[k] != v {
			lines = append(lines, fmt.Sprintf("%v is %v, want %v", k, got[k], v))
		}
	}
	for k, v := range got {
		if _, known := want[k]; !known {
			lines = append(lines, fmt.Sprintf("%v is %v, and should not be", k, v))
		}
	}
	if len(lines) > 5 {
		lines = append(lines[:5], fmt.Sprintf("and %d more", len(lines)-5))
	}
	return strings.Join(lines, "; ")
}

// streamEngine is `weft engine flink`, which can be killed and started again on its data.
type streamEngine struct {
	program, data, gateway string
	cmd                    *exec.Cmd
}

func buildWeft(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "weft")
	if out, err := exec.Command("go", "build", "-o", program, "../../cmd/weft").CombinedOutput(); err != nil {
		t.Fatalf("build weft: %v\n%s", err, out)
	}
	return program
}

var gatewaySaid = regexp.MustCompile(`flink gateway (\S+), rest`)

func (e *streamEngine) start(t *testing.T) {
	t.Helper()
	log, err := os.CreateTemp(t.TempDir(), "output")
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	e.cmd = exec.Command(e.program, "engine", "flink", "--gateway", "127.0.0.1:0", "--rest", "127.0.0.1:0", "--data", e.data)
	e.cmd.Stdout, e.cmd.Stderr = log, log
	e.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := e.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	eventually.Eventually(t, 20*time.Second, "the stream engine to start", func() error {
		text, _ := os.ReadFile(log.Name())
		if found := gatewaySaid.FindSubmatch(text); found != nil {
			e.gateway = string(found[1])
			return nil
		}
		return fmt.Errorf("it has said: %s", text)
	})
}

func (e *streamEngine) kill() {
	if e.cmd != nil && e.cmd.ProcessState == nil {
		_ = e.cmd.Process.Kill()
		_ = e.cmd.Wait()
	}
}

// run gives statements to one session of the gateway, in order.
func (e *streamEngine) run(t *testing.T, statements []string) {
	t.Helper()
	session := e.call(t, "POST", "/sessions", map[string]any{})["sessionHandle"].(string)
	for _, statement := range statements {
		operation := e.call(t, "POST", "/sessions/"+session+"/statements", map[string]any{"statement": statement})["operationHandle"].(string)
		eventually.Eventually(t, 20*time.Second, statement, func() error {
			answer := e.call(t, "GET", "/sessions/"+session+"/operations/"+operation+"/result/0?rowFormat=JSON", nil)
			if answer["resultType"] == "NOT_READY" {
				return fmt.Errorf("it is not ready")
			}
			return nil
		})
	}
}

func (e *streamEngine) call(t *testing.T, method, path string, body any) map[string]any {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), method, e.gateway+"/v2"+path, bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	said, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	var answer map[string]any
	if err := json.Unmarshal(said, &answer); err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %s %s", method, path, response.Status, said)
	}
	return answer
}
