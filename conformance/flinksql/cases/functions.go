package cases

import (
	_ "embed"
	"regexp"
	"strings"
)

//go:embed functions.tsv
var functionTable string

// Function is a built-in function or operator of Flink's SQL, as Flink's documentation lists it.
type Function struct {
	Category string // as in the documentation: Comparison, String, ...
	Form     string // how it is written, as "LPAD(string1, integer, string2)"
	Later    string // why it is not yet asked for, "" if it is
	pattern  *regexp.Regexp
}

// Functions are all of them, in the documentation's order.
func Functions() []Function {
	var all []Function
	for line := range strings.Lines(functionTable) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		columns := strings.Split(strings.TrimSuffix(line, "\n")+"\t\t", "\t")
		f := Function{Category: columns[0], Form: columns[1], Later: columns[3]}
		pattern := columns[2]
		if pattern == "" {
			pattern = `(?i)\b` + f.Name() + `\s*\(`
		}
		f.pattern = regexp.MustCompile(pattern)
		all = append(all, f)
	}
	return all
}

// Name is the function's name: what stands before the parenthesis, or the whole form of an operator.
func (f Function) Name() string {
	name, _, found := strings.Cut(f.Form, "(")
	if !found || strings.Contains(name, " ") || name == "" {
		return f.Form
	}
	return name
}

// In says whether some SQL uses the function.
func (f Function) In(sql string) bool { return f.pattern.MatchString(sql) }

// Uses counts, for each function's form, the recorded expressions and queries with a result that use it.
func Uses(all []Case) map[string]int {
	uses := map[string]int{}
	for form, users := range Users(all) {
		uses[form] = len(users)
	}
	return uses
}

// Users are, for each function's form, the recorded expressions and queries with a result that use it.
func Users(all []Case) map[string][]Case {
	users := map[string][]Case{}
	functions := Functions()
	for _, c := range all {
		if c.Want.Failure != "" {
			continue
		}
		for _, part := range c.Each() {
			sql := part.Query
			if len(part.parts) == 1 {
				sql = part.parts[0]
			}
			for _, f := range functions {
				if f.In(sql) {
					users[f.Form] = append(users[f.Form], part)
				}
			}
		}
	}
	return users
}
