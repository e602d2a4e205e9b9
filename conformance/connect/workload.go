package connect

import (
	"context"
	"errors"
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
)

// Workload changes tables at random, by a seed, from several connections, and remembers what was committed: for each
// key every event that must come of it, in order. The tables are those of Tables; each has the columns id (its key) and ver,
// which counts the key's versions.
type Workload struct {
	url     string
	writers []*session
	commits atomic.Int64
	events  atomic.Int64
}

// WorkloadOptions say how wild it is.
type WorkloadOptions struct {
	Seed      int64
	Writers   int
	DDL       bool          // columns are added, dropped, renamed and retyped, and tables truncated
	Pause     time.Duration // between two transactions of a writer
	Multitude int           // rows of the largest transactions; 300 if 0
}

// Change is an event that must come: c, u or d, as Debezium names them; x for the tombstone after d; t for a key that
// was there when its table was truncated.
type Change struct {
	Op  byte
	Ver int64 // of c and u
}

// tableState is what a writer knows of a table: the keys that are there with their versions, and the columns beside
// the fixed ones.
type tableState struct {
	name   string
	owned  bool // by one writer, who may truncate and alter it
	live   map[int64]int64
	newest map[int64]int64 // the last version that a key has had
	extras []column
	serial int // names columns
	log    map[int64][]Change
}

type column struct {
	name string
	kind string // int, bigint, text
}

func (s *tableState) clone() *tableState {
	c := *s
	c.live, c.newest, c.extras = cloned(s.live), cloned(s.newest), slices.Clone(s.extras)
	c.log = map[int64][]Change{}
	return &c
}

func cloned(m map[int64]int64) map[int64]int64 {
	c := make(map[int64]int64, len(m))
	for k, v := range m {
		c[k] = v
	}
	return c
}

func (s *tableState) add(key int64, op byte, ver int64) {
	s.log[key] = append(s.log[key], Change{op, ver})
}

// session is one connection's: its part of the shared table, and a table of its own.
type session struct {
	w       *Workload
	index   int
	random  *rand.Rand
	options WorkloadOptions
	mu      sync.Mutex
	tables  []*tableState // committed
	serial  int64         // of transactions
}

// Schema makes the tables. Half of the owned ones have REPLICA IDENTITY FULL; in the others an unchanged large value
// does not come, and is kept from the row before.
func Schema(writers int) string {
	var text strings.Builder
	text.WriteString("CREATE TABLE ledger (id text PRIMARY KEY);\n")
	for i, name := range Tables(writers) {
		fmt.Fprintf(&text, "CREATE TABLE %s (id bigint PRIMARY KEY, ver bigint NOT NULL, small text, big text);\nALTER TABLE %s ALTER big SET STORAGE EXTERNAL;\n", name, name)
		if i%2 == 0 {
			fmt.Fprintf(&text, "ALTER TABLE %s REPLICA IDENTITY FULL;\n", name)
		}
	}
	return text.String()
}

// Tables are the workload's, the shared one first.
func Tables(writers int) []string {
	names := []string{"shared"}
	for i := range writers {
		names = append(names, fmt.Sprintf("own_%d", i))
	}
	return names
}

// NewWorkload prepares a workload of a database in which Schema was run.
func NewWorkload(url string, options WorkloadOptions) *Workload {
	if options.Multitude == 0 {
		options.Multitude = 300
	}
	w := &Workload{url: url}
	for i := range options.Writers {
		fresh := func(name string, owned bool) *tableState {
			return &tableState{name: name, owned: owned, live: map[int64]int64{}, newest: map[int64]int64{}, log: map[int64][]Change{}}
		}
		w.writers = append(w.writers, &session{
			w: w, index: i, random: rand.New(rand.NewSource(options.Seed*31 + int64(i))), //nolint:gosec // the same again under the same seed
			options: options,
			tables:  []*tableState{fresh("shared", false), fresh(fmt.Sprintf("own_%d", i), true)},
		})
	}
	return w
}

// Run writes until the context is done. It gets over a server that goes away, and then asks whether its last
// transaction was committed. The error is of a statement that the server refused: a fault of the workload.
func (w *Workload) Run(ctx context.Context) error {
	failures := make(chan error, len(w.writers))
	for _, one := range w.writers {
		go func() { failures <- one.run(ctx) }()
	}
	var all []error
	for range w.writers {
		all = append(all, <-failures)
	}
	return errors.Join(all...)
}

// Commits is how many transactions were committed.
func (w *Workload) Commits() int64 { return w.commits.Load() }

// Events is how many changes of rows were committed.
func (w *Workload) Events() int64 { return w.events.Load() }

// Committed gives, by table and key, the events that must have come.
func (w *Workload) Committed() map[string]map[int64][]Change {
	all := map[string]map[int64][]Change{}
	for _, one := range w.writers {
		one.mu.Lock()
		for _, table := range one.tables {
			if all[table.name] == nil {
				all[table.name] = map[int64][]Change{}
			}
			for key, changes := range table.log {
				all[table.name][key] = slices.Clone(changes)
			}
		}
		one.mu.Unlock()
	}
	return all
}

func (o *session) run(ctx context.Context) error {
	var conn *pgx.Conn
	defer func() { closeQuietly(conn) }()
	for ctx.Err() == nil {
		t := o.transaction()
		if err := o.commit(ctx, &conn, t); err != nil {
			return fmt.Errorf("writer %d: %w", o.index, err)
		}
		if o.options.Pause > 0 {
			select {
			case <-ctx.Done():
			case <-time.After(time.Duration(o.random.Int63n(2 * int64(o.options.Pause)))):
			}
		}
	}
	return nil
}

func closeQuietly(conn *pgx.Conn) {
	if conn != nil {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = conn.Close(ctx)
	}
}

// commit runs a transaction and keeps what it did if it was committed. One that was begun is brought to its end even
// if the context is done meanwhile.
func (o *session) commit(ctx context.Context, conn **pgx.Conn, t *transaction) error {
	for ctx.Err() == nil {
		if *conn == nil || (*conn).IsClosed() {
			fresh, err := o.connect(ctx)
			if err != nil {
				return nil //nolint:nilerr // the context is done
			}
			*conn = fresh
		}
		err := execute(*conn, t)
		if err == nil {
			o.keep(t)
			return nil
		}
		if !(*conn).IsClosed() && !connectionLost(err) {
			return err
		}
		closeQuietly(*conn)
		if *conn, err = o.connect(context.WithoutCancel(ctx)); err != nil {
			return err
		}
		was, err := committed(*conn, t.name)
		if err != nil {
			closeQuietly(*conn)
			*conn = nil
			continue
		}
		if was {
			o.keep(t)
			return nil
		}
	}
	return nil
}

func execute(conn *pgx.Conn, t *transaction) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_, err := conn.PgConn().Exec(ctx, t.sql.String()).ReadAll()
	if err != nil {
		return fmt.Errorf("%w in %.500s", err, t.sql.String())
	}
	return nil
}

// connectionLost tells a server that went away or has not come up from one that refused.
func connectionLost(err error) bool {
	var refused interface{ SQLState() string }
	return !errors.As(err, &refused) || strings.HasPrefix(refused.SQLState(), "57P") || strings.HasPrefix(refused.SQLState(), "08")
}

func committed(conn *pgx.Conn, name string) (was bool, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	err = conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM ledger WHERE id = $1)", name).Scan(&was)
	return was, err
}

// connect tries until the server takes a connection.
func (o *session) connect(ctx context.Context) (*pgx.Conn, error) {
	for {
		conn, err := pgx.Connect(ctx, o.w.url)
		if err == nil {
			return conn, nil
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (o *session) keep(t *transaction) {
	o.mu.Lock()
	defer o.mu.Unlock()
	count := 0
	for i, after := range t.tables {
		before := o.tables[i]
		for key, changes := range after.log {
			before.log[key] = append(before.log[key], changes...)
			count += len(changes)
		}
		after.log = before.log
		o.tables[i] = after
	}
	o.w.commits.Add(1)
	o.w.events.Add(int64(count))
}
