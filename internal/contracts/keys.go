package contracts

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/schemas"
)

// key takes the key from the contract, or finds the field that is one. Being the key makes a field required.
func (d *derivation) key() {
	p := &d.p
	if d.fieldsTwice() {
		return
	}
	if p.Has("key") {
		d.checkKey()
		return
	}
	fields := p.CommonFields()
	for _, name := range []string{"id", snake(p.Entity) + "_id"} {
		if hasField(fields, name) {
			p.Key = Names{name}
			d.derived("key", name, "the field of that name")
			return
		}
	}
	var ids []string
	for _, f := range fields {
		if strings.HasSuffix(f.Name, "_id") {
			ids = append(ids, f.Name)
		}
	}
	if len(ids) == 1 {
		p.Key = Names{ids[0]}
		d.derived("key", ids[0], "the only field that ends in _id")
		return
	}
	d.askForKey(ids)
}

// fieldsTwice reports whether it is open which fields are meant; that has been said.
func (d *derivation) fieldsTwice() bool { return len(d.p.Fields) > 0 && len(d.p.Schema.Fields) > 0 }

// ask reports what only the author of the fields can answer, at their list.
func (d *derivation) ask(rule, summary, fix string) {
	d.report(d.p.KeyAt(d.p.FieldsPath()), rule, summary, fix)
}

func snake(name string) string { return strings.ReplaceAll(name, "-", "_") }

func (d *derivation) askForKey(ids []string) {
	if len(d.p.CommonFields()) == 0 {
		return // said already
	}
	summary := fmt.Sprintf("which field is the key? there is no id, no %s_id, and no field that ends in _id", snake(d.p.Entity))
	fix := "Write key: and the field whose records must keep their order."
	if len(ids) > 1 {
		summary = "which field is the key? several could be: " + strings.Join(ids, ", ")
		fix = fmt.Sprintf("Write key: %s, or key: [%s].", ids[0], strings.Join(ids, ", "))
	}
	if d.p.Kind == KindEvents {
		fix += " key: [] says that there is none."
	}
	d.ask(RuleKey, summary, fix)
}

// maxKey bounds the fields of a key.
const maxKey = 50

func (d *derivation) checkKey() {
	p := &d.p
	if len(p.Key) == 0 && p.Kind == KindState {
		d.problem("key", RuleKey, "a product of kind state needs a key: its topic keeps the latest row of each", "Name the field that identifies a row.")
	}
	if n := len(p.Key); n > maxKey {
		d.problem("key", RuleKey, fmt.Sprintf("the key has %d fields; %d are the most", n, maxKey), "Name the fields that identify a record.")
		p.Key = p.Key[:maxKey]
	}
	for i, name := range p.Key {
		path := "key"
		if indexed := fmt.Sprintf("key[%d]", i); p.Has(indexed) {
			path = indexed
		}
		switch j := slices.IndexFunc(p.CommonFields(), func(f Field) bool { return f.Name == name }); {
		case j < 0:
			d.problem(path, RuleKey, fmt.Sprintf("key %s is not a field of the product", name), fieldFix(name, p.CommonFields()))
		case slices.Contains([]string{"array", "map", "record", "json", "float", "double"}, baseType(p.CommonFields()[j].Type)):
			d.problem(path, RuleKey, fmt.Sprintf("field %s is of type %s and cannot be a key", name, baseType(p.CommonFields()[j].Type)), "Use a field whose equal values are equal bytes: string, uuid, enum, a whole number, date, timestamp.")
		case slices.Contains(p.Key[:i], name):
			d.problem(path, RuleKey, fmt.Sprintf("key names %s twice", name), "Keep one.")
		}
	}
}

func baseType(text string) string {
	base, _, _ := strings.Cut(text, "(")
	return base
}

func fieldFix(name string, fields []Field) string {
	if closest, ok := closestField(name, fields); ok {
		return fmt.Sprintf("Did you mean %q?", closest)
	}
	return "Declare the field, or name another."
}

func hasField(fields []Field, name string) bool {
	return slices.ContainsFunc(fields, func(f Field) bool { return f.Name == name })
}

// eventTime takes the event time from the contract, or the only timestamp field.
func (d *derivation) eventTime() {
	p := &d.p
	if d.fieldsTwice() {
		return
	}
	fields := p.CommonFields()
	if p.EventTime.Field != "" {
		d.checkEventTime(fields)
		return
	}
	var stamps []string
	for _, f := range fields {
		if baseType(f.Type) == "timestamp" {
			stamps = append(stamps, f.Name)
		}
	}
	switch {
	case len(stamps) == 1 && timestampMillis(fields, stamps[0]):
		p.EventTime.Field = stamps[0]
		d.derived("event_time", stamps[0], "the only timestamp field")
	case len(stamps) > 1 && p.Kind == KindEvents:
		d.ask(RuleEventTime, "which field is the event time? several are timestamps: "+strings.Join(stamps, ", "), fmt.Sprintf("Write event_time: %s, or another of them.", stamps[0]))
	case len(stamps) == 1:
		d.ask(RuleEventTime, fmt.Sprintf("%s has microseconds and cannot be the event time", stamps[0]), "Declare it as timestamp (milliseconds), or name another field.")
	case p.Kind == KindEvents && len(fields) > 0 && !unknownType(fields):
		d.ask(RuleEventTime, "a product of events has no timestamp field, so nobody can tell how old its events are", "Add a field of type timestamp that says when it happened.")
	}
}

// unknownType reports whether the type of a field could not be read: it may have been meant as a timestamp.
func unknownType(fields []Field) bool {
	return slices.ContainsFunc(fields, func(f Field) bool {
		_, err := schemas.ParseType(f.Type)
		return err != nil
	})
}

func timestampMillis(fields []Field, name string) bool {
	for _, f := range fields {
		if f.Name == name {
			t, err := schemas.ParseType(f.Type)
			return err == nil && t.Precision == 3
		}
	}
	return false
}

func (d *derivation) checkEventTime(fields []Field) {
	path, name := "event_time", d.p.EventTime.Field
	if d.p.Has("event_time.field") {
		path = "event_time.field"
	}
	switch {
	case !hasField(fields, name):
		d.problem(path, RuleEventTime, fmt.Sprintf("event_time %s is not a field of the product", name), fieldFix(name, fields))
	case !timestampMillis(fields, name):
		d.problem(path, RuleEventTime, fmt.Sprintf("event_time %s is not a timestamp in milliseconds", name), "Declare it as type: timestamp.")
	}
}
