package cases

import (
	"fmt"
	"slices"
	"strings"
)

// Compare says how got differs from the recorded answer, in lines for people; "" if it does not.
func (c Case) Compare(got Answer) string {
	want := c.Want
	switch {
	case want.Failure != got.Failure:
		return fmt.Sprintf("want %s\ngot  %s", want.outcome(), got.outcome())
	case want.Failure != "":
		return ""
	}
	var diff []string
	if got.Columns != nil {
		diff = c.columns(want.Columns, got.Columns)
	}
	if len(diff) > 0 {
		return strings.Join(diff, "\n")
	}
	wanted, given := want.Rows, got.Rows
	if c.Order == Final {
		wanted, given = Fold(wanted), Fold(given)
	}
	return strings.Join(c.rows(wanted, given), "\n")
}

func (a Answer) outcome() string {
	if a.Failure == "" {
		return fmt.Sprintf("%d changes", len(a.Rows))
	}
	return fmt.Sprintf("%s: %s", a.Failure, a.Message)
}

// columns compares names and types. NOT NULL is no part of it: what Flink knows of it depends
// on its optimizer.
func (c Case) columns(want, got []Column) []string {
	if len(want) != len(got) {
		return []string{fmt.Sprintf("want %d columns, got %d", len(want), len(got))}
	}
	var diff []string
	for i, w := range want {
		g := got[i]
		if w.Name != g.Name || nullable(w.Type) != nullable(g.Type) {
			diff = append(diff, fmt.Sprintf("%s: want %s, got %s", c.column(i), w, g))
		}
	}
	return diff
}

func nullable(typ string) string { return strings.ReplaceAll(typ, " NOT NULL", "") }

// column says which column is meant, by its expression where there is one.
func (c Case) column(i int) string {
	if i < len(c.parts) {
		return c.parts[i]
	}
	return fmt.Sprintf("column %d", i+1)
}

func (c Case) rows(want, got []Row) []string {
	if len(c.parts) > 0 && len(want) == len(got) {
		return c.values(want, got)
	}
	var diff []string
	for i := range max(len(want), len(got)) {
		switch {
		case i >= len(want):
			diff = append(diff, fmt.Sprintf("row %d: want none, got %s", i+1, got[i]))
		case i >= len(got):
			diff = append(diff, fmt.Sprintf("row %d: want %s, got none", i+1, want[i]))
		case want[i].String() != got[i].String():
			diff = append(diff, fmt.Sprintf("row %d: want %s\n%*s got %s", i+1, want[i], len(fmt.Sprint("row ", i+1, ": want"))-len(" got"), "", got[i]))
		}
	}
	return diff
}

// values compares expression by expression.
func (c Case) values(want, got []Row) []string {
	var diff []string
	for row := range want {
		for i, w := range want[row].Values {
			if i >= len(got[row].Values) || got[row].Values[i] != w {
				diff = append(diff, fmt.Sprintf("%s: row %d: want %s, got %s", c.column(i), row+1, w, strings.Join(got[row].Values[min(i, len(got[row].Values)):min(i+1, len(got[row].Values))], "")))
			}
		}
	}
	return diff
}

// Fold makes every change, and gives the rows that stand at the end, sorted. A change that takes back
// what is not there stays as it is, to be seen.
func Fold(changes []Row) []Row {
	standing := map[string]int{}
	values := map[string][]string{}
	for _, change := range changes {
		key := Row{Values: change.Values}.String()
		values[key] = change.Values
		switch change.Kind {
		case "+I", "+U":
			standing[key]++
		default:
			standing[key]--
		}
	}
	var rows []Row
	for key, count := range standing {
		kind := "+I"
		if count < 0 {
			kind, count = "-D", -count
		}
		for range count {
			rows = append(rows, Row{Kind: kind, Values: values[key]})
		}
	}
	slices.SortFunc(rows, func(a, b Row) int { return strings.Compare(a.String(), b.String()) })
	return rows
}
