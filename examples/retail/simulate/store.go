package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// store is the database of one application: transactions are handed over and committed one after the other.
type store struct {
	name    string // of the database, and of who writes to it
	address string
	bus     *bus // counts what is written
	work    chan transaction
	done    chan struct{}
}

// transaction is statements that are committed together.
type transaction []statement

// statement is one of SQL with its arguments.
type statement struct {
	sql  string
	args []any
}

func sql(text string, args ...any) statement { return statement{text, args} }

// waiting bounds the transactions that are handed over and not yet written; those beyond are lost, and counted.
const waiting = 10_000

// openStore connects to a database that runs beside the mesh; nil: there is none, and what it holds is not written.
func openStore(ctx context.Context, mesh, name string, b *bus) (*store, error) {
	address, err := os.ReadFile(filepath.Join(mesh, ".weft", "postgres", name+".url"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	s := &store{name: name, address: string(address), bus: b, work: make(chan transaction, waiting), done: make(chan struct{})}
	conn, err := pgx.Connect(ctx, s.address)
	if err != nil {
		return nil, fmt.Errorf("database %s: %w", name, err)
	}
	go s.run(conn) //nolint:gosec // it writes what it was given, and ends by close
	return s, nil
}

// commit hands a transaction over. Nothing waits for the database.
func (s *store) commit(statements ...statement) {
	select {
	case s.work <- statements:
	default:
		s.bus.complain(fmt.Errorf("database %s is too slow", s.name))
	}
}

func (s *store) close() {
	if s == nil {
		return
	}
	close(s.work)
	<-s.done
}

// patienceWithStore bounds one transaction, and how long is waited before the database is tried again.
const patienceWithStore = 5 * time.Second

func (s *store) run(conn *pgx.Conn) {
	defer close(s.done)
	for t := range s.work {
		ctx, cancel := context.WithTimeout(context.Background(), patienceWithStore)
		if conn == nil || conn.IsClosed() {
			conn, _ = pgx.Connect(ctx, s.address) // the transaction says what is wrong
		}
		if err := s.write(ctx, conn, t); err != nil {
			s.bus.complain(fmt.Errorf("database %s: %w", s.name, err))
		} else {
			s.bus.written.Add(1)
		}
		cancel()
	}
	if conn != nil {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = conn.Close(ctx)
	}
}

func (s *store) write(ctx context.Context, conn *pgx.Conn, t transaction) error {
	if conn == nil {
		return errors.New("it does not answer")
	}
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		for _, st := range t {
			if _, err := tx.Exec(ctx, st.sql, st.args...); err != nil {
				return err
			}
		}
		return nil
	})
}

// highest is the greatest number that ends an identifier of a table, so that new ones go on after it.
func (s *store) highest(ctx context.Context, query string) (n int, err error) {
	conn, err := pgx.Connect(ctx, s.address)
	if err != nil {
		return 0, err
	}
	defer conn.Close(ctx)
	return n, conn.QueryRow(ctx, query).Scan(&n)
}

// stores are the databases of the applications that have one.
type stores struct{ crm, billing *store }

func openStores(ctx context.Context, mesh string, b *bus) (all stores, err error) {
	if all.crm, err = openStore(ctx, mesh, "crm", b); err != nil {
		return all, err
	}
	all.billing, err = openStore(ctx, mesh, "billing", b)
	if missing := all.missing(); len(missing) > 0 && err == nil {
		fmt.Printf("no database %s runs beside the mesh: its customers, consents and invoices are not written\n", strings.Join(missing, ", "))
	}
	return all, err
}

func (s stores) missing() (names []string) {
	if s.crm == nil {
		names = append(names, "crm")
	}
	if s.billing == nil {
		names = append(names, "billing")
	}
	return names
}

func (s stores) close() {
	var all sync.WaitGroup
	for _, each := range []*store{s.crm, s.billing} {
		all.Go(each.close)
	}
	all.Wait()
}

// goOn continues what the databases hold from earlier runs: customers who are there, numbers that are given.
func (w *world) goOn(ctx context.Context) (err error) {
	for several := range slices.Chunk(w.customers, 50) {
		var t transaction
		for _, c := range several {
			t = append(t, w.profile(c))
		}
		w.store(w.stores.crm, t...)
	}
	if w.stores.billing != nil {
		w.numbers["invoice"], err = w.stores.billing.highest(ctx, "SELECT COALESCE(max(substr(invoice_id, 8)::int), 0) FROM invoice WHERE invoice_id ~ '^I-2026-[0-9]{7}$'")
	}
	return err
}
