package mesh_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weftmesh/weft/conformance/engines"
	"github.com/weftmesh/weft/internal/eventually"
	"github.com/weftmesh/weft/internal/plans"
)

// place is where the mesh is applied to.
type place struct {
	kafka    string
	registry string // URL of an external registry; "" for Weft's own
	base     string // URL of whichever it is
}

func TestOnTheEmbeddedBus(t *testing.T) {
	bus := serve(t, `kafka \S+\n`, "engine", "kafka", "--listen", "127.0.0.1:0", "--data", t.TempDir())
	story(t, place{kafka: bus.after("kafka")})
}

func TestOnApacheKafkaWithOurRegistry(t *testing.T) {
	story(t, place{kafka: engines.StartKafka(t, engines.KafkaOptions{}).Bootstrap})
}

func TestOnApacheKafkaWithApicurio(t *testing.T) {
	kafka := engines.StartKafka(t, engines.KafkaOptions{}).Bootstrap
	story(t, place{kafka: kafka, registry: engines.StartApicurio(t)})
}

// story applies the retail mesh beside what others made, and then changes each managed attribute behind Weft's back:
// the plan shows exactly that change, an apply takes it back, and what others made stays as it was.
func story(t *testing.T, at place) {
	environment := fmt.Sprintf("{kafka: {bootstrap: [%q]}}", at.kafka)
	if at.registry != "" {
		environment = fmt.Sprintf("{kafka: {bootstrap: [%q]}, registry: {url: %q}}", at.kafka, at.registry)
	}
	dir := retail(t, environment)
	server := serve(t, `serves environment .*API \S+\n`, "serve", dir, "--env", "test", "--http", "127.0.0.1:0", "--registry", "127.0.0.1:0")
	api := server.after("API")
	at.base = server.after("registry")
	client, err := kgo.NewClient(kgo.SeedBrokers(at.kafka), kgo.MetadataMinAge(50*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	others := makeOthers(t, admin, at)

	if plan := planned(t, api, dir); plan.Count(plans.Create) < 60 || plan.Problems.HasErrors() {
		t.Fatalf("the first plan: %d to make, problems %v", plan.Count(plans.Create), plan.Problems)
	}
	if code, out := run(t, "apply", dir, "--server", api); code != 0 {
		t.Fatalf("apply exits %d:\n%s", code, out)
	}
	if plan := planned(t, api, dir); !plan.Empty() || plan.Drifted() {
		t.Fatalf("after an apply the plan is not empty: %+v %+v", plan.Changes, plan.Pending)
	}
	for _, drift := range drifts(at) {
		t.Run(drift.name, func(t *testing.T) { drift.play(t, admin, at, api, dir) })
	}
	if now := describeOthers(t, admin, at); now != others {
		t.Errorf("what others made has changed\n  was %s\n  is  %s", others, now)
	}
}

// drift is one change behind Weft's back, and what the plan must say of it.
type drift struct {
	name    string
	address string
	change  func(t *testing.T, admin *kadm.Client, at place)
	want    string // attributes of the only change: name old -> new
	pending bool   // it waits for leave: it would lose records
}

const topic, subject = "logistics.shipment.v2.created", "logistics.shipment.v2.created-value"

func drifts(at place) []drift {
	set := func(key, value string) func(*testing.T, *kadm.Client, place) {
		return func(t *testing.T, admin *kadm.Client, _ place) {
			t.Helper()
			if _, err := admin.AlterTopicConfigs(t.Context(), []kadm.AlterConfig{{Op: kadm.SetConfig, Name: key, Value: &value}}, topic); err != nil {
				t.Fatal(err)
			}
		}
	}
	all := []drift{
		{name: "retention", address: "topic/" + topic, change: set("retention.ms", "1000"), want: "config.retention.ms 1000 -> 604800000"},
		{name: "cleanup policy", address: "topic/" + topic, change: set("cleanup.policy", "compact"), want: "config.cleanup.policy compact -> delete"},
		{name: "a setting that nobody asked for", address: "topic/" + topic, change: set("max.message.bytes", "4242"), want: "config.max.message.bytes 4242 -> "},
		{name: "compatibility", address: "subject/" + subject, change: func(t *testing.T, _ *kadm.Client, at place) {
			opened(t, at, func() { ask(t, "PUT", at.base+"/config/"+subject, `{"compatibility":"NONE"}`) })
		}, want: "compatibility NONE -> FULL_TRANSITIVE"},
		{name: "a schema", address: "subject/" + subject, change: register, want: "schema"},
	}
	if at.registry == "" {
		all = append(all, drift{name: "mode", address: "subject/" + subject, change: func(t *testing.T, _ *kadm.Client, at place) {
			ask(t, "PUT", at.base+"/mode/"+subject, `{"mode":"READWRITE"}`)
		}, want: "mode READWRITE -> READONLY"})
	}
	return append(all, drift{name: "partitions", address: "topic/" + topic, change: func(t *testing.T, admin *kadm.Client, _ place) {
		if _, err := admin.UpdatePartitions(t.Context(), 5, topic); err != nil {
			t.Fatal(err)
		}
	}, want: "5 partitions cannot become 3 without losing records", pending: true})
}

// register puts a schema with one more nullable field under the subject.
func register(t *testing.T, _ *kadm.Client, at place) {
	t.Helper()
	var newest struct {
		Schema string `json:"schema"`
	}
	if err := json.Unmarshal([]byte(ask(t, "GET", at.base+"/subjects/"+subject+"/versions/latest", "")), &newest); err != nil {
		t.Fatal(err)
	}
	wider := strings.Replace(newest.Schema, `"fields":[`, `"fields":[{"name":"sneaked_in","type":["null","string"],"default":null},`, 1)
	body, _ := json.Marshal(map[string]string{"schema": wider})
	opened(t, at, func() { ask(t, "POST", at.base+"/subjects/"+subject+"/versions", string(body)) })
}

// opened lets the subject be changed for a moment, where Weft's registry keeps it read-only.
func opened(t *testing.T, at place, change func()) {
	t.Helper()
	if at.registry == "" {
		ask(t, "PUT", at.base+"/mode/"+subject, `{"mode":"READWRITE"}`)
		defer ask(t, "PUT", at.base+"/mode/"+subject, `{"mode":"READONLY"}`)
	}
	change()
}

func (d drift) play(t *testing.T, admin *kadm.Client, at place, api, dir string) {
	d.change(t, admin, at)
	var plan plans.Plan
	eventually.Eventually(t, 10*time.Second, "the plan to show the drift", func() error {
		if plan = planned(t, api, dir); !plan.Drifted() {
			return fmt.Errorf("it shows none")
		}
		return nil
	})
	if d.pending {
		if len(plan.Changes) > 0 || len(plan.Pending) != 1 || plan.Pending[0].Addr.String() != d.address || plan.Pending[0].Reason != d.want {
			t.Errorf("the plan shows %+v, waiting %+v", plan.Changes, plan.Pending)
		}
		if code, _ := run(t, "diff", dir, "--server", api); code != 1 {
			t.Errorf("diff exits %d, want 1", code)
		}
		return
	}
	if got := shown(plan); got != d.address+" "+d.want && (d.want != "schema" || !strings.HasPrefix(got, d.address+" schema ")) {
		t.Errorf("the plan shows %s\nwant %s %s", got, d.address, d.want)
	}
	if code, out := run(t, "apply", dir, "--server", api); code != 0 {
		t.Fatalf("apply exits %d:\n%s", code, out)
	}
	eventually.Eventually(t, 10*time.Second, "the plan to be empty again", func() error {
		if again := planned(t, api, dir); again.Drifted() {
			return fmt.Errorf("it shows %s", shown(again))
		}
		return nil
	})
}

// shown is what a plan changes, in a line.
func shown(plan plans.Plan) string {
	var parts []string
	for _, c := range plan.Changes {
		for _, a := range c.Attributes {
			parts = append(parts, fmt.Sprintf("%s %s %s -> %s", c.Addr, a.Name, a.Old, a.New))
		}
	}
	return strings.Join(parts, "; ")
}

// makeOthers makes a topic and a subject that are not Weft's, and describes them.
func makeOthers(t *testing.T, admin *kadm.Client, at place) string {
	t.Helper()
	value := "123456"
	if _, err := admin.CreateTopic(t.Context(), 2, 1, map[string]*string{"retention.ms": &value}, "legacy.orders"); err != nil {
		t.Fatal(err)
	}
	ask(t, "POST", at.base+"/subjects/legacy.orders-value/versions", `{"schema":"\"string\""}`)
	return describeOthers(t, admin, at)
}

func describeOthers(t *testing.T, admin *kadm.Client, at place) string {
	t.Helper()
	details, err := admin.ListTopics(t.Context(), "legacy.orders")
	if err != nil {
		t.Fatal(err)
	}
	configs, err := admin.DescribeTopicConfigs(t.Context(), "legacy.orders")
	if err != nil {
		t.Fatal(err)
	}
	var retention string
	for _, c := range configs[0].Configs {
		if c.Key == "retention.ms" {
			retention = c.MaybeValue()
		}
	}
	return fmt.Sprintf("%d partitions, retention %s, subject %s", len(details["legacy.orders"].Partitions), retention, ask(t, "GET", at.base+"/subjects/legacy.orders-value/versions/latest", ""))
}

// ask sends a request to a registry and gives the answer, which must be good.
func ask(t *testing.T, method, url, body string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader([]byte(body)))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/vnd.schemaregistry.v1+json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode >= 400 {
		t.Fatalf("%s %s: %d %s %v", method, url, response.StatusCode, text, err)
	}
	return string(text)
}
