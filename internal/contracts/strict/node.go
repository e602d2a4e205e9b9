package strict

import (
	"regexp"

	"go.yaml.in/yaml/v3"
)

// IsMapping reports whether a node is a mapping.
func IsMapping(node *Node) bool { return node.Kind == yaml.MappingNode }

// IsList reports whether a node is a list.
func IsList(node *Node) bool { return node.Kind == yaml.SequenceNode }

// IsScalar reports whether a node is a single value.
func IsScalar(node *Node) bool { return node.Kind == yaml.ScalarNode }

// Text is a scalar as it is written, without its quotes; "" for what is no scalar.
func Text(node *Node) string {
	if !IsScalar(node) {
		return ""
	}
	return node.Value
}

// Quoted reports whether a scalar is text by its quotes or block style.
func Quoted(node *Node) bool {
	return IsScalar(node) && node.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0
}

// The forms of plain scalars (YAML 1.2, section 10.3.2: the core schema).
var (
	nullForm    = regexp.MustCompile(`^(null|Null|NULL|~|)$`)
	boolForm    = regexp.MustCompile(`^(true|True|TRUE|false|False|FALSE)$`)
	decimalForm = regexp.MustCompile(`^[-+]?[0-9]+$`)
	octalForm   = regexp.MustCompile(`^0o[0-7]+$`)
	hexForm     = regexp.MustCompile(`^0x[0-9a-fA-F]+$`)
	floatForm   = regexp.MustCompile(`^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`)
)

// IsNull reports whether a node is no value: nothing, ~ or the word null.
func IsNull(node *Node) bool {
	return IsScalar(node) && !Quoted(node) && nullForm.MatchString(node.Value)
}
