package gate

import (
	"encoding/base64"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/weftmesh/weft/internal/codecs"
	"github.com/weftmesh/weft/internal/rows"
	"github.com/weftmesh/weft/internal/rows/jsonform"
	"github.com/weftmesh/weft/internal/schemas"
)

// jsonLane reads objects whose members are the contract's fields, or lie where `from` says.
type jsonLane struct {
	root   *jsonNode
	fields []jsonField
	own    bool
	scan   jsonform.Scanner
	record int
}

// jsonNode is what a member of an object is: a field, or an object with further ones.
type jsonNode struct {
	field    int // -1: none
	members  map[string]*jsonNode
	order    []*jsonNode // as they are expected
	name     string
	position int
}

type jsonField struct {
	kind   schemas.Kind
	of     schemas.Type
	unit   time.Duration
	absent any // the default, boxed; nil: null
	seen   int // the number of the record in which it was there last
}

func newJSONLane(spec Spec) *jsonLane {
	l := &jsonLane{root: &jsonNode{field: -1}, own: spec.Own}
	m := newMapping(spec.Topic.Fields, spec.Topic.Value.Fields, false)
	for i, f := range m.fields {
		field := jsonField{kind: f.of.Type.Kind, of: f.of.Type, unit: units[f.unit]}
		if f.of.Default != nil {
			row, faults := codecs.FromJSON(fieldsOf(f.of), map[string]any{})
			if len(faults) > 0 {
				return nil
			}
			field.absent = codecs.Boxed(f.of.Type, row[f.name])
		}
		l.fields = append(l.fields, field)
		if !l.root.add(f.path, i) {
			return nil
		}
	}
	return l
}

// add puts a field at a path; false where another is there already.
func (n *jsonNode) add(path []string, field int) bool {
	child := n.members[path[0]]
	if child == nil {
		child = &jsonNode{field: -1, name: path[0], position: len(n.order)}
		if n.members == nil {
			n.members = map[string]*jsonNode{}
		}
		n.members[path[0]] = child
		n.order = append(n.order, child)
	}
	switch {
	case child.field >= 0 || len(path) == 1 && child.members != nil:
		return false
	case len(path) == 1:
		child.field = field
		return true
	}
	return child.add(path[1:], field)
}

func (l *jsonLane) decode(in Record, cols []*rows.Column, i int) bool {
	if !utf8.Valid(in.Value) {
		return false
	}
	l.scan = jsonform.Scanner{Data: in.Value}
	l.record++
	if !l.object(l.root, cols, i) {
		return false
	}
	if l.scan.Peek(); l.scan.At != len(in.Value) {
		return false
	}
	for k := range l.fields {
		if f := &l.fields[k]; f.seen != l.record {
			cols[k].Put(i, f.absent)
		}
	}
	return true
}

// object reads the members of an object that are fields, or have some.
func (l *jsonLane) object(n *jsonNode, cols []*rows.Column, i int) bool {
	s := &l.scan
	if s.Expect('{') != nil {
		return false
	}
	next := 0
	for first := true; ; first = false {
		more, err := s.More(first, '}')
		if err != nil {
			return false
		}
		if !more {
			return true
		}
		var ok bool
		if next, ok = l.member(n, next, cols, i); !ok {
			return false
		}
	}
}

// member reads one; next is the one that is likely to come, and then the one behind it.
func (l *jsonLane) member(n *jsonNode, next int, cols []*rows.Column, i int) (int, bool) {
	s := &l.scan
	name, escaped, err := s.Str()
	if err != nil || escaped || s.Expect(':') != nil {
		return next, false
	}
	child := n.child(name, next)
	switch {
	case child == nil:
		return next, !l.own && !dotted(name) && s.Skip(0) == nil
	case child.members != nil:
		return child.position + 1, s.Peek() == '{' && l.object(child, cols, i)
	}
	l.fields[child.field].seen = l.record
	return child.position + 1, l.value(&l.fields[child.field], cols[child.field], i)
}

// child finds a member, which is likely to be the one that is expected next.
func (n *jsonNode) child(name []byte, next int) *jsonNode {
	if next < len(n.order) && n.order[next].name == string(name) {
		return n.order[next]
	}
	return n.members[string(name)]
}

// dotted reports whether a name may be a path written as one: the reader sees to those.
func dotted(name []byte) bool {
	for _, c := range name {
		if c == '.' {
			return true
		}
	}
	return false
}

func (l *jsonLane) value(f *jsonField, col *rows.Column, i int) bool {
	s := &l.scan
	if s.Null() {
		col.PutNull(i, true)
		return true
	}
	col.PutNull(i, false)
	switch f.kind {
	case schemas.Boolean:
		word := string(s.Bare())
		col.Bools[i] = word == "true"
		return word == "true" || word == "false"
	case schemas.Int, schemas.Long:
		n, ok := shortInt(s.Bare())
		col.Ints[i] = n
		return ok && (f.kind == schemas.Long || n == int64(int32(n)))
	case schemas.Float, schemas.Double:
		return l.float(f, col, i)
	case schemas.Decimal:
		return l.decimal(f, col, i)
	}
	if f.unit != 0 && s.Peek() != '"' {
		return l.numbered(f, col, i)
	}
	raw, escaped, err := s.Str()
	if err != nil || control(raw) {
		return false
	}
	if escaped {
		if raw, err = jsonform.Unescaped(raw); err != nil {
			return false
		}
	}
	return f.text(rows.Shared(raw), col, i)
}

// control reports whether a string has a character that must be escaped (RFC 8259, 7).
func control(raw []byte) bool {
	for _, c := range raw {
		if c < ' ' {
			return true
		}
	}
	return false
}

// shortInt reads a whole number of up to 18 digits.
func shortInt(w []byte) (n int64, ok bool) {
	digits := w
	if len(digits) > 0 && digits[0] == '-' {
		digits = digits[1:]
	}
	if len(digits) == 0 || len(digits) > 18 || digits[0] == '0' && len(digits) > 1 {
		return 0, false
	}
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	if len(digits) < len(w) {
		n = -n
	}
	return n, true
}

func (l *jsonLane) float(f *jsonField, col *rows.Column, i int) bool {
	w := l.scan.Bare()
	if len(w) > 60 || !jsonform.IsNumber(w) {
		return false
	}
	v, err := strconv.ParseFloat(rows.Shared(w), 64)
	if f.kind == schemas.Float {
		v = float64(float32(v))
	}
	col.Floats[i] = v
	return err == nil
}

// decimal reads a number of up to 18 digits with no more behind the point than the type has.
func (l *jsonLane) decimal(f *jsonField, col *rows.Column, i int) bool {
	w := l.scan.Bare()
	if !jsonform.IsNumber(w) || len(w) > 19 {
		return false
	}
	n, after, pointed := int64(0), 0, false
	for k, c := range w {
		switch {
		case c == '.':
			pointed = true
		case c == '-' && k == 0:
		case c < '0' || c > '9':
			return false
		default:
			n = n*10 + int64(c-'0')
			if pointed {
				after++
			}
		}
	}
	if w[0] == '-' {
		n = -n
	}
	if after > f.of.Scale {
		return false
	}
	num, ok := rows.NumOf(n).Rescale(after, f.of.Scale)
	col.Decimals[i] = num
	return ok && num.Fits(f.of.Precision)
}

// numbered reads a number that is a time in the contract's unit.
func (l *jsonLane) numbered(f *jsonField, col *rows.Column, i int) bool {
	n, ok := shortInt(l.scan.Bare())
	if !ok || f.kind != schemas.Timestamp || f.unit > time.Microsecond && (n > endSecond*int64(time.Second/f.unit) || n < firstSecond*int64(time.Second/f.unit)) {
		return false
	}
	col.Ints[i] = rows.Cut(scaled(n, f.unit), f.of.Precision)
	return true
}

func (f *jsonField) text(text string, col *rows.Column, i int) bool {
	switch f.kind {
	case schemas.String, schemas.UUID, schemas.Enum:
		col.Strings[i] = text
		return true
	case schemas.Bytes:
		data, err := base64.StdEncoding.DecodeString(text)
		col.Strings[i] = string(data)
		return err == nil
	case schemas.Date:
		days, ok := jsonform.ParseDate(text)
		col.Ints[i] = days
		return ok && len(text) == len(time.DateOnly)
	case schemas.Time:
		micros, rest, ok := jsonform.ParseTime(text, false)
		col.Ints[i] = micros / 1000
		return ok && rest == "" && len(text) <= len("15:04:05.000") && len(text) != len("15:04:05.")
	case schemas.Timestamp:
		return f.instant(text, col, i)
	}
	return false
}

// instant reads an instant in UTC.
func (f *jsonField) instant(text string, col *rows.Column, i int) bool {
	days, ok := jsonform.ParseDate(text)
	if !ok || len(text) < len("2006-01-02T15:04:05Z") || len(text) > len("2006-01-02T15:04:05.000000000Z") || text[10] != 'T' {
		return false
	}
	micros, rest, ok := jsonform.ParseTime(text[11:], false)
	if !ok || rest != "Z" || text[len(text)-2] == '.' {
		return false
	}
	col.Ints[i] = rows.Cut(days*86_400_000_000+micros, f.of.Precision)
	return true
}
