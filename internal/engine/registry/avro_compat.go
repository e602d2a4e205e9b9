package registry

import (
	"fmt"
	"slices"
	"strings"

	"github.com/twmb/avro"
)

// incompatibility is one reason why a reader's schema cannot read a writer's data, with the words and the fields that
// Confluent's registry uses (io.confluent.kafka.schemaregistry.avro.Difference).
type incompatibility struct {
	kind        string
	description string
	info        string
}

// String gives Confluent's form of a message.
func (i incompatibility) String() string {
	return fmt.Sprintf("{errorType:'%s', description:'%s', additionalInfo:'%s'}", i.kind, i.description, i.info)
}

// avroCompat compares a reader's schema with a writer's after the rules of schema resolution (Apache Avro 1.12
// specification) as Java's SchemaCompatibility applies them: all differences, not the first; names compared without
// namespace; logical types not compared. The library's own check stops at the first difference.
type avroCompat struct {
	reader, writer names
	seen           map[[2]string]bool
	found          []incompatibility
}

// names are the named types of one schema.
type names map[string]*avro.SchemaNode

func readerProblems(reader, writer *avro.SchemaNode) []incompatibility {
	c := &avroCompat{reader: names{}, writer: names{}, seen: map[[2]string]bool{}}
	c.reader.collect(reader)
	c.writer.collect(writer)
	c.compare(reader, writer, "")
	return c.found
}

func (n names) collect(node *avro.SchemaNode) {
	if node == nil {
		return
	}
	if node.Name != "" {
		n[fullName(node)] = node
	}
	for i := range node.Fields {
		n.collect(&node.Fields[i].Type)
	}
	for i := range node.Branches {
		n.collect(&node.Branches[i])
	}
	n.collect(node.Items)
	n.collect(node.Values)
}

func fullName(node *avro.SchemaNode) string {
	if node.Namespace == "" || strings.Contains(node.Name, ".") {
		return node.Name
	}
	return node.Namespace + "." + node.Name
}

// resolve follows a reference to a named type.
func (n names) resolve(node *avro.SchemaNode) *avro.SchemaNode {
	if definition, ok := n[node.Type]; ok {
		return definition
	}
	return node
}

func shortName(node *avro.SchemaNode) string {
	return node.Name[strings.LastIndex(node.Name, ".")+1:]
}

func (c *avroCompat) report(kind, info, format string, args ...any) {
	c.found = append(c.found, incompatibility{kind: kind, description: fmt.Sprintf(format, args...), info: info})
}

func (c *avroCompat) compare(reader, writer *avro.SchemaNode, path string) {
	reader, writer = c.reader.resolve(reader), c.writer.resolve(writer)
	if reader.Name != "" && writer.Name != "" {
		pair := [2]string{fullName(reader), fullName(writer)}
		if c.seen[pair] {
			return
		}
		c.seen[pair] = true
	}
	switch {
	case writer.Type == "union":
		c.writerUnion(reader, writer, path)
	case reader.Type == "union":
		c.readerUnion(reader, writer, path)
	case reader.Type == writer.Type:
		c.sameType(reader, writer, path)
	case !promotes(writer.Type, reader.Type):
		c.typeMismatch(reader, writer, path)
	}
}

func (c *avroCompat) typeMismatch(reader, writer *avro.SchemaNode, path string) {
	info := fmt.Sprintf("reader type: %s not compatible with writer type: %s", strings.ToUpper(reader.Type), strings.ToUpper(writer.Type))
	c.report("TYPE_MISMATCH", info, "The type (path '%s') of a field in the new schema does not match with the old schema", root(path))
}

func root(path string) string {
	if path == "" {
		return "/"
	}
	return path
}

// promotes are the widenings that a reader accepts (specification, Schema Resolution).
func promotes(writer, reader string) bool {
	switch writer {
	case "int":
		return reader == "long" || reader == "float" || reader == "double"
	case "long":
		return reader == "float" || reader == "double"
	case "float":
		return reader == "double"
	case "string":
		return reader == "bytes"
	case "bytes":
		return reader == "string"
	}
	return false
}

// writerUnion asks that the reader reads every branch. A reader that is no union must read each by itself.
func (c *avroCompat) writerUnion(reader, writer *avro.SchemaNode, path string) {
	for i := range writer.Branches {
		branch := c.writer.resolve(&writer.Branches[i])
		if reader.Type == "union" {
			if !c.readable(reader, branch) {
				c.missingBranch(branch, i, path)
			}
			continue
		}
		c.compare(reader, branch, path)
	}
}

func (c *avroCompat) readerUnion(reader, writer *avro.SchemaNode, path string) {
	if !c.readable(reader, writer) {
		c.missingBranch(writer, -1, path)
	}
}

func (c *avroCompat) missingBranch(branch *avro.SchemaNode, i int, path string) {
	if i >= 0 {
		path = fmt.Sprintf("%s/%d", path, i)
	}
	c.report("MISSING_UNION_BRANCH", "reader union lacking writer type: "+strings.ToUpper(branch.Type),
		"The new schema is missing a type inside a union field at path '%s' in the old schema", root(path))
}

// readable reports whether a branch of the reader's union reads the writer's type.
func (c *avroCompat) readable(union, writer *avro.SchemaNode) bool {
	for i := range union.Branches {
		attempt := &avroCompat{reader: c.reader, writer: c.writer, seen: copySeen(c.seen)}
		attempt.compare(&union.Branches[i], writer, "")
		if len(attempt.found) == 0 {
			return true
		}
	}
	return false
}

func copySeen(seen map[[2]string]bool) map[[2]string]bool {
	copied := make(map[[2]string]bool, len(seen))
	for pair := range seen {
		copied[pair] = true
	}
	return copied
}

func (c *avroCompat) sameType(reader, writer *avro.SchemaNode, path string) {
	switch reader.Type {
	case "array":
		c.compare(reader.Items, writer.Items, path+"/items")
	case "map":
		c.compare(reader.Values, writer.Values, path+"/values")
	case "fixed":
		if c.sameName(reader, writer, path) && reader.Size != writer.Size {
			c.report("FIXED_SIZE_MISMATCH", fmt.Sprintf("expected: %d, found: %d", writer.Size, reader.Size),
				"The size of FIXED type field at path '%s/size' in the new schema does not match with the old schema", path)
		}
	case "enum":
		if c.sameName(reader, writer, path) {
			c.enum(reader, writer, path)
		}
	case "record", "error":
		if c.sameName(reader, writer, path) {
			c.record(reader, writer, path)
		}
	}
}

func (c *avroCompat) sameName(reader, writer *avro.SchemaNode, path string) bool {
	if shortName(reader) == shortName(writer) || slices.Contains(reader.Aliases, fullName(writer)) || slices.Contains(reader.Aliases, writer.Name) {
		return true
	}
	c.report("NAME_MISMATCH", "expected: "+fullName(writer), "The name of the schema has changed (path '%s/name')", path)
	return false
}

func (c *avroCompat) enum(reader, writer *avro.SchemaNode, path string) {
	if reader.HasEnumDefault {
		return
	}
	var missing []string
	for _, symbol := range writer.Symbols {
		if !slices.Contains(reader.Symbols, symbol) {
			missing = append(missing, symbol)
		}
	}
	if len(missing) > 0 {
		c.report("MISSING_ENUM_SYMBOLS", "["+strings.Join(missing, ", ")+"]",
			"The new schema is missing enum symbols '[%s]' at path '%s/symbols' in the old schema", strings.Join(missing, ", "), path)
	}
}

func (c *avroCompat) record(reader, writer *avro.SchemaNode, path string) {
	for i := range reader.Fields {
		field := &reader.Fields[i]
		at := fmt.Sprintf("%s/fields/%d", path, i)
		from := writerField(field, writer)
		switch {
		case from != nil:
			c.compare(&field.Type, &from.Type, at+"/type")
		case !field.HasDefault:
			c.report("READER_FIELD_MISSING_DEFAULT_VALUE", field.Name,
				"The field '%s' at path '%s' in the new schema has no default value and is missing in the old schema", field.Name, at)
		}
	}
}

func writerField(field *avro.SchemaField, writer *avro.SchemaNode) *avro.SchemaField {
	for i := range writer.Fields {
		if writer.Fields[i].Name == field.Name {
			return &writer.Fields[i]
		}
	}
	for i := range writer.Fields {
		if slices.Contains(field.Aliases, writer.Fields[i].Name) {
			return &writer.Fields[i]
		}
	}
	return nil
}
