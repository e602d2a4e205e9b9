package lint

import (
	"fmt"
	"path"
	"regexp"
	"strings"
)

// room is a package's entry in the layer table.
type room struct {
	name     string // below internal/
	row, pos int
}

// roomOf finds the longest entry that covers a package, given by its path from the root.
func roomOf(rows []Row, dir string) (found room, ok bool) {
	for i, row := range rows {
		for j, name := range row.Packages {
			if within("internal/"+name, dir) && len(name) > len(found.name) {
				found, ok = room{name: name, row: i, pos: j}, true
			}
		}
	}
	return found, ok
}

// within reports whether a path is the folder or below it.
func within(folder, name string) bool {
	return name == folder || strings.HasPrefix(name, folder+"/")
}

// checkRows holds the imports between packages of internal/ against the rows.
func checkRows(t tree, rules Rules) []Problem {
	var problems []Problem
	strangers := map[string]bool{}
	for _, f := range t.files {
		from, known := roomOf(rules.Rows, f.dir())
		switch {
		case !within("internal", f.dir()):
		case !known && !strangers[f.dir()]:
			strangers[f.dir()] = true
			problems = append(problems, Problem{Path: f.dir(), Text: "is in no row of the layer table; add it in internal/lint/layers.go, where its imports allow"})
		case known && !f.test:
			problems = append(problems, t.checkRow(f, from, rules.Rows)...)
		}
	}
	return problems
}

func (t tree) checkRow(f file, from room, rows []Row) []Problem {
	var problems []Problem
	for _, i := range t.imports(f) {
		to, known := roomOf(rows, i.path)
		if !known || from == to || above(rows, to, from) {
			continue
		}
		where := fmt.Sprintf("in row %q, not above row %q", rows[to.row].Name, rows[from.row].Name)
		if to.row == from.row {
			where = fmt.Sprintf("in the same row %q", rows[from.row].Name)
			if rows[from.row].Ordered {
				where = fmt.Sprintf("after %s in row %q", from.name, rows[from.row].Name)
			}
		}
		problems = append(problems, Problem{Path: f.path, Line: i.line, Text: fmt.Sprintf("imports %s, which is %s: %s", i.path, where, rows[from.row].Why)})
	}
	return problems
}

// above reports whether to is in a row above from's, or before it in an ordered row.
func above(rows []Row, to, from room) bool {
	return to.row < from.row || (to.row == from.row && rows[from.row].Ordered && to.pos < from.pos)
}

// checkBans holds the imports of programs against the bans.
func checkBans(t tree, rules Rules) []Problem {
	var problems []Problem
	for _, f := range t.files {
		for _, ban := range rules.Bans {
			if f.test || !matches(ban.From, f.dir()) {
				continue
			}
			for _, i := range t.imports(f) {
				if t.banned(ban, f, i, rules.Rows) {
					problems = append(problems, Problem{Path: f.path, Line: i.line, Text: fmt.Sprintf("imports %s: %s", i.path, ban.Why)})
				}
			}
		}
	}
	return problems
}

// banned leaves to checkRows what the rows forbid already, so that nothing is said twice.
func (t tree) banned(ban Ban, f file, i imported, rows []Row) bool {
	from, inside := roomOf(rows, f.dir())
	to, ours := roomOf(rows, i.path)
	if inside && ours && (from == to || !above(rows, to, from)) {
		return false
	}
	return matches(ban.Never, i.path) && !matches(ban.Except, i.path)
}

// matches reports whether one of the patterns covers a path.
func matches(patterns []string, name string) bool {
	for _, pattern := range patterns {
		folder, deep := strings.CutSuffix(pattern, "/...")
		expression := strings.ReplaceAll(regexp.QuoteMeta(folder), `\*`, `[^/]+`)
		if deep {
			expression += "(/.*)?"
		}
		if regexp.MustCompile("^" + expression + "$").MatchString(path.Clean(name)) {
			return true
		}
	}
	return false
}
