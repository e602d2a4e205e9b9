package registry_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/weftmesh/weft/internal/engine/registry"
)

// confluents is a log as Confluent's registry writes it: key, value, "" for a tombstone.
var confluents = [][2]string{
	{`{"keytype":"NOOP","magic":0}`, ""},
	{`{"keytype":"CONFIG","subject":null,"magic":0}`, `{"subject":null,"compatibilityLevel":"FORWARD"}`},
	{`{"keytype":"SCHEMA","subject":"orders-value","version":1,"magic":1}`, `{"subject":"orders-value","version":1,"id":1,"schema":"{\"type\":\"record\",\"name\":\"Order\",\"fields\":[{\"name\":\"id\",\"type\":\"string\"}]}","deleted":false}`},
	{`{"keytype":"SCHEMA","subject":"orders-value","version":2,"magic":1}`, `{"subject":"orders-value","version":2,"id":4,"schema":"{\"type\":\"record\",\"name\":\"Order\",\"fields\":[{\"name\":\"id\",\"type\":\"string\"},{\"name\":\"n\",\"type\":\"int\",\"default\":0}]}","deleted":false}`},
	{`{"keytype":"SCHEMA","subject":"gone-value","version":1,"magic":1}`, `{"subject":"gone-value","version":1,"id":7,"schema":"\"string\"","deleted":false}`},
	{`{"keytype":"DELETE_SUBJECT","subject":"gone-value","magic":0}`, `{"subject":"gone-value","version":1}`},
	{`{"keytype":"SCHEMA","subject":"dropped-value","version":1,"magic":1}`, `{"subject":"dropped-value","version":1,"id":12,"schema":"\"long\"","deleted":false}`},
	{`{"keytype":"SCHEMA","subject":"dropped-value","version":1,"magic":1}`, `{"subject":"dropped-value","version":1,"id":12,"schema":"\"long\"","deleted":true}`},
	{`{"keytype":"SCHEMA","subject":"dropped-value","version":1,"magic":1}`, ""},
	{`{"keytype":"MODE","subject":"orders-value","magic":0}`, `{"subject":"orders-value","mode":"READONLY"}`},
	{`{"keytype":"CONFIG","subject":"orders-value","magic":0}`, `{"subject":"orders-value","compatibilityLevel":"FULL"}`},
	{`{"keytype":"SCHEMA","subject":"json-value","version":1,"magic":1}`, `{"subject":"json-value","version":1,"id":9,"schemaType":"JSON","references":[{"name":"o","subject":"orders-value","version":1}],"schema":"{\"type\":\"object\"}","deleted":false}`},
	{`{"keytype":"SCHEMA","subject":":.staging:orders-value","version":1,"magic":1}`, `{"subject":":.staging:orders-value","version":1,"id":1,"schema":"\"bytes\"","deleted":false}`},
}

func TestALogOfConfluentsIsTakenOver(t *testing.T) {
	kafka := bus(t)
	writeLog(t, kafka, confluents)
	r := open(t, kafka)
	story := []exchangeCase{
		{"GET", "/subjects", "", 200, `[":.staging:orders-value","json-value","orders-value"]`},
		{"GET", "/subjects?deleted=true", "", 200, `[":.staging:orders-value","gone-value","json-value","orders-value"]`},
		{"GET", "/config", "", 200, `{"compatibilityLevel":"FORWARD"}`},
		{"GET", "/config/orders-value", "", 200, `{"compatibilityLevel":"FULL"}`},
		{"GET", "/mode/orders-value", "", 200, `{"mode":"READONLY"}`},
		{"GET", "/subjects/orders-value/versions", "", 200, `[1,2]`},
		{"GET", "/schemas/ids/4/versions", "", 200, `[{"subject":"orders-value","version":2}]`},
		{"GET", "/schemas/ids/7", "", 200, `{"schema":"\"string\""}`},
		{"GET", "/schemas/ids/12", "", 404, `{"error_code":40403,"message":"Schema 12 not found"}`},
		{"GET", "/subjects/gone-value/versions", "", 404, `{"error_code":40401,"message":"Subject 'gone-value' not found."}`},
		{"GET", "/subjects/json-value/versions/1", "", 200, `{"subject":"json-value","version":1,"id":9,"schemaType":"JSON","references":[{"name":"o","subject":"orders-value","version":1}],"schema":"{\"type\":\"object\"}"}`},
		{"GET", "/schemas/ids/1?subject=:.staging:orders-value", "", 200, `{"schema":"\"bytes\""}`},
		{"GET", "/contexts/.staging/subjects/orders-value/versions", "", 200, `[1]`},
		{"DELETE", "/subjects/orders-value/versions/1", "", 422, `{"error_code":42205,"message":"Subject orders-value in context . is in read-only mode"}`},
	}
	tell(t, r, story)
	tell(t, r, []exchangeCase{
		{"POST", "/subjects/new-value/versions", schema(`"double"`), 200, `{"id":13}`},
		{"POST", "/contexts/.staging/subjects/new-value/versions", schema(`"double"`), 200, `{"id":2}`},
	})
}

// TestIDsOfHardDeletedSchemasAreNotGivenAgain holds after a restart too, when a compaction may have dropped them.
func TestIDsOfHardDeletedSchemasAreNotGivenAgain(t *testing.T) {
	kafka := bus(t)
	r := open(t, kafka)
	tell(t, r, []exchangeCase{
		{"POST", "/subjects/a/versions", schema(`"int"`), 200, `{"id":1}`},
		{"POST", "/subjects/b/versions", schema(`"long"`), 200, `{"id":2}`},
		{"DELETE", "/subjects/b", "", 200, `[1]`},
		{"DELETE", "/subjects/b?permanent=true", "", 200, `[1]`},
	})
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	tell(t, open(t, kafka), []exchangeCase{{"POST", "/subjects/c/versions", schema(`"float"`), 200, `{"id":3}`}})
}

// TestTheLogIsInConfluentsForm reads what we write as another registry would.
func TestTheLogIsInConfluentsForm(t *testing.T) {
	kafka := bus(t)
	tell(t, open(t, kafka), []exchangeCase{
		{"PUT", "/config/s", `{"compatibility":"FULL"}`, 200, `{"compatibility":"FULL"}`},
		{"POST", "/subjects/s/versions", schema(`"int"`), 200, `{"id":1}`},
		{"PUT", "/mode/s", `{"mode":"READONLY"}`, 200, `{"mode":"READONLY"}`},
	})
	log := readLog(t, kafka)
	for _, want := range []string{
		`{"keytype":"CONFIG","subject":"s","magic":0} {"compatibilityLevel":"FULL","subject":"s"}`,
		`{"keytype":"SCHEMA","subject":"s","version":1,"magic":1} {"subject":"s","version":1,"id":1,"schema":"\"int\"","deleted":false}`,
		`{"keytype":"MODE","subject":"s","magic":0} {"subject":"s","mode":"READONLY"}`,
	} {
		if !strings.Contains(log, want+"\n") {
			t.Errorf("the log has no\n%s\nbut\n%s", want, log)
		}
	}
}

// TestTheSecondRegistryFencesTheFirst: who writes last is the only one who writes.
func TestTheSecondRegistryFencesTheFirst(t *testing.T) {
	kafka := bus(t)
	first := open(t, kafka)
	second := open(t, kafka)
	tell(t, second, []exchangeCase{{"POST", "/subjects/s/versions", schema(`"int"`), 200, `{"id":1}`}})
	status, body := send(t, first, "POST", "/subjects/s/versions", schema(`"long"`))
	if status != 500 || !strings.Contains(body, "50004") {
		t.Errorf("the first registry answers %d %s", status, body)
	}
	tell(t, second, []exchangeCase{{"GET", "/subjects/s/versions", "", 200, `[1]`}})
}

// TestARegistryOfAnotherMakeIsRespected starts beside a leader only when told to.
func TestARegistryOfAnotherMakeIsRespected(t *testing.T) {
	for _, group := range []string{"schema-registry", "registries-of-the-west"} {
		respected(t, group)
	}
}

func respected(t *testing.T, group string) {
	t.Helper()
	kafka := bus(t)
	joinAsRegistry(t, kafka, group)
	config := registry.Config{Listen: "127.0.0.1:0", Kafka: kafka}
	if _, err := registry.Open(t.Context(), config); !errors.Is(err, registry.ErrLed) {
		t.Errorf("beside another leader in group %s: %v", group, err)
	}
	config.Takeover = true
	r, err := registry.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	_ = r.Close()
}

// joinAsRegistry joins the group in which registries of other makes elect their leader, with their protocol.
func joinAsRegistry(t *testing.T, kafka []kgo.Opt, group string) {
	t.Helper()
	client, err := kgo.NewClient(kafka...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	join := kmsg.NewPtrJoinGroupRequest()
	join.Group, join.SessionTimeoutMillis, join.RebalanceTimeoutMillis, join.ProtocolType = group, 60_000, 60_000, "sr"
	protocol := kmsg.NewJoinGroupRequestProtocol()
	protocol.Name, protocol.Metadata = "v0", []byte(`{"host":"registry-1","port":8081,"master_eligibility":true,"scheme":"http","version":1}`)
	join.Protocols = append(join.Protocols, protocol)
	response, err := join.RequestWith(t.Context(), client)
	if err == nil && response.MemberID != "" {
		join.MemberID = response.MemberID
		response, err = join.RequestWith(t.Context(), client)
	}
	if err != nil || response.ErrorCode != 0 {
		t.Fatalf("join: %v, error code %d", err, response.ErrorCode)
	}
	sync := kmsg.NewPtrSyncGroupRequest()
	sync.Group, sync.Generation, sync.MemberID = group, response.Generation, response.MemberID
	assignment := kmsg.NewSyncGroupRequestGroupAssignment()
	assignment.MemberID, assignment.MemberAssignment = response.MemberID, []byte(`{"error":0,"master":"x","version":1}`)
	sync.GroupAssignment = append(sync.GroupAssignment, assignment)
	if _, err := sync.RequestWith(t.Context(), client); err != nil {
		t.Fatal(err)
	}
}

func writeLog(t *testing.T, kafka []kgo.Opt, entries [][2]string) {
	t.Helper()
	client, err := kgo.NewClient(kafka...)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	compact := "compact"
	if _, err := kadm.NewClient(client).CreateTopic(t.Context(), 1, 1, map[string]*string{"cleanup.policy": &compact}, "_schemas"); err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		record := &kgo.Record{Topic: "_schemas", Key: []byte(e[0])}
		if e[1] != "" {
			record.Value = []byte(e[1])
		}
		if err := client.ProduceSync(t.Context(), record).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
}

func readLog(t *testing.T, kafka []kgo.Opt) string {
	t.Helper()
	client, err := kgo.NewClient(append(append([]kgo.Opt{}, kafka...), kgo.ConsumeTopics("_schemas"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.KeepControlRecords(), kgo.FetchIsolationLevel(kgo.ReadCommitted()))...)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ends, err := kadm.NewClient(client).ListCommittedOffsets(context.Background(), "_schemas")
	if err != nil {
		t.Fatal(err)
	}
	end, _ := ends.Lookup("_schemas", 0)
	var log strings.Builder
	for next := int64(0); next < end.Offset; {
		client.PollFetches(t.Context()).EachRecord(func(r *kgo.Record) {
			next = r.Offset + 1
			if !r.Attrs.IsControl() {
				fmt.Fprintf(&log, "%s %s\n", r.Key, r.Value)
			}
		})
	}
	return log.String()
}
