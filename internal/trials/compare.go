package trials

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/codecs"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/diags"
	"github.com/weftmesh/weft/internal/rows"
	"github.com/weftmesh/weft/internal/schemas"
)

// line is a row that is compared: the JSON of each of its fields.
type line struct {
	at     diags.Range // of an expected one
	change string
	names  []string
	values []string
}

func newLine(fields []schemas.Field, change string, row codecs.Row) line {
	l := line{change: change}
	for _, f := range fields {
		text := codecs.ToJSON([]schemas.Field{f}, codecs.Row{f.Name: row[f.Name]})
		l.names = append(l.names, f.Name)
		l.values = append(l.values, string(text[strings.IndexByte(string(text), ':')+1:len(text)-1]))
	}
	return l
}

func (l line) equal(m line) bool { return l.change == m.change && slices.Equal(l.values, m.values) }

// likeness is how many fields are the same.
func (l line) likeness(m line) (n int) {
	for i, v := range l.values {
		if v == m.values[i] && v != "null" {
			n++
		}
	}
	return n
}

// json is the row as an object; a change has its short form before it.
func (l line) json() json.RawMessage {
	members := make([]string, len(l.names))
	for i, name := range l.names {
		members[i] = `"` + name + `":` + l.values[i]
	}
	text := "{" + strings.Join(members, ",") + "}"
	if l.change != "" {
		text = `{"` + l.change + `":` + text + "}"
	}
	return json.RawMessage(text)
}

// differing lists the fields that are not the same.
func (l line) differing(got line) []Differing {
	var all []Differing
	if l.change != got.change {
		all = append(all, Differing{"change", json.RawMessage(`"` + l.change + `"`), json.RawMessage(`"` + got.change + `"`)})
	}
	for i, v := range l.values {
		if v != got.values[i] {
			all = append(all, Differing{l.names[i], json.RawMessage(v), json.RawMessage(got.values[i])})
		}
	}
	return all
}

// expected reads the rows that a test expects. A field that a row leaves out is null.
func (t *trial) expected(fields []schemas.Field) []line {
	all := make([]line, 0, len(t.test.Expect))
	plain := slices.Clone(fields)
	for i := range plain {
		plain[i].Default = nil
	}
	for i, example := range t.test.Expect {
		at := func(field string) diags.Range { return t.test.ExpectAt(i, field) }
		switch {
		case t.test.Changes && example.Change == "":
			t.report(at(""), "the test has changes: true, and this row does not say what change it is", "Write +I: {...}, +U: {...} or -D: {...}.")
			continue
		case !t.test.Changes && example.Change != "":
			t.report(at(""), "the row says what change it is, and the test compares the rows at the end", "Write changes: true, or the row alone.")
			continue
		}
		of := plain
		if example.Change == "-D" && t.product.Kind == contracts.KindState {
			of = keyFields(t.product, plain) // a deletion is a key and nothing else
		}
		row, good := t.row(of, example.Fields, at)
		if good {
			l := newLine(fields, example.Change, row)
			l.at = at("")
			all = append(all, l)
		}
	}
	return all
}

// outcome is what a job wrote, as it is compared: the rows at the end, or the changes.
func (t *trial) outcome(written []Row) []line {
	fields := t.output.Value.Fields
	state := t.product.Kind == contracts.KindState
	var all []line
	for _, w := range written {
		if state && w.Change == rows.UpdateBefore {
			continue // a topic of kind state holds no such record
		}
		row := codecs.Row{}
		for _, f := range fields {
			row[f.Name] = codecs.Native(f.Type, w.Values[f.Name])
		}
		if t.test.Changes {
			all = append(all, newLine(t.changed(w, fields), w.Change.String(), row))
			continue
		}
		all = t.folded(all, newLine(fields, "", row), w.Change)
	}
	if t.test.Changes {
		return padded(fields, all)
	}
	return all
}

// changed are the fields that a change is known by: of a deletion in a product of kind state, the key.
func (t *trial) changed(w Row, fields []schemas.Field) []schemas.Field {
	if w.Change == rows.Delete && t.product.Kind == contracts.KindState {
		return keyFields(t.product, fields)
	}
	return fields
}

// padded gives deletions, of which only the key counts, the other fields as null.
func padded(fields []schemas.Field, lines []line) []line {
	for i, l := range lines {
		if len(l.values) == len(fields) {
			continue
		}
		wide := line{change: l.change}
		for _, f := range fields {
			value := "null"
			if at := slices.Index(l.names, f.Name); at >= 0 {
				value = l.values[at]
			}
			wide.names, wide.values = append(wide.names, f.Name), append(wide.values, value)
		}
		lines[i] = wide
	}
	return lines
}

// folded applies a change to the rows so far: by key where there is one, else by the whole row.
func (t *trial) folded(all []line, l line, change rows.Change) []line {
	same := l.equal
	if t.product.Kind == contracts.KindState {
		same = func(m line) bool { return l.key(t.product.Key) == m.key(t.product.Key) }
	} else if change.Adds() {
		return append(all, l)
	}
	i := slices.IndexFunc(all, same)
	switch {
	case i < 0 && change.Adds():
		return append(all, l)
	case i < 0:
		return all
	case change.Adds():
		all[i] = l
		return all
	}
	return slices.Delete(all, i, i+1)
}

func (l line) key(names []string) string {
	var key []string
	for i, name := range l.names {
		if slices.Contains(names, name) {
			key = append(key, l.values[i])
		}
	}
	return strings.Join(key, "\x00")
}
