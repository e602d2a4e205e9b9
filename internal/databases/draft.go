package databases

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/schemas"
)

// Drafting says what a draft cannot know from its table.
type Drafting struct {
	Domain     string
	Product    string // "" for the table's name
	Owner      string
	Connection string
	Key        []string // columns; none: those that tell rows apart in the table
}

// Draft is the text of a contract, with what became of the table's columns.
type Draft struct {
	Product  string
	Text     string
	Fields   int
	Left     []string // columns that no field is made from
	Personal []string // fields that look like personal data
}

// ErrNoKey says that nothing tells the rows of a table apart.
var ErrNoKey = errors.New("no key")

// ErrName says that the name of a table cannot stand in a contract.
var ErrName = errors.New("no name for a contract")

// New drafts the contract of a product of kind state that is captured from a table. What cannot be carried is left
// out, with a comment that says why. The draft has no problems, and promises nothing yet.
func New(t Table, d Drafting) (Draft, error) {
	if d.Product == "" {
		d.Product = ProductName(t.Name)
	}
	if !tableName.MatchString(t.Name) || oneLine(t.Name) != t.Name {
		return Draft{}, fmt.Errorf("%w: a contract cannot name table %q; its schema and its name may have neither dots nor white space", ErrName, t.Name)
	}
	key := d.Key
	if len(key) == 0 {
		key = t.Identified()
	}
	w := &draft{table: t, drafting: d, key: key, out: Draft{Product: d.Product}}
	w.columns()
	if err := w.keyed(); err != nil {
		return Draft{}, err
	}
	w.out.Text = w.text()
	return w.out, nil
}

// draft is the work on one table.
type draft struct {
	table    Table
	drafting Drafting
	key      []string // columns
	fields   []drafted
	lines    []string // of the list of fields, without indentation
	out      Draft
}

// drafted is a field that a column became.
type drafted struct {
	column Column
	of     schemas.Type
}

var (
	unquoted  = regexp.MustCompile(`^[a-z_][a-z0-9_]*$`) // what SQL reads without quotes
	tableName = regexp.MustCompile(`^[^.\s]+\.[^.\s]+$`)
	odd       = regexp.MustCompile(`[^a-z0-9]+`)
)

func (w *draft) columns() {
	for _, c := range w.table.Columns {
		of, note, ok := c.Contract()
		switch {
		case w.taken(c):
			w.leave(c, "its values are sent as "+c.Sent()+", which another column has")
		case !ok:
			w.leave(c, note)
		case c.Generated:
			w.leave(c, "generated, and PostgreSQL does not send such columns with changes")
		case credentials.MatchString(snakeCase(c.Name)) && !slices.Contains(w.key, c.Name):
			w.leave(c, "it looks like a secret, which no product should hold")
		default:
			w.field(c, of, note)
		}
	}
	w.out.Fields = len(w.fields)
}

// taken reports whether a column is sent under a name that an earlier one has.
func (w *draft) taken(c Column) bool {
	return slices.ContainsFunc(w.fields, func(f drafted) bool { return f.column.Sent() == c.Sent() })
}

func (w *draft) leave(c Column, why string) {
	w.out.Left = append(w.out.Left, c.Name)
	w.lines = append(w.lines, fmt.Sprintf("# %s is left out: %s.", oneLine(c.Name), oneLine(why)))
}

// field adds a field of a column.
func (w *draft) field(c Column, of schemas.Type, note string) {
	w.fields = append(w.fields, drafted{column: c, of: of})
	parts := []string{"name: " + scalar(c.Sent()), "type: " + typed(of)}
	if of.Kind == schemas.Enum {
		parts = append(parts, "values: "+symbols(of))
		if symbol, ok := c.defaultSymbol(); ok {
			parts = append(parts, "default: "+scalar(symbol))
		}
	}
	if of.Items != nil {
		parts = append(parts, "items: "+items(*of.Items))
	}
	key := slices.Contains(w.key, c.Name)
	if c.NotNull && !key {
		parts = append(parts, "required: true")
	}
	if mask, likely := c.personal(w.table.Name, of, key); likely {
		w.out.Personal = append(w.out.Personal, c.Sent())
		parts = append(parts, "pii: true", "mask: "+scalar(mask))
	}
	if c.Comment != "" {
		parts = append(parts, "description: "+scalar(c.Comment))
	}
	line := "- {" + strings.Join(parts, ", ") + "}"
	if c.Sent() != c.Name {
		note = strings.TrimPrefix(note+"; column "+c.Name, "; ")
	}
	if note != "" {
		line += "  # " + oneLine(note)
	}
	w.lines = append(w.lines, line)
}

// defaultSymbol is the value of an enum that the column has by default: 'basic'::crm.tier.
func (c Column) defaultSymbol() (string, bool) {
	text, quoted := strings.CutPrefix(c.Default, "'")
	symbol, _, closed := strings.Cut(text, "'")
	return symbol, quoted && closed && slices.Contains(c.Symbols, symbol)
}

// keyless are the kinds whose equal values are not equal bytes.
var keyless = []schemas.Kind{schemas.Array, schemas.Map, schemas.RecordOf, schemas.JSON, schemas.Float, schemas.Double}

// keyed makes sure that the key's columns are fields that can be a key.
func (w *draft) keyed() error {
	if len(w.key) == 0 {
		return fmt.Errorf("%w: table %s has no primary key, and no unique index without nulls, so nothing tells its rows apart; give it a primary key, or name columns that do with --key", ErrNoKey, w.table.Name)
	}
	for _, name := range w.key {
		i := slices.IndexFunc(w.fields, func(f drafted) bool { return f.column.Name == name })
		switch _, there := w.table.Column(name); {
		case !there:
			return fmt.Errorf("%w: table %s has no column %s", ErrNoKey, w.table.Name, name)
		case i < 0:
			return fmt.Errorf("%w: column %s of table %s is of a kind that cannot be carried; name other columns that tell rows apart with --key", ErrNoKey, name, w.table.Name)
		case w.fields[i].column.Sent() != name:
			return fmt.Errorf("%w: column %q of table %s has a name that Avro has not, so it cannot be the key; name other columns that tell rows apart with --key", ErrNoKey, name, w.table.Name)
		case slices.Contains(keyless, w.fields[i].of.Kind):
			return fmt.Errorf("%w: column %s of table %s is %s, whose equal values are not equal bytes; name other columns that tell rows apart with --key", ErrNoKey, name, w.table.Name, w.fields[i].column.Type)
		}
	}
	return nil
}

// text is the contract.
func (w *draft) text() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	d := w.drafting
	line("# Drafted from table %s of connection %s%s.", oneLine(w.table.Name), d.Connection, w.size())
	line("# Read it through: what it promises, who may read, which fields are personal.")
	line("domain: %s\nproduct: %s\nversion: \"1.0\"\nowner: %s\nkind: state", d.Domain, d.Product, scalar(d.Owner))
	line("description: %s", scalar(w.description()))
	line("lifecycle: draft  # promises nothing yet: take this line out when others shall rely on it")
	line("key: %s", w.keyText())
	if field, note := w.eventTime(); field != "" {
		line("event_time: %s%s", field, note)
	}
	line("sla: {freshness: 1m, cadence: on-change, availability: 99%%}")
	line("schema:\n  type: avro\n  fields:")
	for _, text := range w.lines {
		line("    %s", text)
	}
	line("source: {postgres: {connection: %s, table: %s, snapshot: initial}}", d.Connection, scalar(w.table.Name))
	return b.String()
}

// size says how large the table is, to two digits: an estimate is no count.
func (w *draft) size() string {
	n := w.table.Rows
	if n < 0 {
		return ""
	}
	digits := fmt.Sprint(n)
	if len(digits) > 2 {
		digits = digits[:2] + strings.Repeat("0", len(digits)-2)
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return ", which has about " + digits + " rows"
}

func (w *draft) description() string {
	if w.table.Comment != "" {
		return w.table.Comment
	}
	return "The latest row of each " + strings.ReplaceAll(w.drafting.Product, "-", " ") + "."
}

func (w *draft) keyText() string {
	names := make([]string, len(w.key))
	for i, column := range w.key {
		names[i] = scalar(column)
	}
	if len(names) == 1 {
		return names[0]
	}
	return "[" + strings.Join(names, ", ") + "]"
}

// moving are names of columns that applications set whenever a row changes, the surest first.
var moving = []*regexp.Regexp{
	regexp.MustCompile(`^(updated|modified|changed)(_(at|on|ts|time|date))?$`),
	regexp.MustCompile(`^(last_?)?(update|modification|change|modified|updated|changed)(_?(at|on|ts|time|date|timestamp))?$`),
	regexp.MustCompile(`(^|_)(updated|modified|changed)(_|$)`),
}

// eventTime is the field that says when a row changed. Without one the event time is the commit's, unless there is a
// single timestamp: that becomes the event time whatever it means, so it is said.
func (w *draft) eventTime() (field, note string) {
	var stamps []drafted
	for _, f := range w.fields {
		if f.of.Kind == schemas.Timestamp {
			stamps = append(stamps, f)
		}
	}
	for _, name := range moving {
		for _, f := range stamps {
			if name.MatchString(snakeCase(f.column.Name)) {
				return scalar(f.column.Sent()), ""
			}
		}
	}
	if len(stamps) == 1 {
		return scalar(stamps[0].column.Sent()), "  # the only timestamp; does it move whenever the row changes?"
	}
	return "", ""
}

// typed is a type as a contract writes it.
func typed(t schemas.Type) string { return scalar(t.String()) }

// symbols are the values of an enum, as a contract writes them.
func symbols(t schemas.Type) string {
	list := make([]string, len(t.Symbols))
	for i, s := range t.Symbols {
		list[i] = scalar(s)
	}
	return "[" + strings.Join(list, ", ") + "]"
}

// items are the items of an array, as a contract writes them.
func items(t schemas.Type) string {
	text := "{type: " + typed(t)
	if t.Kind == schemas.Enum {
		text += ", values: " + symbols(t)
	}
	if t.Items != nil {
		text += ", items: " + items(*t.Items)
	}
	return text + "}"
}

// bare is text that YAML reads as it stands, also within braces.
var bare = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.@/ ;'()-]*$`)

// words that YAML, or a reader of it, takes for something else.
var words = []string{"null", "true", "false", "yes", "no", "on", "off", "y", "n"}

// scalar writes text as YAML, in quotes where it needs them.
func scalar(text string) string {
	text = oneLine(text)
	if bare.MatchString(text) && !slices.Contains(words, strings.ToLower(text)) {
		return text
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(text) // text can always be written
	return strings.TrimSuffix(b.String(), "\n")
}

// oneLine keeps text from breaking out of its line.
func oneLine(text string) string {
	return strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, ""), func(r rune) bool {
		return r <= ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 || r == 0xfeff
	}), " ")
}

var plurals = []struct{ many, one string }{{"ies", "y"}, {"sses", "ss"}, {"xes", "x"}, {"ches", "ch"}, {"shes", "sh"}, {"ss", "ss"}, {"us", "us"}, {"is", "is"}, {"s", ""}}

// ProductName is a name for the product of a table: that of the table, in the singular, as contracts write names.
func ProductName(table string) string {
	_, name, _ := strings.Cut(table, ".")
	name = strings.ReplaceAll(snakeCase(name), "_", "-")
	for _, p := range plurals {
		if stem, ok := strings.CutSuffix(name, p.many); ok && stem != "" {
			name = stem + p.one
			break
		}
	}
	name = strings.TrimLeft(name, "-0123456789")
	if name == "" {
		return "table"
	}
	return name
}
