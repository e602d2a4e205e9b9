package strict

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
)

func (d *Decoder) text(node *Node, into encoding.TextUnmarshaler, path string) {
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

func (d *Decoder) scalar(node *Node, into reflect.Value, path string) {
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
		d.Problem(node, RuleValue, fmt.Sprintf("%s: %q is not %s", path, shown(text), shape), "Write "+shape+".")
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

// Exact gives a node as Plain does, but numbers as json.Number, as they are written, and keeps the positions of all
// values in it. A whole number in another base is read into decimal digits.
func (d *Decoder) Exact(node *Node, path string) any {
	if !IsNull(node) {
		d.positions.values[path] = d.place(node)
	}
	if d.refused(node) {
		return nil
	}
	if d.depth++; d.depth > MaxDepth {
		d.tooDeep(node)
		d.depth--
		return nil
	}
	defer func() { d.depth-- }()
	switch {
	case IsMapping(node):
		object := make(map[string]any, len(node.Content)/2)
		d.Entries(node, path, "a mapping", func(key string, _, value *Node, at string) { object[key] = d.Exact(value, at) })
		return object
	case IsList(node):
		items := make([]any, len(node.Content))
		for i, item := range node.Content {
			items[i] = d.Exact(item, fmt.Sprintf("%s[%d]", path, i))
		}
		return items
	}
	return exactScalar(node)
}

func exactScalar(node *Node) any {
	value := plainScalar(node)
	switch value := value.(type) {
	case int64:
		return json.Number(strconv.FormatInt(value, 10))
	case float64:
		return json.Number(node.Value)
	case string:
		if !Quoted(node) && decimalForm.MatchString(node.Value) { // too large for an int64
			return json.Number(node.Value)
		}
	}
	return value
}

// Plain gives a node in JSON's types: map[string]any, []any, string, bool, int64, float64, nil. Numbers too large for
// these stay text.
func (d *Decoder) Plain(node *Node) any {
	if d.refused(node) {
		return nil
	}
	if d.depth++; d.depth > MaxDepth {
		d.tooDeep(node)
		d.depth--
		return nil
	}
	defer func() { d.depth-- }()
	switch {
	case IsMapping(node):
		return d.plainMapping(node)
	case IsList(node):
		items := make([]any, len(node.Content))
		for i, item := range node.Content {
			items[i] = d.Plain(item)
		}
		return items
	}
	return plainScalar(node)
}

func (d *Decoder) plainMapping(node *Node) any {
	object := make(map[string]any, len(node.Content)/2)
	for i := 0; i+1 < len(node.Content); i += 2 {
		keyNode := node.Content[i]
		if d.refused(keyNode) || d.noKey(keyNode) {
			continue
		}
		name := Text(keyNode)
		if _, repeated := object[name]; repeated {
			d.Problem(keyNode, RuleRepeated, fmt.Sprintf("%s is written twice", name), "Keep one of the two.")
			continue
		}
		object[name] = d.Plain(node.Content[i+1])
	}
	return object
}

func plainScalar(node *Node) any {
	text := node.Value
	switch {
	case Quoted(node):
		return text
	case nullForm.MatchString(text):
		return nil
	case boolForm.MatchString(text):
		return text[0] == 't' || text[0] == 'T'
	case decimalForm.MatchString(text):
		return number(text, text, 10)
	case octalForm.MatchString(text):
		return number(text, text[2:], 8)
	case hexForm.MatchString(text):
		return number(text, text[2:], 16)
	case floatForm.MatchString(text):
		if f, err := strconv.ParseFloat(text, 64); err == nil {
			return f
		}
	}
	return text
}

// number is a whole number, or its text where it is too large.
func number(text, digits string, base int) any {
	if n, err := strconv.ParseInt(digits, base, 64); err == nil {
		return n
	}
	return text
}
