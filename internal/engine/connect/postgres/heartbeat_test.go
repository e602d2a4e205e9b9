package postgres_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/weftmesh/weft/conformance/engines"
	"github.com/weftmesh/weft/internal/eventually"
)

// TestHeartbeatsMoveTheSlotOn captures a table in which nothing happens, beside one that is busy.
func TestHeartbeatsMoveTheSlotOn(t *testing.T) {
	server := engines.StartPostgres(t, engines.PostgresOptions{Fast: true})
	database(t, server, "beats")
	server.Exec(t, "beats", "CREATE TABLE busy (n int); CREATE TABLE beat (id int PRIMARY KEY, n int); INSERT INTO beat VALUES (1, 0)")
	c := startFrom(t, config(server, "beats", "heartbeat.interval.ms", "100", "heartbeat.action.query", "UPDATE beat SET n = n + 1 WHERE id = 1"), nil, 0)
	beats := c.awaitTopic(t, "__debezium-heartbeat.beats", 2)
	key, _ := beats[0].Key.(map[string]any)
	value, _ := beats[0].Value.(map[string]any)
	if key["serverName"] != "beats" || value["ts_ms"] == nil {
		t.Errorf("%v", beats[0])
	}
	server.Exec(t, "beats", "INSERT INTO busy SELECT generate_series(1, 10000)")
	before := c.commit()
	eventually.Eventually(t, 20*time.Second, "the position to go past what concerns no captured table", func() error {
		if c.commit() < before+500_000 {
			return errors.New("not yet")
		}
		return nil
	})
}

// commit is lsn_commit of the newest offset.
func (c *captured) commit() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	var offset struct {
		Commit int64 `json:"lsn_commit"`
	}
	_ = json.Unmarshal(c.offset, &offset) // zero if there is none
	return offset.Commit
}
