package strict

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"sort"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/weftmesh/weft/internal/diags"
)

// Unmarshaler is a type that reads its own node: where a value may have several shapes.
type Unmarshaler interface {
	UnmarshalNode(d *Decoder, node *Node, path string)
}

// Shaper names the shape of a type for messages: "a duration, as in 30s, 5m, 2h or 7d".
type Shaper interface{ Shape() string }

// Into reads a node into what into points to, and keeps its position under the path.
func (d *Decoder) Into(node *Node, into any, path string) {
	d.value(node, reflect.ValueOf(into).Elem(), path)
}

func (d *Decoder) value(node *Node, into reflect.Value, path string) {
	if IsNull(node) {
		if path != "" && into.Kind() != reflect.Interface {
			d.Problem(node, RuleShape, fmt.Sprintf("%s has no value", path), "Write a value, or leave the key out.")
		}
		return
	}
	d.positions.values[path] = d.place(node)
	if d.depth++; d.depth > MaxDepth {
		d.tooDeep(node)
		d.depth--
		return
	}
	defer func() { d.depth-- }()
	if d.refused(node) {
		return
	}
	d.shaped(node, into, path)
}

func (d *Decoder) tooDeep(node *Node) {
	d.Problem(node, RuleLimit, "the file is nested too deeply", "Nest less; "+strconv.Itoa(MaxDepth)+" levels are read.")
}

func (d *Decoder) shaped(node *Node, into reflect.Value, path string) {
	if into.Kind() == reflect.Pointer {
		into.Set(reflect.New(into.Type().Elem()))
		into = into.Elem()
	}
	switch target := into.Addr().Interface().(type) {
	case Unmarshaler:
		target.UnmarshalNode(d, node, path)
		return
	case encoding.TextUnmarshaler:
		d.text(node, target, path)
		return
	}
	switch into.Kind() {
	case reflect.Struct:
		d.structure(node, into, path)
	case reflect.Map:
		d.mapping(node, into, path)
	case reflect.Slice:
		d.sequence(node, into, path)
	case reflect.Interface:
		into.Set(reflect.ValueOf(d.Plain(node)))
	default:
		d.scalar(node, into, path)
	}
}

// refused reports the parts of YAML that hide what is meant.
func (d *Decoder) refused(node *Node) bool {
	what := ""
	switch {
	case node.Kind == yaml.AliasNode || node.Anchor != "":
		what = "anchors and aliases are not read"
	case node.Style&yaml.TaggedStyle != 0:
		what = "tags are not read"
	case node.Tag == "!!merge":
		what = "merge keys are not read"
	}
	if what != "" {
		d.Problem(node, RuleShape, what, "Write the value out.")
	}
	return what != ""
}

// Entries calls visit for every key of a mapping, once each, and keeps the keys' positions. shape says what was
// expected where the node is no mapping.
func (d *Decoder) Entries(node *Node, path, shape string, visit func(key string, keyNode, value *Node, path string)) {
	if !IsMapping(node) {
		d.wrongShape(node, path, shape)
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		keyNode, value := node.Content[i], node.Content[i+1]
		if d.refused(keyNode) || d.noKey(keyNode) {
			continue
		}
		key := Text(keyNode)
		at := join(path, key)
		if seen[key] {
			d.Problem(keyNode, RuleRepeated, fmt.Sprintf("%s is written twice", at), "Keep one of the two.")
			continue
		}
		seen[key] = true
		d.positions.keys[at] = d.place(keyNode)
		visit(key, keyNode, value, at)
	}
}

// noKey reports a key that is a list, a mapping or nothing.
func (d *Decoder) noKey(node *Node) bool {
	bad := !IsScalar(node) || node.Value == ""
	if bad {
		d.Problem(node, RuleShape, "a key is not a single word", "Write KEY: VALUE; quote text that starts with ?, [ or {.")
	}
	return bad
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func (d *Decoder) structure(node *Node, into reflect.Value, path string) {
	fields := d.keysOf(into.Type())
	d.Entries(node, path, shapeOf(into), func(name string, keyNode, value *Node, at string) {
		field, known := fields[name]
		switch {
		case !known:
			d.unknownKey(node, keyNode, name, path, fields)
		case field.nullIsText && writtenNull(value):
			d.positions.values[at] = d.place(value)
			into.FieldByIndex(field.index).SetString(Text(value))
		default:
			d.value(value, into.FieldByIndex(field.index), at)
		}
	})
}

// writtenNull reports whether a value is the word null, not merely absent.
func writtenNull(node *Node) bool {
	return IsNull(node) && node.Value == "null"
}

func (d *Decoder) unknownKey(mapping, node *Node, name, path string, fields map[string]key) {
	known := make([]string, 0, len(fields))
	for one := range fields {
		known = append(known, one)
	}
	sort.Strings(known)
	summary := fmt.Sprintf("%q is not a key that is known here", name)
	if path != "" {
		summary = fmt.Sprintf("%q is not a key of %s", name, path)
	}
	fix := "Known here: " + strings.Join(known, ", ") + "."
	if closest, ok := diags.Closest(name, absent(mapping, known)); ok {
		fix = fmt.Sprintf("Did you mean %q?", closest)
	}
	d.Problem(node, RuleUnknownKey, summary, fix)
}

// absent leaves out the keys that a mapping has already: none of them is what was meant by another.
func absent(mapping *Node, known []string) []string {
	return slices.DeleteFunc(slices.Clone(known), func(name string) bool {
		for i := 0; i+1 < len(mapping.Content); i += 2 {
			if Text(mapping.Content[i]) == name {
				return true
			}
		}
		return false
	})
}

// key is where a struct keeps the value of one key, and how that is read.
type key struct {
	index      []int
	nullIsText bool // by the tag null:"text": the word null is text as any other
}

// keysOf maps the yaml tags of a struct's fields, embedded structs included, to their places.
func (d *Decoder) keysOf(t reflect.Type) map[string]key {
	if known, ok := d.keys[t]; ok {
		return known
	}
	keys := map[string]key{}
	for _, field := range reflect.VisibleFields(t) {
		if tag, ok := field.Tag.Lookup("yaml"); ok && tag != "-" {
			keys[tag] = key{field.Index, field.Tag.Get("null") == "text"}
		}
	}
	d.keys[t] = keys
	return keys
}

func (d *Decoder) mapping(node *Node, into reflect.Value, path string) {
	into.Set(reflect.MakeMap(into.Type()))
	d.Entries(node, path, "a mapping of names to values", func(key string, _, value *Node, at string) {
		item := reflect.New(into.Type().Elem()).Elem()
		d.value(value, item, at)
		into.SetMapIndex(reflect.ValueOf(key).Convert(into.Type().Key()), item)
	})
}

func (d *Decoder) sequence(node *Node, into reflect.Value, path string) {
	if !IsList(node) {
		d.wrongShape(node, path, "a list")
		return
	}
	into.Set(reflect.MakeSlice(into.Type(), len(node.Content), len(node.Content)))
	for i, item := range node.Content {
		d.value(item, into.Index(i), fmt.Sprintf("%s[%d]", path, i))
	}
}

func (d *Decoder) wrongShape(node *Node, path, shape string) {
	name := path
	if name == "" {
		name = "the file"
	}
	d.Problem(node, RuleShape, fmt.Sprintf("%s is %s where %s belongs", name, shapeOfNode(node), shape), "Write "+shape+".")
}

func shapeOf(v reflect.Value) string {
	if s, ok := v.Addr().Interface().(Shaper); ok {
		return s.Shape()
	}
	return "a mapping"
}

func shapeOfNode(node *Node) string {
	switch {
	case IsMapping(node):
		return "a mapping"
	case IsList(node):
		return "a list"
	}
	return "a single value"
}
