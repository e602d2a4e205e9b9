package crash_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weftmesh/weft/internal/eventually"
)

// Topics of the load.
const (
	idempotentTopic    = "load.idempotent"
	transactionalTopic = "load.transactional"
	group              = "load-readers"
)

// load is everything that goes on while the mesh is killed.
type load struct {
	mesh    *mesh
	running sync.WaitGroup
	ctx     context.Context
	end     context.CancelFunc

	mu            sync.Mutex
	idempotent    map[int]bool // acknowledged, by number
	transactional map[int]bool // in transactions whose commit was acknowledged
	aborted       map[int]bool // in transactions that were to be aborted, whatever the answer
	schemas       map[string]int
	committed     map[int32]int64 // offsets of the group that were acknowledged
	sent          atomic.Int64
}

func client(t *testing.T, m *mesh, more ...kgo.Opt) *kgo.Client {
	t.Helper()
	c, err := kgo.NewClient(append([]kgo.Opt{
		kgo.SeedBrokers(m.kafka), kgo.MetadataMinAge(50 * time.Millisecond), kgo.RetryBackoffFn(func(int) time.Duration { return 50 * time.Millisecond }),
	}, more...)...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func startLoad(t *testing.T, m *mesh) *load {
	t.Helper()
	l := &load{mesh: m, idempotent: map[int]bool{}, transactional: map[int]bool{}, aborted: map[int]bool{}, schemas: map[string]int{}, committed: map[int32]int64{}}
	l.ctx, l.end = context.WithCancel(context.Background())
	setup := client(t, m)
	defer setup.Close()
	if _, err := kadm.NewClient(setup).CreateTopics(t.Context(), 3, 1, nil, idempotentTopic, transactionalTopic); err != nil {
		t.Fatal(err)
	}
	producer := client(t, m, kgo.ProducerLinger(5*time.Millisecond))
	reader := client(t, m, kgo.ConsumerGroup(group), kgo.ConsumeTopics(idempotentTopic), kgo.DisableAutoCommit(), kgo.FetchMaxWait(200*time.Millisecond))
	l.running.Go(func() { l.produce(producer) })
	l.running.Go(func() { l.transact(t) })
	l.running.Go(func() { l.read(reader) })
	l.running.Go(l.register)
	t.Cleanup(func() {
		l.end()
		l.running.Wait()
	})
	return l
}

// produce writes numbers, some 4,000 a second.
func (l *load) produce(producer *kgo.Client) {
	defer producer.Close()
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for n := 0; l.ctx.Err() == nil; <-ticker.C {
		for range 40 {
			number := n
			n++
			producer.TryProduce(l.ctx, record(idempotentTopic, number), func(_ *kgo.Record, err error) {
				if err == nil {
					l.sent.Add(1)
					l.keep(l.idempotent, number)
				}
			})
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	_ = producer.Flush(ctx)
}

func record(topic string, number int) *kgo.Record {
	text := []byte(strconv.Itoa(number))
	return &kgo.Record{Topic: topic, Key: text, Value: text}
}

func (l *load) keep(set map[int]bool, numbers ...int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, n := range numbers {
		set[n] = true
	}
}

// transact writes numbers in transactions of fifty, some of which it aborts. After an error it starts anew, as an
// application does that was fenced.
func (l *load) transact(t *testing.T) {
	start := func() *kgo.Client {
		return client(t, l.mesh, kgo.TransactionalID("load"), kgo.TransactionTimeout(10*time.Second))
	}
	producer := start()
	defer func() { producer.Close() }()
	for n, round := 0, 0; l.ctx.Err() == nil; round++ {
		var numbers []int
		var records []*kgo.Record
		for range 50 {
			// aborted numbers are never written again: were they seen, they would stand out
			numbers, records = append(numbers, n), append(records, record(transactionalTopic, n))
			n++
		}
		commit := round%5 != 4
		if !commit {
			l.keep(l.aborted, numbers...)
		}
		switch err := l.transaction(producer, records, commit); {
		case err != nil:
			producer.Close()
			producer = start()
		case commit:
			l.sent.Add(50)
			l.keep(l.transactional, numbers...)
		}
		l.pause(40 * time.Millisecond)
	}
}

// pause waits, or not if the load ends.
func (l *load) pause(d time.Duration) {
	select {
	case <-l.ctx.Done():
	case <-time.After(d):
	}
}

func (l *load) transaction(producer *kgo.Client, records []*kgo.Record, commit bool) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := producer.BeginTransaction(); err != nil {
		return err
	}
	err := producer.ProduceSync(ctx, records...).FirstErr()
	if ending := producer.EndTransaction(ctx, kgo.TransactionEndTry(commit && err == nil)); err == nil {
		err = ending
	}
	return err
}

// read reads with a group and remembers what commits were acknowledged.
func (l *load) read(reader *kgo.Client) {
	defer reader.Close()
	for l.ctx.Err() == nil {
		fetches := reader.PollRecords(l.ctx, 2000)
		ends := map[int32]int64{}
		fetches.EachRecord(func(r *kgo.Record) { ends[r.Partition] = r.Offset + 1 })
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		if len(ends) > 0 && reader.CommitUncommittedOffsets(ctx) == nil {
			l.mu.Lock()
			for partition, end := range ends {
				l.committed[partition] = max(l.committed[partition], end)
			}
			l.mu.Unlock()
		}
		cancel()
	}
}

// register registers schemas under new subjects.
func (l *load) register() {
	for n := 0; l.ctx.Err() == nil; n++ {
		subject := fmt.Sprintf("load-%d", n)
		schema := fmt.Sprintf(`{"schema":"{\"type\":\"record\",\"name\":\"R%d\",\"fields\":[]}"}`, n)
		if id, err := l.post("/subjects/"+subject+"/versions", schema); err == nil {
			l.mu.Lock()
			l.schemas[subject] = id
			l.mu.Unlock()
		}
		l.pause(30 * time.Millisecond)
	}
}

func (l *load) post(path, body string) (int, error) {
	response, err := http.Post("http://"+l.mesh.registry+path, "application/vnd.schemaregistry.v1+json", bytes.NewReader([]byte(body)))
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, err
	}
	var answer struct{ ID int }
	if response.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("%d %s", response.StatusCode, text)
	}
	return answer.ID, json.Unmarshal(text, &answer)
}

// goOn waits until writing works again after the last start.
func (l *load) goOn(t *testing.T) {
	t.Helper()
	before := l.sent.Load()
	eventually.Eventually(t, 40*time.Second, "the load to go on after the last kill", func() error {
		if now := l.sent.Load(); now < before+1000 {
			return fmt.Errorf("%d acknowledged since", now-before)
		}
		return nil
	})
}

func (l *load) stop() {
	l.end()
	l.running.Wait()
}

// verify looks for everything that was acknowledged.
func (l *load) verify(ctx context.Context, t *testing.T) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	t.Logf("acknowledged: %d records, %d in transactions, %d schemas, offsets %v", len(l.idempotent), len(l.transactional), len(l.schemas), l.committed)
	if len(l.idempotent) < 1000 || len(l.transactional) < 100 || len(l.aborted) < 50 || len(l.schemas) < 5 || len(l.committed) == 0 {
		t.Error("too little was acknowledged for this to prove anything")
	}
	l.once(t, idempotentTopic, l.idempotent, l.readBack(ctx, t, idempotentTopic))
	committed := l.readBack(ctx, t, transactionalTopic)
	l.once(t, transactionalTopic, l.transactional, committed)
	for n := range l.aborted {
		if committed[n] > 0 {
			t.Errorf("%s: %d was aborted and is there", transactionalTopic, n)
		}
	}
	for subject, id := range l.schemas {
		var found struct{ ID int }
		response, err := http.Get("http://" + l.mesh.registry + "/subjects/" + subject + "/versions/latest")
		if err == nil {
			err = errors.Join(json.NewDecoder(response.Body).Decode(&found), response.Body.Close())
		}
		if err != nil || found.ID != id {
			t.Errorf("schema of %s: id %d, acknowledged %d, %v", subject, found.ID, id, err)
		}
	}
	c := client(t, l.mesh)
	defer c.Close()
	offsets, err := kadm.NewClient(c).FetchOffsets(ctx, group)
	if err != nil {
		t.Fatal(err)
	}
	for partition, want := range l.committed {
		if got, ok := offsets.Lookup(idempotentTopic, partition); !ok || got.At < want {
			t.Errorf("group offset of partition %d is %d, acknowledged %d", partition, got.At, want)
		}
	}
}

// once says which acknowledged numbers are missing, and which are there twice.
func (l *load) once(t *testing.T, topic string, acknowledged map[int]bool, there map[int]int) {
	t.Helper()
	lost, twice := 0, 0
	for n := range acknowledged {
		if there[n] == 0 {
			lost++
		}
	}
	for _, times := range there {
		if times > 1 {
			twice++
		}
	}
	if lost > 0 || twice > 0 {
		t.Errorf("%s: of %d acknowledged %d are lost; %d are there more than once", topic, len(acknowledged), lost, twice)
	}
}

// readBack counts every number of a topic, read committed, up to a last record that it writes into each partition: were
// a transaction left open, that record would not be seen.
func (l *load) readBack(ctx context.Context, t *testing.T, topic string) map[int]int {
	t.Helper()
	c := client(t, l.mesh, kgo.ConsumeTopics(topic), kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	defer c.Close()
	left := map[int32]int64{}
	for partition := range int32(3) {
		last, err := c.ProduceSync(ctx, &kgo.Record{Topic: topic, Partition: partition, Value: []byte("last")}).First()
		if err != nil {
			t.Fatal(err)
		}
		left[partition] = last.Offset
	}
	found, seen := map[int]int{}, map[int32]int64{}
	for len(left) > 0 {
		fetches := c.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			t.Fatalf("read %s back: %v; last records at %v, read up to %v", topic, err, left, seen)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			seen[r.Partition] = r.Offset
			if string(r.Value) == "last" {
				delete(left, r.Partition)
			} else if n, err := strconv.Atoi(string(r.Value)); err == nil {
				found[n]++
			}
		})
	}
	return found
}
