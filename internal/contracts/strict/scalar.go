package strict

import (
	"encoding"
	"fmt"
	"reflect"
	"strconv"

	"github.com/goccy/go-yaml/ast"
)

func (d *Decoder) text(node ast.Node, into encoding.TextUnmarshaler, path string) {
	shape := "a single value"
	if s, ok := into.(Shaper); ok {
		shape = s.Shape()
	}
	if !IsScalar(node) {
		d.wrongShape(node, path, shape)
		return
	}
	if err := into.UnmarshalText([]byte(Text(node))); err != nil {
		d.Problem(node, RuleValue, fmt.Sprintf("%s: %v", path, err), "Write "+shape+".")
	}
}

func (d *Decoder) scalar(node ast.Node, into reflect.Value, path string) {
	if !IsScalar(node) {
		d.wrongShape(node, path, scalarShape(into.Kind()))
		return
	}
	text, ok := Text(node), true
	switch into.Kind() {
	case reflect.String:
		into.SetString(text)
	case reflect.Bool:
		ok = text == "true" || text == "false"
		into.SetBool(text == "true")
	case reflect.Int:
		n, err := strconv.Atoi(text)
		ok = err == nil
		into.SetInt(int64(n))
	case reflect.Float64:
		f, err := strconv.ParseFloat(text, 64)
		ok = err == nil
		into.SetFloat(f)
	}
	if !ok {
		shape := scalarShape(into.Kind())
		d.Problem(node, RuleValue, fmt.Sprintf("%s: %q is not %s", path, text, shape), "Write "+shape+".")
	}
}

func scalarShape(kind reflect.Kind) string {
	switch kind {
	case reflect.Bool:
		return "true or false"
	case reflect.Int:
		return "a whole number"
	case reflect.Float64:
		return "a number"
	}
	return "a single value"
}

// Plain gives a node in JSON's types: map[string]any, []any, string, bool, int64, float64, nil. Numbers too large for
// these stay text.
func (d *Decoder) Plain(node ast.Node) any {
	if d.refused(node) {
		return nil
	}
	if d.depth++; d.depth > MaxDepth {
		d.depth--
		return nil
	}
	defer func() { d.depth-- }()
	if pairs, ok := Pairs(node); ok {
		object := make(map[string]any, len(pairs))
		for _, pair := range pairs {
			object[Text(pair.Key)] = d.Plain(pair.Value)
		}
		return object
	}
	if list, ok := node.(*ast.SequenceNode); ok {
		items := make([]any, len(list.Values))
		for i, item := range list.Values {
			items[i] = d.Plain(item)
		}
		return items
	}
	return plainScalar(node)
}

func plainScalar(node ast.Node) any {
	text := Text(node)
	switch node.(type) {
	case *ast.NullNode:
		return nil
	case *ast.BoolNode:
		return text == "true"
	case *ast.IntegerNode:
		if n, err := strconv.ParseInt(text, 0, 64); err == nil {
			return n
		}
	case *ast.FloatNode:
		if f, err := strconv.ParseFloat(text, 64); err == nil {
			return f
		}
	}
	return text
}
