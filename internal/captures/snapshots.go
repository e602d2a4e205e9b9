package captures

import (
	"maps"
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/contracts"
)

// Snapshots says which rows a connector reads that are there before their changes: of each table the columns that its
// product is made from, table(column,column), and the table alone where the product is of events, which are not given
// again for the sake of a field.
func (c Capture) Snapshots() string {
	var all []string
	for _, t := range c.Tables {
		switch {
		case !t.Snapshot:
		case t.Product.Kind == contracts.KindState:
			all = append(all, t.Name+"("+strings.Join(columns(t.Product), ",")+")")
		default:
			all = append(all, t.Name)
		}
	}
	return strings.Join(all, " ")
}

// columns are those that a product is made from, sorted.
func columns(p contracts.Product) []string {
	names := map[string]bool{}
	for _, topic := range p.Topics {
		for _, f := range topic.Fields {
			names[strings.ReplaceAll(Column(f), " ", "_")] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// Unread lists the tables whose rows have to be read, by what Snapshots said before and says now: tables that are new,
// and those of which a column is made use of that was not.
func Unread(before, now string) []string {
	read := map[string][]string{}
	for _, entry := range strings.Fields(before) {
		table, columns := entryOf(entry)
		read[table] = append(columns, table)
	}
	var unread []string
	for _, entry := range strings.Fields(now) {
		table, columns := entryOf(entry)
		before, known := read[table]
		if !known || slices.ContainsFunc(columns, func(c string) bool { return !slices.Contains(before, c) }) {
			unread = append(unread, table)
		}
	}
	return unread
}

func entryOf(entry string) (table string, columns []string) {
	table, list, has := strings.Cut(strings.TrimSuffix(entry, ")"), "(")
	if !has {
		return table, nil
	}
	return table, strings.Split(list, ",")
}
