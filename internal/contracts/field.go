package contracts

import (
	"fmt"

	"github.com/weftmesh/weft/internal/contracts/strict"
)

// Field is one field as a contract writes it.
type Field struct {
	Name        string      `yaml:"name"`
	Type        string      `yaml:"type"`
	Description string      `yaml:"description"`
	Required    bool        `yaml:"required"`
	PII         bool        `yaml:"pii"`
	Mask        string      `yaml:"mask" null:"text"` // hash, redact, partial, null
	Values      Values      `yaml:"values"`
	Items       *Member     `yaml:"items"`
	Fields      []Field     `yaml:"fields"`
	Default     any         `yaml:"default"`
	Min         string      `yaml:"min"`
	Max         string      `yaml:"max"`
	Pattern     string      `yaml:"pattern"`
	Format      string      `yaml:"format"`
	Unique      bool        `yaml:"unique"`
	Deprecated  bool        `yaml:"deprecated"`
	RenamedFrom string      `yaml:"renamed_from"`
	From        *From       `yaml:"from"`
	Declassify  *Declassify `yaml:"declassify"`
	Tags        []string    `yaml:"tags"`
}

// Masks are the ways to hide personal data.
var Masks = []string{"hash", "redact", "partial", "null"}

// From says where a source has the field.
type From struct {
	Path string `yaml:"path"`
	Unit string `yaml:"unit"` // s, ms, us, ns: of a number that is a time
}

// UnmarshalNode reads a path by itself or a mapping.
func (f *From) UnmarshalNode(d *strict.Decoder, node *strict.Node, path string) {
	if strict.IsScalar(node) {
		f.Path = strict.Text(node)
		return
	}
	type plain From
	d.Into(node, (*plain)(f), path)
}

// Declassify says why a field that comes from personal data is none.
type Declassify struct {
	Reason string `yaml:"reason"`
	By     string `yaml:"by"`
}

// Member is the type of an array's items or a map's values: a type's name by itself, or a field without a name.
type Member struct{ Field }

// UnmarshalNode reads both shapes.
func (m *Member) UnmarshalNode(d *strict.Decoder, node *strict.Node, path string) {
	if strict.IsScalar(node) {
		m.Type = strict.Text(node)
		return
	}
	d.Into(node, &m.Field, path)
}

// Values are an enum's symbols (a list) or a map's values (a type).
type Values struct {
	Symbols []string
	Of      *Member
}

// UnmarshalNode reads both shapes.
func (v *Values) UnmarshalNode(d *strict.Decoder, node *strict.Node, path string) {
	if strict.IsList(node) {
		d.Into(node, &v.Symbols, path)
		return
	}
	v.Of = &Member{}
	v.Of.UnmarshalNode(d, node, path)
}

// Names is one name or a list of them.
type Names []string

// UnmarshalNode reads both shapes.
func (n *Names) UnmarshalNode(d *strict.Decoder, node *strict.Node, path string) {
	if strict.IsScalar(node) {
		*n = Names{strict.Text(node)}
		return
	}
	d.Into(node, (*[]string)(n), path)
}

// EventTime says which field is the time of the event, and what jobs that read it allow for.
type EventTime struct {
	Field string   `yaml:"field"`
	Delay Duration `yaml:"delay"` // of the watermark
	Idle  Duration `yaml:"idle"`  // after which a silent partition no longer holds the watermark
}

// UnmarshalNode reads a field's name by itself or a mapping.
func (e *EventTime) UnmarshalNode(d *strict.Decoder, node *strict.Node, path string) {
	if strict.IsScalar(node) {
		e.Field = strict.Text(node)
		return
	}
	type plain EventTime
	d.Into(node, (*plain)(e), path)
}

// Event is one kind of event of a product, with fields and topic settings of its own.
type Event struct {
	Type   string  `yaml:"-"`
	Fields []Field `yaml:"fields"`
	Topic  Topic   `yaml:"topic"`
}

// Events are a product's events in the order of the file: a list of types, or a mapping of types to what they add.
type Events []Event

// UnmarshalNode reads both shapes.
func (e *Events) UnmarshalNode(d *strict.Decoder, node *strict.Node, path string) {
	if strict.IsList(node) {
		var types []string
		d.Into(node, &types, path)
		for _, name := range types {
			*e = append(*e, Event{Type: name})
		}
		return
	}
	d.Entries(node, path, "a list of event types, or a mapping of them", func(key string, _, value *strict.Node, at string) {
		event := Event{}
		if !strict.IsNull(value) {
			d.Into(value, &event, at)
		}
		event.Type = key
		*e = append(*e, event)
	})
}

// EventPath is the path of the i-th event in the file, for positions.
func (c *Contract) EventPath(i int) string {
	if list := fmt.Sprintf("events[%d]", i); c.Has(list) {
		return list
	}
	return "events." + c.Events[i].Type
}

// UnmarshalNode reads a version, which must be quoted: unquoted, 2.10 would be the number 2.1.
func (v *Version) UnmarshalNode(d *strict.Decoder, node *strict.Node, path string) {
	text := strict.Text(node)
	switch parsed, err := ParseVersion(text); {
	case !strict.IsScalar(node):
		d.Problem(node, strict.RuleShape, path+" is not a single value", "Write "+versionShape+".")
	case err != nil:
		d.Problem(node, strict.RuleValue, fmt.Sprintf("%s: %v", path, err), "Write "+versionShape+".")
	case !strict.Quoted(node):
		d.Problem(node, "version-quoted", fmt.Sprintf("version %s is not quoted", text), fmt.Sprintf("Write version: %q; unquoted, 2.10 and 2.1 are the same number.", text))
		*v = parsed
	default:
		*v = parsed
	}
}

const versionShape = `major.minor in quotes, as in "2.1"`
