package runtime_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weftmesh/weft/internal/engine/flink/connectors"
	"github.com/weftmesh/weft/internal/engine/flink/operators"
	"github.com/weftmesh/weft/internal/engine/flink/runtime"
	"github.com/weftmesh/weft/internal/flinksql/ast"
	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/flinksql/parse"
	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
)

// shop is a catalog of tables in memory.
type shop struct{ tables map[string]*plan.Table }

func (s shop) Table(name []string) (*plan.Table, bool) {
	t, ok := s.tables[name[len(name)-1]]
	return t, ok
}

// The tables have two splits; a key of people is always in the same one, as in Kafka.
const shopTables = `
CREATE TABLE events (id BIGINT, k BIGINT, s STRING, v INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '2' SECOND) WITH ('connector' = 'memory');
CREATE TABLE people (k BIGINT NOT NULL, name STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'memory');
CREATE TABLE lines (line STRING, a BIGINT, b BIGINT, c STRING) WITH ('connector' = 'memory');
CREATE TABLE claims (a BIGINT NOT NULL, b BIGINT, PRIMARY KEY (a) NOT ENFORCED) WITH ('connector' = 'memory');`

var rescaled = map[string]string{
	"group":        "INSERT INTO lines SELECT 'x', k, SUM(v), MAX(s) FROM events GROUP BY k",
	"distinct":     "INSERT INTO lines SELECT s, k, COUNT(DISTINCT v), MIN(s) FROM events GROUP BY s, k",
	"by text":      "INSERT INTO lines SELECT s, COUNT(*), SUM(v), 'x' FROM events GROUP BY s",
	"all rows":     "INSERT INTO lines SELECT 'x', COUNT(*), SUM(v), 'x' FROM events",
	"tumble":       "INSERT INTO lines SELECT CAST(window_start AS STRING), k, SUM(v), MAX(s) FROM TABLE(TUMBLE(TABLE events, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY window_start, window_end, k",
	"hop":          "INSERT INTO lines SELECT CAST(window_end AS STRING), k, COUNT(DISTINCT v), MAX(s) FROM TABLE(HOP(TABLE events, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '15' SECOND)) GROUP BY window_start, window_end, k",
	"cumulate":     "INSERT INTO lines SELECT CAST(window_end AS STRING), k, COUNT(*), s FROM TABLE(CUMULATE(TABLE events, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '20' SECOND)) GROUP BY window_start, window_end, k, s",
	"session":      "INSERT INTO lines SELECT CAST(window_start AS STRING), k, COUNT(*), MAX(s) FROM TABLE(SESSION(TABLE events PARTITION BY k, DESCRIPTOR(ts), INTERVAL '3' SECOND)) GROUP BY window_start, window_end, k",
	"window top":   "INSERT INTO lines SELECT CAST(window_start AS STRING), k, v, s FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end, k ORDER BY v DESC, id) AS rn FROM TABLE(TUMBLE(TABLE events, DESCRIPTOR(ts), INTERVAL '10' SECOND))) WHERE rn <= 2",
	"left join":    "INSERT INTO lines SELECT p.name, e.k, e.v, e.s FROM events AS e LEFT JOIN people AS p ON e.k = p.k",
	"full join":    "INSERT INTO lines SELECT p.name, e.k, e.v, e.s FROM (SELECT k, MAX(v) AS v, MAX(s) AS s FROM events WHERE k > 3 GROUP BY k) AS e FULL JOIN people AS p ON e.k = p.k",
	"join groups":  "INSERT INTO lines SELECT p.name, COUNT(*), SUM(e.v), 'x' FROM events AS e JOIN people AS p ON e.k = p.k GROUP BY p.name",
	"interval":     "INSERT INTO lines SELECT a.s, a.k, b.id - a.id, b.s FROM events AS a LEFT JOIN events AS b ON a.k = b.k AND b.v > a.v AND b.ts BETWEEN a.ts AND a.ts + INTERVAL '6' SECOND",
	"temporal":     "INSERT INTO lines SELECT p.name, e.k, e.v, e.s FROM events AS e LEFT JOIN people FOR SYSTEM_TIME AS OF e.ts AS p ON e.k = p.k",
	"top":          "INSERT INTO lines SELECT s, k, v, 'x' FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY v DESC, id) AS rn FROM events) WHERE rn <= 3",
	"narrow top":   "INSERT INTO lines SELECT 'x', k, n, CAST(half AS STRING) FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY half, k ORDER BY n DESC, v) AS rn FROM (SELECT k, v, v > 50 AS half, COUNT(*) AS n FROM (SELECT k, v FROM events UNION ALL SELECT k, v FROM events) GROUP BY k, v)) WHERE rn <= 2",
	"last row":     "INSERT INTO lines SELECT s, k, v, 'x' FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY ts DESC) AS rn FROM events) WHERE rn = 1",
	"first row":    "INSERT INTO lines SELECT s, k, v, 'x' FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k, s ORDER BY ts) AS rn FROM events) WHERE rn = 1",
	"semi join":    "INSERT INTO lines SELECT s, k, v, 'x' FROM events WHERE k IN (SELECT k FROM people WHERE name <> 'p3') OR v > 90",
	"upserts":      "INSERT INTO claims SELECT v, MAX(k) FROM (SELECT k, MAX(v) AS v FROM events GROUP BY k) GROUP BY v",
	"claimed keys": "INSERT INTO claims SELECT v, k FROM (SELECT k, MAX(v) + k * 1000 AS v FROM events WHERE k > 0 GROUP BY k) ON CONFLICT DO DEDUPLICATE",
}

// TestAJobGoesOnAtAnotherParallelism takes a job from one task to three, then to two, each time by a savepoint: the rows
// that stand at the end are those of a run that was never interrupted.
func TestAJobGoesOnAtAnotherParallelism(t *testing.T) {
	for name, sql := range rescaled {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			whole := newStall(3)
			run(t, whole.job(t, sql, 1, ""))
			want := whole.standing()
			if len(want) == 0 {
				t.Fatal("the query gives no rows")
			}
			if got := interrupted(t, sql, 1, 3, 2); !maps.Equal(got, want) {
				t.Errorf("%s\nafter 1, 3 and 2 tasks\n%v\nwant\n%v", sql, listed(got), listed(want))
			}
		})
	}
}

// interrupted runs a job over a third of the rows with each of some parallelisms.
func interrupted(t *testing.T, sql string, parallelisms ...int) map[string]int {
	t.Helper()
	s, path := newStall(0), ""
	for phase, n := range parallelisms[:len(parallelisms)-1] {
		s.fill(phase, phase+1)
		j := s.job(t, sql, n, path)
		j.Start(t.Context())
		last := int64(0)
		waitFor(t, "rows are read, and no more come", func() bool {
			if failures := j.Status().Failures; len(failures) > 0 {
				t.Fatal(failures[0].Err)
			}
			before := last
			last = handled(j)
			return last > 0 && last == before
		})
		next, err := j.Stop(t.Context(), t.TempDir(), false)
		if err != nil {
			t.Fatal(err)
		}
		path = next
	}
	s.fill(len(parallelisms)-1, 3)
	s.end()
	run(t, s.job(t, sql, parallelisms[len(parallelisms)-1], path))
	return s.standing()
}

// stall is the tables of a job with their rows.
type stall struct{ tables tables }

// newStall has the rows of so many thirds; with all of them the tables end.
func newStall(thirds int) *stall {
	s := &stall{tables: tables{"events": connectors.NewMemory(2), "people": connectors.NewMemory(2), "lines": connectors.NewMemory(1), "claims": connectors.NewMemory(1)}}
	if thirds > 0 {
		s.fill(0, thirds)
		s.end()
	}
	return s
}

func (s *stall) end() {
	s.tables["events"].End()
	s.tables["people"].End()
}

const perThird, keyCount = 200, 23

func (s *stall) fill(from, to int) {
	for third := from; third < to; third++ {
		for split := range 2 {
			s.tables["events"].Append(split, eventsOf(third, split))
			s.tables["people"].Append(split, peopleOf(third, split))
		}
	}
}

func eventsOf(third, split int) *rows.Batch {
	b := rows.NewBuilder([]rows.Type{rows.BigIntType, rows.BigIntType, rows.StringType, rows.IntType, rows.TimestampType(3)})
	for i := third * perThird; i < (third+1)*perThird; i++ {
		if i%2 == split {
			key := any(int64(i * 7919 % keyCount))
			if i%31 == 0 {
				key = nil
			}
			b.Append(rows.Insert, []any{int64(i), key, fmt.Sprintf("s%d", i*13%5), int64(i * 31 % 101), int64(i) * 250_000})
		}
	}
	return b.Batch()
}

// peopleOf changes the names of some and takes others away.
func peopleOf(third, split int) *rows.Batch {
	b := rows.NewBuilder([]rows.Type{rows.BigIntType, rows.StringType, rows.TimestampType(3)})
	for k := range int64(keyCount) {
		if int(k)%2 != split || third > 0 && k%4 == 1 {
			continue
		}
		change := rows.UpdateAfter
		if third == 1 && k%4 == 2 {
			change = rows.Delete
		}
		b.Append(change, []any{k, fmt.Sprintf("p%d", (k+int64(third))%5), int64(third*perThird) * 250_000})
	}
	return b.Batch()
}

func (s *stall) job(t *testing.T, sql string, parallelism int, savepoint string) *runtime.Job {
	t.Helper()
	return jobOf(t, planned(t, sql), s.tables, func(c *runtime.Config) {
		c.Operators, c.Options.Parallelism, c.Savepoint = operators.New, parallelism, savepoint
		c.Options.WatermarkInterval = 0
	})
}

func planned(t *testing.T, sql string) *plan.Sink {
	t.Helper()
	catalog := shop{map[string]*plan.Table{}}
	planner := &plan.Planner{Catalog: catalog, Env: &expr.Env{Zone: time.UTC, Now: time.Now}}
	for _, text := range strings.SplitAfter(strings.TrimSpace(shopTables), ";") {
		if text == "" {
			continue
		}
		statement, err := parse.Statement(strings.TrimSuffix(strings.TrimSpace(text), ";"))
		if err != nil {
			t.Fatal(err)
		}
		table, err := planner.Define(statement.(*ast.CreateTable))
		if err != nil {
			t.Fatal(err)
		}
		table.Accepts = plan.Retract
		if len(table.PrimaryKey) > 0 {
			table.Mode, table.Accepts = plan.Upsert, plan.Upsert
		}
		catalog.tables[table.Name] = table
	}
	statement, err := parse.Statement(sql)
	if err != nil {
		t.Fatal(err)
	}
	sink, err := planner.Insert(statement.(*ast.Insert))
	if err != nil {
		t.Fatal(err)
	}
	plan.Share(sink)
	return sink
}

// handled grows with the rows that a job's tasks take and give, and with the time that these have reached.
func handled(j *runtime.Job) (n int64) {
	for _, v := range j.Status().Vertices {
		for _, task := range v.Tasks {
			n += task.NumRecordsIn + task.NumRecordsOut + max(task.CurrentOutputWatermark, 0)
		}
	}
	return n
}

// standing folds the changes of what was written: how often each row stands.
func (s *stall) standing() map[string]int {
	out := map[string]int{}
	for _, b := range s.tables["lines"].Written() {
		for i := range b.Len {
			line := fmt.Sprint(b.Row(i))
			if b.Change(i).Adds() {
				out[line]++
			} else {
				out[line]--
			}
			if out[line] == 0 {
				delete(out, line)
			}
		}
	}
	claims := map[any]any{}
	for _, b := range s.tables["claims"].Written() {
		for i := range b.Len {
			row := b.Row(i)
			if delete(claims, row[0]); b.Change(i).Adds() {
				claims[row[0]] = row[1]
			}
		}
	}
	for key, by := range claims {
		out[fmt.Sprint(key, " is claimed by ", by)] = 1
	}
	return out
}

func listed(m map[string]int) string {
	var out []string
	for line, n := range m {
		out = append(out, fmt.Sprintf("%d x %s", n, line))
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}
