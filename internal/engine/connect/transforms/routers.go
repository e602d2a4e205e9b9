package transforms

import (
	"slices"

	"github.com/weftmesh/weft/internal/engine/connect/data"
)

// regexRouter gives records another topic (Kafka Connect, RegexRouter).
type regexRouter struct {
	regex       expression
	replacement string
	topics      map[string]string // what was found, as topics are few
}

func newRegexRouter(o *options) step {
	return &regexRouter{
		regex: o.expression("regex", o.needed("regex")), replacement: o.replacement("regex", "replacement"), topics: map[string]string{},
	}
}

// replacement is a key that says what takes the place of an expression's match.
func (o *options) replacement(expression, name string) string {
	_, given := o.c.config[o.prefix+name]
	replacement := o.text(name, "")
	if !given {
		o.problem(name, "is missing")
	}
	e := (&options{c: &compiler{}}).expression("", o.c.config[o.prefix+expression]) // whose own problems are told elsewhere
	if why := e.judge(replacement); why != "" {
		o.problem(name, "%s", why)
	}
	return replacement
}

func (t *regexRouter) apply(r data.Record) (data.Record, bool, error) {
	topic, known := t.topics[r.Topic]
	if !known {
		topic, _ = t.regex.replaced(r.Topic, t.replacement)
		t.topics[r.Topic] = topic
	}
	r.Topic = topic
	return r, true, nil
}

// logical gives the records of several tables one topic, and their keys the table (Debezium, "Topic Routing":
// ByLogicalTableRouter, since 3.x ToLogicalTopicRouter). Schemas are named after the new topic.
type logical struct {
	topic       expression
	replacement string
	unique      bool
	field       string
	key         expression
	keyText     string
	avro        bool
	routes      map[string]route
	schemas     map[*data.Schema]*data.Schema // of keys and envelopes
	buf         []byte
}

// route is where a topic leads, and what tells its table in keys; "" stays where it is.
type route struct{ topic, table string }

func logicalRouter(field, cache string) kind {
	return func(o *options) step {
		o.text(cache, "") // ours has no bound, as topics are few
		t := &logical{
			topic: o.expression("topic.regex", o.needed("topic.regex")), replacement: o.replacement("topic.regex", "topic.replacement"),
			unique: o.flag("key.enforce.uniqueness", true), field: o.text("key.field.name", field),
			key: o.expression("key.field.regex", o.text("key.field.regex", "")), keyText: o.text("key.field.replacement", ""),
			avro:   o.choice("schema.name.adjustment.mode", "none", "none", "avro", "avro_unicode") != "none",
			routes: map[string]route{}, schemas: map[*data.Schema]*data.Schema{},
		}
		if t.key.set() && t.keyText == "" {
			o.problem("key.field.replacement", "is missing, as key.field.regex is set")
		}
		return t
	}
}

func (t *logical) apply(r data.Record) (data.Record, bool, error) {
	to := t.route(r.Topic)
	if to.topic == "" {
		return r, true, nil
	}
	r.Topic = to.topic
	if r.Key != nil {
		r.KeySchema = t.schema(r.KeySchema, r.Topic, t.keySchema)
		if t.unique {
			t.buf = data.AppendString(append(t.buf[:0], r.Key...), to.table)
			r.Key = t.buf
		}
	}
	if r.Value != nil && envelope(r.ValueSchema) {
		r.ValueSchema = t.schema(r.ValueSchema, r.Topic, t.envelopeSchema)
	}
	return r, true, nil
}

func (t *logical) route(topic string) route {
	to, known := t.routes[topic]
	if known {
		return to
	}
	if name, matches := t.topic.replaced(topic, t.replacement); matches && name != "" {
		to = route{name, topic}
		if t.key.set() {
			to.table, _ = t.key.replaced(topic, t.keyText)
		}
	}
	t.routes[topic] = to
	return to
}

func (t *logical) schema(of *data.Schema, topic string, made func(*data.Schema, string) *data.Schema) *data.Schema {
	schema, known := t.schemas[of]
	if !known {
		schema = made(of, topic)
		t.schemas[of] = schema
	}
	return schema
}

func (t *logical) keySchema(of *data.Schema, topic string) *data.Schema {
	schema := *of
	schema.Name, schema.Fields = t.name(topic+".Key"), slices.Clone(of.Fields)
	if t.unique {
		schema.Fields = append(schema.Fields, data.Field{Name: t.field, Schema: &data.Schema{Kind: data.String}})
	}
	return &schema
}

func (t *logical) envelopeSchema(of *data.Schema, topic string) *data.Schema {
	schema := *of
	schema.Name, schema.Fields = t.name(topic+".Envelope"), slices.Clone(of.Fields)
	var row *data.Schema
	for i, f := range schema.Fields {
		if f.Name != "before" && f.Name != "after" {
			continue
		}
		if row == nil {
			renamed := *f.Schema
			renamed.Name = t.name(topic + ".Value")
			row = &renamed
		}
		schema.Fields[i].Schema = row
	}
	return &schema
}

func nameByte(c byte) bool {
	return c == '.' || c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || digit(c)
}

// name is a schema's name as Avro takes it, where that was asked for: all else becomes an underscore.
func (t *logical) name(name string) string {
	if !t.avro {
		return name
	}
	adjusted := []byte(name)
	for i, c := range adjusted {
		if !nameByte(c) {
			adjusted[i] = '_'
		}
	}
	return string(adjusted)
}
