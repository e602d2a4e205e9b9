package cases

import (
	"fmt"
	"slices"
	"strings"
)

// Answer is what an engine says to a case: columns and changes, or that it refuses or fails.
type Answer struct {
	Columns []Column // nil where an engine does not tell; then they are not compared
	Rows    []Row
	Failure Failure
	Message string // the engine's words, for reading; not compared
}

// Column is a column of the result.
type Column struct {
	Name string
	Type string // as Flink writes it, with NOT NULL where it is so
}

// Row is a change of the result: its kind, +I, -U, +U or -D, and each value in canonical text (see text.go).
type Row struct {
	Kind   string
	Values []string
}

// Failure is a way to give no result.
type Failure string

// The failures.
const (
	Refused Failure = "refused" // at planning: no job was started
	Failed  Failure = "failed"  // at run time
)

// Empty says that there is no answer.
func (a Answer) Empty() bool { return a.Failure == "" && a.Columns == nil && a.Rows == nil }

func (r Row) String() string { return r.Kind + " " + strings.Join(r.Values, ", ") }

func (c Column) String() string {
	name := c.Name
	if strings.ContainsAny(name, " ,`") {
		name = "`" + strings.ReplaceAll(name, "`", "``") + "`"
	}
	return name + " " + c.Type
}

// column is the answer with its i-th column alone.
func (a Answer) column(i int) Answer {
	if i >= len(a.Columns) {
		return a
	}
	one := Answer{Columns: []Column{{Name: "c1", Type: a.Columns[i].Type}}, Rows: []Row{}}
	for _, row := range a.Rows {
		one.Rows = append(one.Rows, Row{Kind: row.Kind, Values: row.Values[i : i+1]})
	}
	return one
}

// lines are the answer as a file has it.
func (a Answer) lines() []string {
	if a.Empty() {
		return nil
	}
	if a.Failure != "" {
		return []string{fmt.Sprintf("%s: %s", a.Failure, a.Message)}
	}
	var columns []string
	for _, c := range a.Columns {
		columns = append(columns, c.String())
	}
	lines := []string{"columns: " + strings.Join(columns, ", ")}
	for _, row := range a.Rows {
		lines = append(lines, row.String())
	}
	return lines
}

// parseAnswer reads what lines wrote.
func parseAnswer(lines []string) (Answer, error) {
	var a Answer
	for _, line := range lines {
		word, rest, _ := strings.Cut(line, " ")
		switch word {
		case "refused:", "failed:":
			a.Failure, a.Message = Failure(strings.TrimSuffix(word, ":")), rest
		case "columns:":
			a.Rows = []Row{}
			for _, column := range split(rest, ", ") {
				a.Columns = append(a.Columns, parseColumn(column))
			}
		case "+I", "-U", "+U", "-D":
			a.Rows = append(a.Rows, Row{Kind: word, Values: split(rest, ", ")})
		default:
			return a, fmt.Errorf("%q is neither columns, nor a change, nor a failure", line)
		}
	}
	return a, nil
}

func parseColumn(text string) Column {
	if strings.HasPrefix(text, "`") {
		end := 1
		for end < len(text) && (text[end] != '`' || strings.HasPrefix(text[end+1:], "`")) {
			if text[end] == '`' {
				end++
			}
			end++
		}
		return Column{Name: strings.ReplaceAll(text[1:end], "``", "`"), Type: strings.TrimSpace(text[end+1:])}
	}
	name, typ, _ := strings.Cut(text, " ")
	return Column{Name: name, Type: typ}
}

// split cuts text at separators that stand outside of quotes and brackets.
func split(text, separator string) []string {
	var parts []string
	depth, quote, start := 0, byte(0), 0
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case quote == '"' && c == '\\':
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case slices.Contains([]byte("\"'`"), c):
			quote = c
		case slices.Contains([]byte("([{<"), c):
			depth++
		case slices.Contains([]byte(")]}>"), c):
			depth--
		case depth == 0 && strings.HasPrefix(text[i:], separator):
			parts = append(parts, text[start:i])
			i += len(separator) - 1
			start = i + 1
		}
	}
	return append(parts, text[start:])
}
