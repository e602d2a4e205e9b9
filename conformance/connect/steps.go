package connect

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weftmesh/weft/conformance/engines"
	"github.com/weftmesh/weft/internal/eventually"
)

// Bounds of waiting.
const (
	quiet = 2500 * time.Millisecond // while recording: when nothing has come for so long, nothing more comes
	calm  = 250 * time.Millisecond  // while comparing, once as many records have come as must
	bound = 30 * time.Second
)

// entry is what a step gave: how many records had come of each connector, or an answer of the REST API.
type entry struct {
	Settled map[string]int `json:"settled,omitempty"`
	Asked   string         `json:"asked,omitempty"`
	Reply   *reply         `json:"reply,omitempty"`
}

// outcome is what a situation gave.
type outcome struct {
	transcript []entry
	records    map[string][]record // by connector
	schemas    map[string]any
}

// play is a situation as it runs against a target.
type play struct {
	situation
	to         Target
	server     *engines.Postgres
	db         *pgx.Conn
	collectors map[string]*collector
	expected   *outcome // nil while recording
	got        outcome
}

// run plays a situation in a database of its own, and takes away what it left on the server.
func run(t *testing.T, s situation, to Target, server *engines.Postgres, expected *outcome) outcome {
	t.Helper()
	server.Exec(t, "postgres", "CREATE DATABASE "+s.name)
	p := attach(t, s, to, server)
	p.expected = expected
	defer p.clean(t)
	p.sql(t, s.schema)
	for _, c := range s.connectors {
		p.collectors[c.name] = collect(t, to.Bootstrap(), c.name)
	}
	for _, st := range s.steps {
		p.take(t, st)
	}
	r := newReader(to.Registry())
	for _, c := range s.connectors {
		var err error
		if p.got.records[c.short], err = p.collectors[c.name].records(r); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
	}
	p.got.schemas = r.schemas
	return p.got
}

// attach makes ready to play a situation in its database.
func attach(t *testing.T, s situation, to Target, server *engines.Postgres) *play {
	t.Helper()
	p := &play{situation: s, to: to, server: server, collectors: map[string]*collector{}, got: outcome{records: map[string][]record{}}}
	p.connect(t)
	return p
}

// connect opens the play's own connection, anew when the server was killed.
func (p *play) connect(t *testing.T) {
	t.Helper()
	db, err := pgx.Connect(t.Context(), p.server.URL(p.name))
	if err != nil {
		t.Fatal(err)
	}
	p.db = db
}

func (p *play) clean(t *testing.T) {
	for _, c := range p.connectors {
		_, _ = ask(http.MethodDelete, p.to.REST()+"/connectors/"+c.name, nil)
	}
	ctx, cancel := context.WithTimeout(context.Background(), bound)
	defer cancel()
	defer p.db.Close(ctx)
	eventually.Eventually(t, bound, "the slots to be free", func() error {
		_, err := p.db.Exec(ctx, "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = current_database()")
		return err
	})
}

func (p *play) take(t *testing.T, st step) {
	t.Helper()
	switch st.verb {
	case "create":
		p.create(t, st.args)
	case "streaming":
		p.streaming(t, st.args)
	case "state":
		p.state(t, st.args[0], strings.Join(st.args[1:], " "))
	case "gone":
		p.gone(t, st.args[0])
	case "settle":
		p.settle(t)
	case "sql":
		p.sql(t, st.text)
	case "rest":
		p.rest(t, st)
	case "restart":
		p.to.Restart()
	case "produce":
		p.produce(t, st)
	case "await":
		p.await(t, st.text)
	default:
		t.Fatalf("%s/steps:%d: no such step: %s", p.dir, st.line, st.verb)
	}
}

// some are the connectors of the given names, or all.
func (p *play) some(names []string) []connector {
	var some []connector
	for _, c := range p.connectors {
		if len(names) == 0 || slices.Contains(names, c.short) {
			some = append(some, c)
		}
	}
	return some
}

func (p *play) create(t *testing.T, names []string) {
	t.Helper()
	for _, c := range p.some(names) {
		body := map[string]any{"name": c.name, "config": c.full(p.to, p.server, p.name)}
		// a worker that has just started answers 409 while its group comes together
		eventually.Eventually(t, bound, c.name+" to be made", func() error {
			r, err := ask(http.MethodPost, p.to.REST()+"/connectors", body)
			if err == nil && r.Status == http.StatusConflict {
				return fmt.Errorf("409: %v", r.Body)
			}
			if err != nil || r.Status != http.StatusCreated {
				t.Fatalf("%s is not made: %v %v", c.name, r, err)
			}
			return nil
		})
	}
}

// streaming waits until the connectors' slots are read: their snapshots are over.
func (p *play) streaming(t *testing.T, names []string) {
	t.Helper()
	for _, c := range p.some(names) {
		slot := c.full(p.to, p.server, p.name)["slot.name"]
		eventually.Eventually(t, bound, c.name+" to stream", func() error {
			var s status
			if err := wanted(http.MethodGet, p.to.REST()+"/connectors/"+c.name+"/status", nil, &s); err != nil {
				return err
			}
			if strings.Contains(s.String(), "FAILED") {
				t.Fatalf("%s failed: %s", c.name, s.traces())
			}
			var active bool
			if err := p.db.QueryRow(t.Context(), "SELECT active FROM pg_replication_slots WHERE slot_name = $1", slot).Scan(&active); err != nil {
				return fmt.Errorf("slot %s: %w", slot, err)
			}
			if !active {
				return errors.New("the slot is not read; status " + s.String())
			}
			return nil
		})
	}
}

// state waits until a connector and its tasks are in states, in words: "RUNNING FAILED".
func (p *play) state(t *testing.T, name, want string) {
	t.Helper()
	for _, c := range p.some([]string{name}) {
		eventually.Eventually(t, bound, c.name+" to be "+want, func() error {
			var s status
			if err := wanted(http.MethodGet, p.to.REST()+"/connectors/"+c.name+"/status", nil, &s); err != nil {
				return err
			}
			if s.String() != want {
				return errors.New(s.String() + " " + s.traces())
			}
			return nil
		})
	}
}

// gone waits until a connector has no status left: its deletion comes to the worker by the bus.
func (p *play) gone(t *testing.T, name string) {
	t.Helper()
	for _, c := range p.some([]string{name}) {
		eventually.Eventually(t, bound, c.name+" to be gone", func() error {
			r, err := ask(http.MethodGet, p.to.REST()+"/connectors/"+c.name+"/status", nil)
			if err == nil && r.Status != http.StatusNotFound {
				return fmt.Errorf("%d", r.Status)
			}
			return err
		})
	}
}

// settle waits until all has come that must: as many records as are expected, or, while recording, until nothing more
// comes.
func (p *play) settle(t *testing.T) {
	t.Helper()
	e := entry{Settled: map[string]int{}}
	var want entry
	if p.expected != nil && len(p.got.transcript) < len(p.expected.transcript) {
		want = p.expected.transcript[len(p.got.transcript)]
	}
	began := time.Now()
	for _, c := range p.connectors {
		deadline, must, still := time.Now().Add(bound/4), want.Settled[c.short], calm
		if p.expected == nil {
			deadline, still = time.Now().Add(2*bound), quiet
		}
		for {
			count, since := p.collectors[c.name].seen()
			since = min(since, time.Since(began))
			if (count >= must && since > still) || time.Now().After(deadline) {
				e.Settled[c.short] = count
				break
			}
			<-time.After(10 * time.Millisecond)
		}
	}
	p.got.transcript = append(p.got.transcript, e)
}

func (p *play) sql(t *testing.T, script string) {
	t.Helper()
	for _, statement := range statements(script) {
		if _, err := p.db.PgConn().Exec(t.Context(), p.fill(statement)).ReadAll(); err != nil {
			t.Fatalf("%s: %s: %v", p.name, statement, err)
		}
	}
}

// await waits until a query of the database gives true.
func (p *play) await(t *testing.T, query string) {
	t.Helper()
	eventually.Eventually(t, bound, query, func() error {
		var holds bool
		if err := p.db.QueryRow(t.Context(), p.fill(query)).Scan(&holds); err != nil {
			return err
		}
		if !holds {
			return errors.New("not yet")
		}
		return nil
	})
}

// fill puts a situation's own names into a text: ${name} of its only connector, or ${FILE}.
func (p *play) fill(text string) string {
	for _, c := range p.connectors {
		text = strings.NewReplacer("${name}", c.name, "${"+c.short+"}", c.name).Replace(text)
	}
	return text
}

// rest makes a request, "METHOD PATH" and an indented body, and keeps what was answered.
func (p *play) rest(t *testing.T, st step) {
	t.Helper()
	var body any
	if st.text != "" {
		body = p.concrete(p.fill(st.text))
	}
	path := p.fill(st.args[1])
	var r reply
	eventually.Eventually(t, bound, path+" to be answered", func() (err error) {
		if r, err = ask(st.args[0], p.to.REST()+path, body); err == nil && r.Status >= http.StatusConflict && strings.Contains(fmt.Sprint(r.Body), "rebalance") {
			return errors.New("the group comes together")
		}
		return err
	})
	r.Body = p.abstract(r.Body)
	p.got.transcript = append(p.got.transcript, entry{Asked: st.args[0] + " " + st.args[1], Reply: &r})
}

// concrete puts the addresses of this run into a text, and abstract takes them out of an answer.
func (p *play) concrete(text string) string {
	return strings.NewReplacer("${port}", strconv.Itoa(p.server.Port), "${user}", p.server.User, "${password}", p.server.Password, "${database}", p.name,
		"${bootstrap}", p.to.Bootstrap()).Replace(text)
}

func (p *play) abstract(body any) any {
	text, _ := json.Marshal(body)
	said := string(text)
	for _, one := range [][2]string{
		{strings.TrimPrefix(p.to.REST(), "http://"), "<worker>"}, {p.to.Bootstrap(), "<bootstrap>"}, {strconv.Itoa(p.server.Port), "<port>"}, {p.server.Password, "<password>"},
	} {
		if one[0] != "" {
			said = strings.ReplaceAll(said, one[0], one[1])
		}
	}
	var abstracted any
	_ = parse([]byte(said), &abstracted)
	return judged(firstLines(abstracted))
}

// judged makes an answer of .../config/validate short: what it has to say against the configuration, and of which
// keys. The words are each program's own.
func judged(body any) any {
	answer, _ := body.(map[string]any)
	configs, is := answer["configs"].([]any)
	if !is {
		return body
	}
	refused := []string{}
	for _, config := range configs {
		value, _ := config.(map[string]any)["value"].(map[string]any)
		if errors, _ := value["errors"].([]any); len(errors) > 0 {
			refused = append(refused, fmt.Sprint(value["name"]))
		}
	}
	slices.Sort(refused)
	return map[string]any{"name": answer["name"], "error_count": answer["error_count"], "refused": refused}
}

// varying are the fields of answers that no two runs have in common.
var varying = map[string]bool{
	"commit": true, "kafka_cluster_id": true, "lsn": true, "lsn_proc": true, "lsn_commit": true, "txId": true, "ts_usec": true,
}

// javas are messages that name Java's classes, or in which Debezium judges a configuration: any words will do there.
var javas = regexp.MustCompile(`PluginDesc|org\.apache|java\.|JsonToken|configuration is invalid|StreamReadFeature`)

const ownWords = "<own words>"

// firstLines keeps the first line of a trace: what follows is Java's stack.
func firstLines(value any) any {
	switch value := value.(type) {
	case map[string]any:
		for key, part := range value {
			if varying[key] {
				value[key] = kind(part)
			} else {
				value[key] = firstLines(part)
			}
		}
		if trace, has := value["trace"].(string); has {
			value["trace"], _, _ = strings.Cut(trace, "\n")
		}
		if message, has := value["message"].(string); has && javas.MatchString(message) {
			value["message"] = ownWords
		}
	case []any:
		for i, part := range value {
			value[i] = firstLines(part)
		}
	}
	return value
}

// produce writes a record to the bus: "TOPIC KEY" and the value below.
func (p *play) produce(t *testing.T, st step) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(p.to.Bootstrap()), kgo.MetadataMinAge(50*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), bound)
	defer cancel()
	topic := p.fill(st.args[0])
	if _, err := kadm.NewClient(client).CreateTopics(ctx, 1, 1, nil, topic); err != nil {
		t.Fatal(err)
	}
	r := &kgo.Record{Topic: topic, Key: []byte(p.fill(st.args[1])), Value: []byte(strings.TrimSpace(p.fill(st.text)))}
	if err := client.ProduceSync(ctx, r).FirstErr(); err != nil {
		t.Fatal(err)
	}
}
