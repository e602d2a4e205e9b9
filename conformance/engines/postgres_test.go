package engines

import (
	"context"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

func TestAPostgresThatIsKilledGoesOn(t *testing.T) {
	server := StartPostgres(t, PostgresOptions{Password: "it's secret", Fast: true, Settings: map[string]string{"max_wal_senders": "7"}})
	server.Exec(t, "postgres", "CREATE TABLE kept (n int)")
	for i, end := range []func(testing.TB){server.Kill, server.Stop} {
		server.Exec(t, "postgres", "INSERT INTO kept VALUES (1)")
		before := server.PID
		end(t)
		server.Start(t)
		if server.PID == before {
			t.Error("the same process goes on")
		}
		if got := one(t, server, "SELECT count(*) || ' ' || current_setting('wal_level') || ' ' || current_setting('max_wal_senders') FROM kept"); got != string(rune('1'+i))+" logical 7" {
			t.Errorf("after end %d it says %q", i, got)
		}
	}
}

func TestAPostgresAsksForItsPassword(t *testing.T) {
	server := StartPostgres(t, PostgresOptions{Password: "right", Fast: true})
	_, err := pgx.Connect(t.Context(), strings.Replace(server.URL("postgres"), "right", "wrong", 1))
	if err == nil || !strings.Contains(err.Error(), "28P01") {
		t.Errorf("a wrong password: %v", err)
	}
}

// one is the text that a query gives.
func one(t *testing.T, server *Postgres, query string) (text string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), server.URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if err := conn.QueryRow(t.Context(), query).Scan(&text); err != nil {
		t.Fatal(err)
	}
	return text
}
