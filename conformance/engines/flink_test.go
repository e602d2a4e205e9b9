package engines

import (
	"testing"
)

func TestFlinkAnswersAQueryWithItsChanges(t *testing.T) {
	oracle := FlinkOracle(t, 1)
	answer, err := oracle.Ask(t.Context(), OracleQuery{Query: "SELECT COUNT(*) AS n FROM (VALUES (1), (2)) AS v (x)"})
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{{"+I", "1"}, {"-U", "1"}, {"+U", "2"}}
	if answer.Stage != "" || len(answer.Rows) != len(want) || answer.Columns[0] != (OracleColumn{"n", "BIGINT NOT NULL"}) {
		t.Fatalf("answered %+v", answer)
	}
	for i, row := range answer.Rows {
		if row[0] != want[i][0] || row[1] != want[i][1] {
			t.Errorf("change %d is %v, want %v", i, row, want[i])
		}
	}
	if answer, err = oracle.Ask(t.Context(), OracleQuery{Query: "SELECT nope"}); err != nil || answer.Stage != "planning" {
		t.Errorf("a column that is not there: %+v, %v", answer, err)
	}
}

func TestAFlinkClusterStartsWithItsGateway(t *testing.T) {
	flink := StartFlink(t, FlinkOptions{Slots: 2})
	awaitJSON(t, flink.Gateway+"/v2/info", "the gateway to name its version", func(info map[string]any) bool {
		return info["productName"] == "Apache Flink" && info["version"] == FlinkVersion
	})
	awaitJSON(t, flink.REST+"/overview", "two slots", func(overview map[string]any) bool {
		return overview["slots-total"] == 2.0 && overview["flink-version"] == FlinkVersion
	})
}
