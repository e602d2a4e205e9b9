package strict

import (
	"encoding"
	"fmt"
	"reflect"
	"sort"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"github.com/weftmesh/weft/internal/diags"
)

// Unmarshaler is a type that reads its own node: where a value may have several shapes.
type Unmarshaler interface {
	UnmarshalNode(d *Decoder, node ast.Node, path string)
}

// Shaper names the shape of a type for messages: "a duration, as in 30s, 5m, 2h or 7d".
type Shaper interface{ Shape() string }

// Into reads a node into what into points to, and keeps its position under the path.
func (d *Decoder) Into(node ast.Node, into any, path string) {
	d.value(node, reflect.ValueOf(into).Elem(), path)
}

func (d *Decoder) value(node ast.Node, into reflect.Value, path string) {
	if _, null := node.(*ast.NullNode); null {
		if path != "" && into.Kind() != reflect.Interface {
			d.Problem(node, RuleShape, fmt.Sprintf("%s has no value", path), "Write a value, or leave the key out.")
		}
		return
	}
	d.positions.values[path] = d.place(node)
	if d.depth++; d.depth > MaxDepth {
		d.Problem(node, RuleLimit, "the file is nested too deeply", "Nest less; "+strconv.Itoa(MaxDepth)+" levels are read.")
		d.depth--
		return
	}
	defer func() { d.depth-- }()
	if d.refused(node) {
		return
	}
	d.shaped(node, into, path)
}

func (d *Decoder) shaped(node ast.Node, into reflect.Value, path string) {
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
func (d *Decoder) refused(node ast.Node) bool {
	what := ""
	switch node.(type) {
	case *ast.AnchorNode, *ast.AliasNode:
		what = "anchors and aliases are not read"
	case *ast.TagNode:
		what = "tags are not read"
	case *ast.MergeKeyNode:
		what = "merge keys are not read"
	}
	if what != "" {
		d.Problem(node, RuleShape, what, "Write the value out.")
	}
	return what != ""
}

// Pairs gives the keys and values of a mapping, in order; ok is false for another shape.
func Pairs(node ast.Node) (pairs []*ast.MappingValueNode, ok bool) {
	switch n := node.(type) {
	case *ast.MappingNode:
		return n.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, true
	}
	return nil, false
}

// Entries calls visit for every key of a mapping, once each, and keeps the keys' positions. shape says what was
// expected where the node is no mapping.
func (d *Decoder) Entries(node ast.Node, path, shape string, visit func(key string, keyNode, value ast.Node, path string)) {
	pairs, ok := Pairs(node)
	if !ok {
		d.wrongShape(node, path, shape)
		return
	}
	seen := map[string]bool{}
	for _, pair := range pairs {
		if d.refused(pair.Key) {
			continue
		}
		key := Text(pair.Key)
		at := join(path, key)
		if seen[key] {
			d.Problem(pair.Key, RuleRepeated, fmt.Sprintf("%s is written twice", at), "Keep one of the two.")
			continue
		}
		seen[key] = true
		d.positions.keys[at] = d.place(pair.Key)
		visit(key, pair.Key, pair.Value, at)
	}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func (d *Decoder) structure(node ast.Node, into reflect.Value, path string) {
	fields := keysOf(into.Type())
	d.Entries(node, path, shapeOf(into), func(key string, keyNode, value ast.Node, at string) {
		index, known := fields[key]
		if !known {
			d.unknownKey(keyNode, key, path, fields)
			return
		}
		d.value(value, into.FieldByIndex(index), at)
	})
}

func (d *Decoder) unknownKey(node ast.Node, key, path string, fields map[string][]int) {
	known := make([]string, 0, len(fields))
	for name := range fields {
		known = append(known, name)
	}
	sort.Strings(known)
	summary := fmt.Sprintf("%q is not a key that is known here", key)
	if path != "" {
		summary = fmt.Sprintf("%q is not a key of %s", key, path)
	}
	fix := "Known here: " + strings.Join(known, ", ") + "."
	if closest, ok := diags.Closest(key, known); ok {
		fix = fmt.Sprintf("Did you mean %q?", closest)
	}
	d.Problem(node, RuleUnknownKey, summary, fix)
}

// keysOf maps the yaml tags of a struct's fields, embedded structs included, to their places.
func keysOf(t reflect.Type) map[string][]int {
	keys := map[string][]int{}
	for _, field := range reflect.VisibleFields(t) {
		if tag, ok := field.Tag.Lookup("yaml"); ok && tag != "-" {
			keys[tag] = field.Index
		}
	}
	return keys
}

func (d *Decoder) mapping(node ast.Node, into reflect.Value, path string) {
	into.Set(reflect.MakeMap(into.Type()))
	d.Entries(node, path, "a mapping of names to values", func(key string, _, value ast.Node, at string) {
		item := reflect.New(into.Type().Elem()).Elem()
		d.value(value, item, at)
		into.SetMapIndex(reflect.ValueOf(key).Convert(into.Type().Key()), item)
	})
}

func (d *Decoder) sequence(node ast.Node, into reflect.Value, path string) {
	list, ok := node.(*ast.SequenceNode)
	if !ok {
		d.wrongShape(node, path, "a list")
		return
	}
	into.Set(reflect.MakeSlice(into.Type(), len(list.Values), len(list.Values)))
	for i, item := range list.Values {
		d.value(item, into.Index(i), fmt.Sprintf("%s[%d]", path, i))
	}
}

func (d *Decoder) wrongShape(node ast.Node, path, shape string) {
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

func shapeOfNode(node ast.Node) string {
	switch node.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	}
	return "a single value"
}

// Text is a scalar as it is written, without its quotes; "" for what is no scalar.
func Text(node ast.Node) string {
	switch n := node.(type) {
	case *ast.StringNode:
		return n.Value
	case *ast.LiteralNode:
		return n.Value.Value
	case *ast.MappingKeyNode:
		return Text(n.Value)
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NullNode, *ast.InfinityNode, *ast.NanNode:
		return node.GetToken().Value
	}
	return ""
}

// Quoted reports whether a scalar is text by its quotes or block style.
func Quoted(node ast.Node) bool {
	switch n := node.(type) {
	case *ast.LiteralNode:
		return true
	case *ast.StringNode:
		return n.Token.Type == token.SingleQuoteType || n.Token.Type == token.DoubleQuoteType
	}
	return false
}

// IsScalar reports whether a node is a single value.
func IsScalar(node ast.Node) bool {
	switch node.(type) {
	case *ast.StringNode, *ast.LiteralNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NullNode, *ast.InfinityNode, *ast.NanNode:
		return true
	}
	return false
}
