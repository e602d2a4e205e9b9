package tables

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/weftmesh/weft/internal/engine/connect/postgres/values"
)

// Rules are the parts of a configuration that say what of the tables comes out, and under which names.
type Rules struct {
	Prefix    string // topic.prefix
	Delimiter string // topic.delimiter
	Database  string

	Schemas, Tables, Columns Filter // {schema,table,column}.{include,exclude}.list
	Changes                  []Change
	Keys                     []KeyRule // message.key.columns
	Modes                    values.Modes
	Propagate                Propagation
	SchemaNames, FieldNames  string // schema.name.adjustment.mode, field.name.adjustment.mode: none, avro, avro_unicode
}

// Captures tells whether a table is one of those that the configuration names.
func (r *Rules) Captures(schema, table string) bool {
	return r.Schemas.Passes(schema) && r.Tables.Passes(schema+"."+table)
}

// Filter is an include list or an exclude list; the zero Filter passes everything.
type Filter struct {
	Include, Exclude []*regexp.Regexp
}

// Passes tells whether a name is in the include list, or not in the exclude list.
func (f Filter) Passes(name string) bool {
	if len(f.Include) > 0 {
		return matches(f.Include, name)
	}
	return !matches(f.Exclude, name)
}

func matches(list []*regexp.Regexp, name string) bool {
	for _, re := range list {
		if re.MatchString(name) {
			return true
		}
	}
	return false
}

// Place is where in the list a name is found, so that tables are read in the list's order.
func (f Filter) Place(name string) int {
	for i, re := range f.Include {
		if re.MatchString(name) {
			return i
		}
	}
	return len(f.Include)
}

// Expressions reads a comma-separated list of regular expressions, each of which matches a whole name, in any case of
// letters. A comma within one is written \, as in Debezium's lists.
func Expressions(text string) ([]*regexp.Regexp, error) {
	var list []*regexp.Regexp
	for _, part := range split(text) {
		re, err := regexp.Compile("(?i)^(?:" + part + ")$")
		if err != nil {
			return nil, fmt.Errorf("%q is no regular expression: %w", part, err)
		}
		list = append(list, re)
	}
	return list, nil
}

// split cuts at commas that no backslash precedes.
func split(text string) []string {
	var parts []string
	start := 0
	for i := 0; i <= len(text); i++ {
		if i < len(text) && (text[i] != ',' || i > 0 && text[i-1] == '\\') {
			continue
		}
		if part := strings.TrimSpace(text[start:i]); part != "" {
			parts = append(parts, strings.ReplaceAll(part, `\,`, ","))
		}
		start = i + 1
	}
	return parts
}

// KeyRule names the columns of the key of the tables that match.
type KeyRule struct {
	Table   *regexp.Regexp
	Columns []string
}

// KeyRules reads message.key.columns: "inventory.customers:pk1,pk2;(.*).orders:id".
func KeyRules(text string) ([]KeyRule, error) {
	var rules []KeyRule
	for part := range strings.SplitSeq(text, ";") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		at := strings.LastIndexByte(part, ':')
		if at <= 0 || at == len(part)-1 {
			return nil, fmt.Errorf("%q is not table:column,column", part)
		}
		re, err := regexp.Compile("(?i)^(?:" + strings.TrimSpace(part[:at]) + ")$")
		if err != nil {
			return nil, fmt.Errorf("%q is no regular expression: %w", part[:at], err)
		}
		rule := KeyRule{Table: re}
		for column := range strings.SplitSeq(part[at+1:], ",") {
			rule.Columns = append(rule.Columns, strings.TrimSpace(column))
		}
		rules = append(rules, rule)
	}
	return rules, nil
}

// key are the names of the key's columns of a table.
func (r *Rules) key(t *Table) []string {
	for _, rule := range r.Keys {
		if rule.Table.MatchString(t.ID()) {
			return rule.Columns
		}
	}
	return t.Key
}

// Topic is the name of a topic of the connector: the prefix and more parts, with what Kafka does not allow replaced.
func (r *Rules) Topic(parts ...string) string {
	name := strings.Join(append([]string{r.Prefix}, parts...), r.Delimiter)
	return strings.Map(func(c rune) rune {
		if c == '.' || c == '_' || c == '-' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
			return c
		}
		return '_'
	}, name)
}

// Adjusted is a name as the mode wants it: none leaves it, avro makes what is no name in Avro an underscore (before a digit
// at the beginning it puts one), avro_unicode writes it, and the underscore, as _uXXXX. dots: whether a point parts the name.
func Adjusted(mode, name string, dots bool) string {
	if mode == "" || mode == "none" {
		return name
	}
	var b strings.Builder
	first := true
	for _, c := range name {
		if c == '.' && dots {
			b.WriteRune(c)
			first = true
			continue
		}
		b.WriteString(letter(mode, c, first))
		first = false
	}
	return b.String()
}

// letter is what becomes of a letter of a name, or of its part; first: it begins it.
func letter(mode string, c rune, first bool) string {
	digit := c >= '0' && c <= '9'
	fits := c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || digit && !first
	switch {
	case mode == "avro_unicode" && (c == '_' || !fits):
		return fmt.Sprintf("_u%04x", c)
	case fits:
		return string(c)
	case digit:
		return "_" + string(c)
	}
	return "_"
}
