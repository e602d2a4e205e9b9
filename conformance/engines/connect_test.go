package engines

import (
	"encoding/json"
	"net/http"
	"testing"
)

func TestConnectStartsWithItsPlugins(t *testing.T) {
	connect := StartConnect(t, StartKafka(t, KafkaOptions{}).Bootstrap, ConnectOptions{})
	awaitJSON(t, connect.URL+"/", "Connect to name its version", func(root map[string]any) bool { return root["version"] == KafkaVersion })
	response, err := http.Get(connect.URL + "/connector-plugins?connectorsOnly=false")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var plugins []struct{ Class, Version string }
	if err := json.NewDecoder(response.Body).Decode(&plugins); err != nil {
		t.Fatal(err)
	}
	versions := map[string]string{}
	for _, plugin := range plugins {
		versions[plugin.Class] = plugin.Version
	}
	if got := versions["io.debezium.connector.postgresql.PostgresConnector"]; got != DebeziumVersion {
		t.Errorf("Debezium's connector is %q, want %q", got, DebeziumVersion)
	}
	if _, there := versions["io.apicurio.registry.utils.converter.AvroConverter"]; !there {
		t.Errorf("no Avro converter in %v", versions)
	}
}
