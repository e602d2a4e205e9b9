package cases

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Cases are the cases of the file. The expressions of a block make one case, but one that
// Flink does not compute makes a case of its own.
func (f *File) Cases() ([]Case, error) {
	shared := Case{Feature: path.Dir(f.Name), File: f.Name, Settings: map[string]string{}, Order: Changelog}
	var all []Case
	names := map[string]bool{}
	for _, b := range f.blocks {
		if names[b.name] && (b.word == "case" || b.word == "exprs") {
			return nil, fmt.Errorf("%s:%d: there are two cases named %q", f.Name, b.line, b.name)
		}
		cases, err := b.expand(&shared)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", f.Name, b.line, err)
		}
		names[b.name] = true
		all = append(all, cases...)
	}
	return all, nil
}

// expand adds the block to what later cases share, or gives its cases.
func (b *block) expand(shared *Case) ([]Case, error) {
	body := b.body()
	switch b.word {
	case "set":
		return nil, set(shared.Settings, b.name)
	case "table":
		table, err := parseTable(body)
		shared.Tables = append(slices.Clip(shared.Tables), table)
		return nil, err
	case "view":
		shared.Views = append(slices.Clip(shared.Views), View{Name: b.name, Query: strings.Join(body[1:], "\n")})
		return nil, nil
	case "case", "exprs":
		c := *shared
		c.Line, c.Name, c.Settings = b.line, b.name, maps.Clone(shared.Settings)
		rest, err := c.options(body[1:])
		if err != nil {
			return nil, err
		}
		if b.word == "exprs" {
			return b.expressions(c), nil
		}
		c.Query, c.Want = strings.Join(rest, "\n"), b.answer
		return []Case{c.lean()}, nil
	}
	return nil, nil
}

// body are the block's own lines, without the comment above them.
func (b *block) body() []string {
	first := slices.IndexFunc(b.head, func(line string) bool { return !strings.HasPrefix(line, "#") })
	if first < 0 {
		return nil
	}
	return b.head[first:]
}

func set(settings map[string]string, text string) error {
	key, value, found := strings.Cut(text, " = ")
	if !found {
		return fmt.Errorf("%q is not KEY = VALUE", text)
	}
	settings[key] = value
	return nil
}

// options takes the lines that set something for the case, and gives those of its query.
func (c *Case) options(lines []string) ([]string, error) {
	for len(lines) > 0 && isOption(lines[0]) {
		word, rest, _ := strings.Cut(lines[0], " ")
		switch word {
		case "set":
			if err := set(c.Settings, rest); err != nil {
				return nil, err
			}
		case "from":
			c.from = rest
		case "compare":
			c.Order = Final
		}
		lines = lines[1:]
	}
	return lines, nil
}

// expressions makes one case of the expressions that have a value, and one of each that has none.
func (b *block) expressions(c Case) []Case {
	var together, apart []int
	for i, e := range b.exprs {
		if e.answer.Failure == "" {
			together = append(together, i)
		} else {
			apart = append(apart, i)
		}
	}
	var all []Case
	if len(together) > 0 {
		all = append(all, b.together(c, together))
	}
	for _, i := range apart {
		one := b.together(c, []int{i})
		one.Name, one.Want = c.Name+": "+b.exprs[i].text, b.exprs[i].answer
		all = append(all, one)
	}
	return all
}

func (b *block) together(c Case, lines []int) Case {
	c.exprs, c.parts = lines, nil
	for n, i := range lines {
		answer := b.exprs[i].answer
		c.parts = append(c.parts, b.exprs[i].text)
		for row := range answer.Rows {
			if n == 0 {
				c.Want.Rows = append(c.Want.Rows, Row{Kind: "+I"})
			}
			if row < len(c.Want.Rows) {
				c.Want.Rows[row].Values = append(c.Want.Rows[row].Values, answer.Rows[row].Values...)
			}
		}
		for _, column := range answer.Columns {
			c.Want.Columns = append(c.Want.Columns, Column{Name: fmt.Sprintf("c%d", n+1), Type: column.Type})
		}
	}
	if len(c.Want.Columns) < len(lines) {
		c.Want = Answer{} // some line was never recorded
	}
	c.Query = selectOf(c.parts, c.from)
	return c.lean()
}

// lean is the case without the tables and views that its query does not name, nor a view that it needs.
func (c Case) lean() Case {
	text := c.Query
	var views []View
	for _, view := range slices.Backward(c.Views) {
		if names(text, view.Name) {
			views = append([]View{view}, views...)
			text += "\n" + view.Query
		}
	}
	c.Views = views
	c.Tables = slices.DeleteFunc(slices.Clone(c.Tables), func(t Table) bool { return !names(text, t.Name) })
	return c
}

// names says whether SQL has a name in it, as a word.
func names(sql, name string) bool {
	return regexp.MustCompile(`(?i)\b` + regexp.QuoteMeta(name) + `\b`).MatchString(sql)
}

// Record puts an answer to one of the file's cases into the file. The answer to many expressions
// must be of one change, +I, for each row of their table.
func (f *File) Record(c Case, a Answer) error {
	for _, b := range f.blocks {
		if b.line != c.Line {
			continue
		}
		if len(c.exprs) == 0 {
			b.answer = a
			return nil
		}
		if a.Failure != "" && len(c.exprs) > 1 {
			return fmt.Errorf("%s: %s: %s", c.Place(), a.Failure, a.Message)
		}
		for n, i := range c.exprs {
			b.exprs[i].answer = a.column(n)
		}
		return nil
	}
	return fmt.Errorf("%s: no such case in %s", c.Place(), f.Name)
}

// parseTable reads "table NAME (", its columns, ")" and its rows.
func parseTable(lines []string) (Table, error) {
	name, found := strings.CutSuffix(strings.TrimPrefix(lines[0], "table "), " (")
	end := slices.Index(lines, ")")
	if !found || end < 0 {
		return Table{}, fmt.Errorf("a table is: table NAME (, its columns, a line with ) alone, its rows")
	}
	t := Table{Name: name, Columns: strings.Join(lines[1:end], "\n")}
	for _, line := range lines[end+1:] {
		kind, row := "+I", line
		if !strings.HasPrefix(line, "{") {
			kind, row, _ = strings.Cut(line, " ")
		}
		t.Rows = append(t.Rows, Change{Kind: kind, JSON: row})
	}
	return t, nil
}
