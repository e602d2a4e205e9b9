package format

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/weftmesh/weft/internal/schemas"
)

// Fields writes the fields of a contract: one for each of those given, in their order, with the type and whether it is
// required; what else the contract says of a field stays, and so does required: true, which is a promise, and a type
// that is text in SQL as well (enum, uuid, json). Fields that are not given go.
func Fields(text string, fields []schemas.Field) (string, error) {
	var file yaml.Node
	if err := yaml.Unmarshal([]byte(text), &file); err != nil || len(file.Content) != 1 || file.Content[0].Kind != yaml.MappingNode {
		return text, ErrUnsure
	}
	top := file.Content[0]
	holder, indent := top, ""
	if schema := valueOf(top, "schema"); schema != nil && valueOf(top, "fields") == nil {
		holder, indent = schema, "  "
	}
	before := map[string]*yaml.Node{}
	if list := valueOf(holder, "fields"); list != nil {
		for _, f := range list.Content {
			if name := valueOf(f, "name"); name != nil {
				before[name.Value] = f
			}
		}
	}
	list := &yaml.Node{Kind: yaml.SequenceNode}
	for _, f := range fields {
		list.Content = append(list.Content, field(f, before[f.Name]))
	}
	return put(text, top, holder, indent, list)
}

func valueOf(mapping *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return mapping.Content[i+1]
		}
	}
	return nil
}

// field writes one field over what the contract says of it.
func field(f schemas.Field, before *yaml.Node) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle}
	set := func(key string, value *yaml.Node) { n.Content = append(n.Content, scalar(key), value) }
	set("name", scalar(f.Name))
	keeps := before != nil && valueOf(before, "type") != nil && f.Type.Kind == schemas.String &&
		slices.Contains([]string{"enum", "uuid", "json", "string"}, valueOf(before, "type").Value)
	if !keeps {
		typed(n, f.Type)
	} else {
		set("type", valueOf(before, "type"))
	}
	if f.Required || before != nil && valueOf(before, "required") != nil && valueOf(before, "required").Value == "true" {
		set("required", &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: "true"})
	}
	if before == nil {
		return n
	}
	n.HeadComment, n.LineComment = before.HeadComment, before.LineComment
	own := []string{"name", "type", "required"}
	if !keeps {
		own = append(own, "items", "fields", "values")
	}
	for i := 0; i+1 < len(before.Content); i += 2 {
		if key := before.Content[i]; !slices.Contains(own, key.Value) {
			n.Content = append(n.Content, key, before.Content[i+1])
		}
	}
	return n
}

// typed adds a type with what completes it.
func typed(n *yaml.Node, t schemas.Type) {
	set := func(key string, value *yaml.Node) { n.Content = append(n.Content, scalar(key), value) }
	set("type", scalar(t.String()))
	if t.Items != nil {
		items := &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle}
		typed(items, *t.Items)
		set("items", items)
	}
	if len(t.Fields) > 0 {
		members := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
		for _, f := range t.Fields {
			members.Content = append(members.Content, field(f, nil))
		}
		set("fields", members)
	}
}

func scalar(text string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}
	if strings.ContainsAny(text, ",[]{}:#") {
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}

// put replaces the lines of the list of fields, and leaves all others as they are.
func put(text string, top, holder *yaml.Node, indent string, list *yaml.Node) (string, error) {
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(list); err != nil {
		return text, fmt.Errorf("%w: %w", ErrUnsure, err)
	}
	var block []string
	for _, line := range strings.Split(strings.TrimRight(out.String(), "\n"), "\n") {
		block = append(block, indent+"  "+line)
	}
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	if holder != top && holder.Style&yaml.FlowStyle != 0 {
		return text, ErrUnsure
	}
	for i := 0; i+1 < len(holder.Content); i += 2 {
		if key, value := holder.Content[i], holder.Content[i+1]; key.Value == "fields" {
			if value.Style&yaml.FlowStyle != 0 && value.Line == key.Line && len(value.Content) > 0 {
				return text, ErrUnsure
			}
			lines[key.Line-1] = indent + "fields:"
			return strings.Join(slices.Concat(lines[:key.Line], block, lines[end(lines, key.Line, len(indent)):]), "\n") + "\n", nil
		}
	}
	if holder == top {
		lines = append(lines, "fields:")
		return strings.Join(append(lines, block...), "\n") + "\n", nil
	}
	at := holder.Line - 1
	return strings.Join(slices.Concat(lines[:at], []string{indent + "fields:"}, block, lines[at:]), "\n") + "\n", nil
}

// end is the first line after the block that begins after a line: one that is indented no more than its key.
func end(lines []string, after, indent int) int {
	for i := after; i < len(lines); i++ {
		trimmed := strings.TrimLeft(lines[i], " ")
		if depth := len(lines[i]) - len(trimmed); trimmed != "" && (depth < indent || depth == indent && !strings.HasPrefix(trimmed, "-")) {
			return i
		}
	}
	return len(lines)
}
