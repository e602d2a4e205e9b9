package connect

import (
	"fmt"
	"maps"
	"math/rand"
	"slices"
	"strings"
)

// transaction is what a writer sends as one message, and the tables as they are once it is committed.
type transaction struct {
	name   string // in the ledger
	sql    strings.Builder
	tables []*tableState
}

// transaction draws the writer's next one: a few operations, with a savepoint now and then that is kept or rolled
// back, and at times a rollback of all of it.
func (o *session) transaction() *transaction {
	o.serial++
	t := &transaction{name: fmt.Sprintf("%d-%d", o.index, o.serial)}
	for _, table := range o.tables {
		t.tables = append(t.tables, table.clone())
	}
	fmt.Fprintf(&t.sql, "BEGIN; INSERT INTO ledger VALUES ('%s');\n", t.name)
	for range 1 + o.random.Intn(4) {
		if o.random.Intn(6) == 0 {
			o.savepoint(t)
		} else {
			o.operation(t)
		}
	}
	if o.random.Intn(12) == 0 {
		t.sql.WriteString("ROLLBACK; ")
		t.tables = t.tables[:0]
		for _, table := range o.tables {
			t.tables = append(t.tables, table.clone())
		}
		fmt.Fprintf(&t.sql, "BEGIN; INSERT INTO ledger VALUES ('%s');\n", t.name)
	}
	t.sql.WriteString("COMMIT")
	return t
}

func (o *session) savepoint(t *transaction) {
	before := make([]*tableState, len(t.tables))
	for i, table := range t.tables {
		before[i] = table.clone()
		before[i].log = maps.Clone(table.log)
		for key, changes := range table.log {
			before[i].log[key] = slices.Clone(changes)
		}
	}
	t.sql.WriteString("SAVEPOINT s;\n")
	for range 1 + o.random.Intn(3) {
		o.operation(t)
	}
	if o.random.Intn(2) == 0 {
		t.sql.WriteString("ROLLBACK TO s;\n")
		t.tables = before
		return
	}
	t.sql.WriteString("RELEASE s;\n")
}

func (o *session) operation(t *transaction) {
	table := t.tables[o.random.Intn(len(t.tables))]
	draw := o.random.Intn(100)
	switch {
	case table.owned && o.options.DDL && draw < 2:
		o.truncate(t, table)
	case table.owned && o.options.DDL && draw < 5:
		o.alter(t, table)
	case draw < 7:
		o.insertMany(t, table)
	case draw < 35 || len(table.live) < 5:
		o.insert(t, table)
	case draw < 70:
		o.update(t, table)
	case draw < 73:
		o.updateMany(t, table)
	case draw < 85:
		o.rekey(t, table)
	default:
		o.delete(t, table)
	}
}

// key draws one of the writer's own: those of a table have the same remainder.
func (o *session) key() int64 {
	return int64(o.random.Intn(400))*int64(len(o.w.writers)) + int64(o.index)
}

// some draws a key that is there, or that is not.
func (o *session) some(table *tableState, there bool) (int64, bool) {
	for range 1000 {
		key := o.key()
		if _, is := table.live[key]; is == there {
			return key, true
		}
	}
	return 0, false
}

func (s *tableState) next(key int64) int64 {
	s.newest[key]++
	return s.newest[key]
}

func (o *session) insert(t *transaction, table *tableState) {
	key, ok := o.some(table, false)
	if !ok {
		return
	}
	ver := table.next(key)
	fmt.Fprintf(&t.sql, "INSERT INTO %s (id, ver, small, big) VALUES (%d, %d, '%s', %s);\n", table.name, key, ver, letters(o.random, 8), o.big())
	table.live[key] = ver
	table.add(key, 'c', ver)
}

// insertMany and the operations after it change many rows by one statement.
func (o *session) insertMany(t *transaction, table *tableState) {
	var values []string
	for range 1 + o.random.Intn(o.options.Multitude) {
		key := o.key()
		if _, is := table.live[key]; is {
			continue
		}
		ver := table.next(key)
		values = append(values, fmt.Sprintf("(%d, %d, 'many')", key, ver))
		table.live[key] = ver
		table.add(key, 'c', ver)
	}
	if len(values) > 0 {
		fmt.Fprintf(&t.sql, "INSERT INTO %s (id, ver, small) VALUES %s;\n", table.name, strings.Join(values, ", "))
	}
}

func (o *session) update(t *transaction, table *tableState) {
	key, ok := o.some(table, true)
	if !ok {
		return
	}
	set := fmt.Sprintf("small = '%s'", letters(o.random, 8))
	switch {
	case o.random.Intn(5) == 0:
		set = "big = " + o.big()
	case len(table.extras) > 0:
		set += ", " + o.extra(table)
	}
	ver := table.next(key)
	fmt.Fprintf(&t.sql, "UPDATE %s SET ver = %d, %s WHERE id = %d;\n", table.name, ver, set, key)
	table.live[key] = ver
	table.add(key, 'u', ver)
}

func (o *session) extra(table *tableState) string {
	c := table.extras[o.random.Intn(len(table.extras))]
	if c.kind == "text" {
		return fmt.Sprintf("%s = '%s'", c.name, letters(o.random, 5))
	}
	return fmt.Sprintf("%s = %d", c.name, o.random.Int31())
}

func (o *session) updateMany(t *transaction, table *tableState) {
	low := int64(o.random.Intn(400 * len(o.w.writers)))
	high := low + int64(o.random.Intn(200))
	fmt.Fprintf(&t.sql, "UPDATE %s SET ver = ver + 1, small = 'swept' WHERE id BETWEEN %d AND %d AND id %% %d = %d;\n", table.name, low, high, len(o.w.writers), o.index)
	table.sweep(func(key int64) bool { return key >= low && key <= high })
}

// sweep counts the version up of every key that is there and chosen.
func (s *tableState) sweep(chosen func(int64) bool) {
	for key := range s.live {
		if chosen(key) {
			s.live[key] = s.next(key)
			s.add(key, 'u', s.live[key])
		}
	}
}

// rekey moves a row to another key: to readers it is gone from the one and new at the other.
func (o *session) rekey(t *transaction, table *tableState) {
	from, ok := o.some(table, true)
	to, free := o.some(table, false)
	if !ok || !free {
		return
	}
	ver := table.next(to)
	fmt.Fprintf(&t.sql, "UPDATE %s SET id = %d, ver = %d, small = 'moved' WHERE id = %d;\n", table.name, to, ver, from)
	delete(table.live, from)
	table.live[to] = ver
	table.add(from, 'd', 0)
	table.add(from, 'x', 0)
	table.add(to, 'c', ver)
}

func (o *session) delete(t *transaction, table *tableState) {
	key, ok := o.some(table, true)
	if !ok {
		return
	}
	fmt.Fprintf(&t.sql, "DELETE FROM %s WHERE id = %d;\n", table.name, key)
	delete(table.live, key)
	table.add(key, 'd', 0)
	table.add(key, 'x', 0)
}

func (o *session) truncate(t *transaction, table *tableState) {
	fmt.Fprintf(&t.sql, "TRUNCATE %s;\n", table.name)
	for key := range table.live {
		table.add(key, 't', 0)
	}
	clear(table.live)
}

// alter changes the columns, and then every row: capture tells of rows as they change, not of what a new column gives
// to those that lie still.
func (o *session) alter(t *transaction, table *tableState) {
	i := 0
	if len(table.extras) > 0 {
		i = o.random.Intn(len(table.extras))
	}
	switch draw := o.random.Intn(4); {
	case len(table.extras) == 0 || (draw == 0 && len(table.extras) < 6):
		table.serial++
		c := column{fmt.Sprintf("extra_%d", table.serial), []string{"int", "text"}[o.random.Intn(2)]}
		value := map[string]string{"int": " DEFAULT 7", "text": ""}[c.kind]
		fmt.Fprintf(&t.sql, "ALTER TABLE %s ADD COLUMN %s %s%s;\n", table.name, c.name, c.kind, value)
		table.extras = append(table.extras, c)
	case draw == 1:
		fmt.Fprintf(&t.sql, "ALTER TABLE %s DROP COLUMN %s;\n", table.name, table.extras[i].name)
		table.extras = slices.Delete(slices.Clone(table.extras), i, i+1)
	case draw == 2:
		table.serial++
		name := fmt.Sprintf("renamed_%d", table.serial)
		fmt.Fprintf(&t.sql, "ALTER TABLE %s RENAME COLUMN %s TO %s;\n", table.name, table.extras[i].name, name)
		table.extras[i].name = name
	default:
		wider := map[string]string{"int": "bigint", "bigint": "text", "text": "text"}[table.extras[i].kind]
		fmt.Fprintf(&t.sql, "ALTER TABLE %s ALTER COLUMN %s TYPE %s;\n", table.name, table.extras[i].name, wider)
		table.extras[i].kind = wider
	}
	fmt.Fprintf(&t.sql, "UPDATE %s SET ver = ver + 1;\n", table.name)
	table.sweep(func(int64) bool { return true })
}

// big draws a value for a column that is stored out of line when it is large; at times none.
func (o *session) big() string {
	switch o.random.Intn(8) {
	case 0:
		return "'" + letters(o.random, 3000+o.random.Intn(20_000)) + "'"
	case 1:
		return "'" + letters(o.random, 100) + "'"
	}
	return "NULL"
}

func letters(random *rand.Rand, n int) string {
	text := make([]byte, n)
	for i := range text {
		text[i] = 'a' + byte(random.Intn(26))
	}
	return string(text)
}
