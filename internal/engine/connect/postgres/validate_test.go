package postgres

import (
	"strings"
	"testing"
)

// mistakes are configurations, as additions to a sound one, and what is said of them, at which key.
var mistakes = []struct{ key, value, at, says string }{
	{"database.hostname", "", "database.hostname", "A value is required"},
	{"database.port", "70000", "database.port", "must be a whole number from 1 to 65535"},
	{"topic.prefix", "a b", "topic.prefix", "letters, digits"},
	{"slot.name", "My-Slot", "slot.name", "lower-case"},
	{"plugin.name", "decoderbufs", "plugin.name", "use pgoutput"},
	{"snapshot.mode", "sometimes", "snapshot.mode", "must be one of always, initial"},
	{"snapshot.mode", "custom", "snapshot.mode", "Java classes cannot be loaded"},
	{"provide.transaction.metadata", "true", "provide.transaction.metadata", "transaction metadata is not written"},
	{"table.include.list", "a(", "table.include.list", "no regular expression"},
	{"table.exclude.list", "b", "table.exclude.list", "table.include.list is given as well"},
	{"skipped.operations", "c,x", "skipped.operations", `has "x"`},
	{"time.precision.mode", "structured", "time.precision.mode", "use isostring or adaptive"},
	{"column.mask.with.x.chars", "a.b.c", "column.mask.with.x.chars", "column.mask.with.N.chars"},
	{"column.mask.hash.MD6.with.salt.s", "a.b.c", "column.mask.hash.MD6.with.salt.s", "MD5, SHA-1"},
	{"message.key.columns", "public.t", "message.key.columns", "is not table:column"},
	{"snapshot.select.statement.overrides", "public.t", "snapshot.select.statement.overrides", "snapshot.select.statement.overrides.public.t is missing"},
	{"replica.identity.autoset.values", "public.t:SOME", "replica.identity.autoset.values", "FULL, DEFAULT, NOTHING"},
	{"heartbeat.interval.ms", "soon", "heartbeat.interval.ms", "must be a whole number"},
	{"tombstones.on.delete", "yes", "tombstones.on.delete", "true or false"},
	{"converters", "x", "converters", "Java classes cannot be loaded"},
	{"table.includelist", "x", "table.includelist", "did you mean 'table.include.list'?"},
	{"nonsense", "x", "nonsense", "is no key of the PostgreSQL connector"},
}

func TestAMistakeIsSaidAtItsKey(t *testing.T) {
	for _, m := range mistakes {
		config := map[string]string{
			"database.hostname": "h", "database.user": "u", "database.dbname": "d", "topic.prefix": "p", "database.password": "secret1",
			"table.include.list": "public.t",
		}
		config[m.key] = m.value
		found := 0
		for _, a := range judge(config) {
			for _, text := range a.Errors {
				found++
				if a.Name != m.at || !strings.Contains(text, m.says) {
					t.Errorf("%s=%s: at %s it says %q; want at %s %q", m.key, m.value, a.Name, text, m.at, m.says)
				}
			}
			if a.Value != nil && strings.Contains(*a.Value, "secret1") {
				t.Errorf("%s shows the password", a.Name)
			}
		}
		if found == 0 {
			t.Errorf("%s=%s passes", m.key, m.value)
		}
		if found > 1 {
			t.Errorf("%s=%s: %d mistakes, not 1", m.key, m.value, found)
		}
	}
}

func TestTheTopicOfSignalsNeedsItsBrokers(t *testing.T) {
	config := map[string]string{
		"database.hostname": "h", "database.user": "u", "database.dbname": "d", "topic.prefix": "p", "signal.enabled.channels": "source,kafka",
	}
	_, err := parse(config)
	for _, key := range []string{"signal.kafka.topic", "signal.kafka.bootstrap.servers"} {
		if err == nil || !strings.Contains(err.Error(), "'"+key+"' value is invalid: signal.enabled.channels has kafka") {
			t.Errorf("%v does not ask for %s", err, key)
		}
	}
}

func TestASoundConfigurationPasses(t *testing.T) {
	config := map[string]string{
		"database.hostname": "h", "database.user": "u", "database.dbname": "d", "topic.prefix": "p", "snapshot.mode": "INITIAL",
		"column.mask.with.3.chars": "a.b.c", "column.truncate.to.5.chars": "x.y.z", "column.mask.hash.v2.SHA-256.with.salt.CzQMA0cB5K": "a.b.d",
		"slot.stream.params": "binary=false", "replica.identity.autoset.values": "public.t:FULL,public.u:INDEX u_code", "message.key.columns": "public.t:a,b;public.u:c",
	}
	s, err := parse(config)
	if err != nil {
		t.Fatal(err)
	}
	if s.snapshotMode != "initial" || len(s.rules.Changes) != 3 || len(s.identities) != 2 || len(s.streamParams) != 1 {
		t.Errorf("%+v", s)
	}
}

func FuzzOffset(f *testing.F) {
	p := position{Commit: 5, LSN: 7, Tx: 9, Seq: 2, Snapshot: "initial", Reading: &snapshotMark{Table: "a.b", Place: "(0,1)"}, Incremental: &chunks{Tables: []chunkTable{{Table: "t"}}}}
	f.Add(string(p.append(nil)))
	f.Add(`{"lsn_proc":31154128,"messageType":"INSERT","lsn_commit":31154128,"lsn":31154128,"txId":795,"ts_usec":1795492131842844}`)
	f.Fuzz(func(t *testing.T, offset string) {
		p, err := parsePosition([]byte(offset))
		if err != nil || p == nil {
			return
		}
		again, err := parsePosition(p.append(nil))
		if err != nil || string(again.append(nil)) != string(p.append(nil)) {
			t.Errorf("%s is read as %s, and then as %v, %v", offset, p.append(nil), again, err)
		}
	})
}
