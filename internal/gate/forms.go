package gate

import (
	"encoding/json"
	"strconv"

	"github.com/twmb/avro"
)

// form is how a source writes the values of a column, where its schema says so: Kafka Connect's name of a logical type
// (Debezium, "Data types"), its scale, or Avro's own.
type form struct {
	known  bool   // there is a schema
	base   string // int32, int64, string, bytes, double ... (Connect's types)
	name   string // org.apache.kafka.connect.data.Decimal, io.debezium.time.MicroTimestamp ...; "" for none
	scale  int
	fields map[string]form // of a struct
	items  *form           // of an array
}

// Names of logical types.
const (
	connectDecimal   = "org.apache.kafka.connect.data.Decimal"
	connectDate      = "org.apache.kafka.connect.data.Date"
	connectTime      = "org.apache.kafka.connect.data.Time"
	connectTimestamp = "org.apache.kafka.connect.data.Timestamp"
	variableDecimal  = "io.debezium.data.VariableScaleDecimal"
	debeziumTime     = "io.debezium.time."
)

// connectSchema is a schema in the form of Connect's JsonConverter.
type connectSchema struct {
	Type       string            `json:"type"`
	Name       string            `json:"name"`
	Field      string            `json:"field"`
	Parameters map[string]string `json:"parameters"`
	Fields     []connectSchema   `json:"fields"`
	Items      *connectSchema    `json:"items"`
}

func (c connectSchema) form() form {
	f := form{known: true, base: c.Type, name: c.Name, fields: map[string]form{}}
	f.scale, _ = strconv.Atoi(c.Parameters["scale"])
	if c.Items != nil {
		f.items = new(c.Items.form())
	}
	for _, member := range c.Fields {
		f.fields[member.Field] = member.form()
	}
	return f
}

// connectForm reads the schema that stands beside a payload; one that is none is no form.
func connectForm(schema any) form {
	text, err := json.Marshal(schema)
	if err != nil {
		return form{}
	}
	var c connectSchema
	if json.Unmarshal(text, &c) != nil || c.Type == "" {
		return form{}
	}
	return c.form()
}

// avroBases are Connect's names of Avro's types (Confluent, AvroData).
var avroBases = map[string]string{"int": "int32", "long": "int64", "float": "float", "double": "double", "boolean": "boolean", "string": "string", "bytes": "bytes", "enum": "string", "fixed": "bytes"}

// avroForm is the form of an Avro schema. Debezium's logical types stand in connect.name.
func avroForm(n *avro.SchemaNode, seen map[string]*avro.SchemaNode) form {
	if known, ok := seen[n.Type]; ok {
		n = known
	}
	if n.Type == "union" {
		for i := range n.Branches {
			if n.Branches[i].Type != "null" {
				return avroForm(&n.Branches[i], seen)
			}
		}
		return form{}
	}
	f := form{known: true, base: avroBases[n.Type], scale: n.Scale}
	f.name, _ = n.Props["connect.name"].(string)
	if n.LogicalType == "decimal" {
		f.name = connectDecimal
	}
	if n.Type == "array" && n.Items != nil {
		f.items = new(avroForm(n.Items, seen))
	}
	if n.Type != "record" {
		return f
	}
	f.base, f.fields = "struct", map[string]form{}
	for _, name := range []string{n.Name, n.Namespace + "." + n.Name} {
		seen[name] = n
	}
	for i := range n.Fields {
		f.fields[n.Fields[i].Name] = avroForm(&n.Fields[i].Type, seen)
	}
	return f
}
