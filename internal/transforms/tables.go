package transforms

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/schemas"
)

// asInstant ends the name of a JSON table's column in which its timestamps are instants.
const instantSuffix = "__instant"

// sourceTables declares a topic as a job reads it. Timestamps of bare JSON have a zone and those of Avro have none: a
// view gives both the same type.
func sourceTables(p contracts.Product, t contracts.ProductTopic) []Table {
	table := Table{Name: string(t.Name), Options: append(kafka(p, t), reading(p)...)}
	zoned := p.Schema.Type == contracts.JSON
	var lines, shown []string
	renamed := false
	for _, f := range t.Value.Fields {
		lines = append(lines, "  "+column(p, f, zoned))
		if zoned && f.Type.Kind == schemas.Timestamp {
			renamed = true
			lines = append(lines, fmt.Sprintf("  %s AS CAST(%s AS TIMESTAMP(3))", quoted(f.Name+instantSuffix), quoted(f.Name)))
			shown = append(shown, quoted(f.Name+instantSuffix)+" AS "+quoted(f.Name))
			continue
		}
		shown = append(shown, quoted(f.Name))
	}
	if w := watermark(p, zoned); w != "" {
		lines = append(lines, "  "+w)
	}
	if k := primaryKey(p); k != "" {
		lines = append(lines, "  "+k)
	}
	table.Columns = strings.Join(lines, ",\n")
	if !renamed {
		return []Table{table}
	}
	view := Table{Name: table.Name}
	table.Name += "__records"
	view.View = "SELECT " + strings.Join(shown, ", ") + " FROM " + quoted(table.Name)
	return []Table{table, view}
}

// sinkTable declares the topic that a job writes.
func sinkTable(p contracts.Product, t contracts.ProductTopic) Table {
	var lines []string
	for _, f := range t.Value.Fields {
		lines = append(lines, "  "+column(p, f, p.Schema.Type == contracts.JSON))
	}
	if k := primaryKey(p); k != "" {
		lines = append(lines, "  "+k)
	}
	return Table{Name: sinkName, Columns: strings.Join(lines, ",\n"), Options: append(kafka(p, t), writing(p, t)...)}
}

// sinkName is the table that a job inserts into; a product can have no such name.
const sinkName = "__product"

func column(p contracts.Product, f schemas.Field, zoned bool) string {
	required := f.Required || p.Kind == contracts.KindState && slices.Contains(p.Key, f.Name)
	return quoted(f.Name) + " " + flinkType(f.Type, required, zoned)
}

func watermark(p contracts.Product, zoned bool) string {
	if p.EventTime.Field == "" {
		return ""
	}
	name := p.EventTime.Field
	if zoned {
		name += instantSuffix
	}
	return fmt.Sprintf("WATERMARK FOR %s AS %s - INTERVAL '%s' SECOND", quoted(name), quoted(name), seconds(p.EventTime.Delay))
}

func seconds(d contracts.Duration) string {
	return strings.TrimSuffix(fmt.Sprintf("%.3f", d.Std().Seconds()), ".000")
}

func primaryKey(p contracts.Product) string {
	if p.Kind != contracts.KindState {
		return ""
	}
	names := make([]string, len(p.Key))
	for i, k := range p.Key {
		names[i] = quoted(k)
	}
	return "PRIMARY KEY (" + strings.Join(names, ", ") + ") NOT ENFORCED"
}

// kafka are the options that reading and writing have in common.
func kafka(p contracts.Product, t contracts.ProductTopic) []Option {
	connector := "kafka"
	if p.Kind == contracts.KindState {
		connector = "upsert-kafka"
	}
	options := []Option{{"connector", connector}, {"topic", string(t.Name)}, {"properties.bootstrap.servers", bootstrapPlace}}
	if p.Kind == contracts.KindState {
		options = append(options, keyFormat(t)...)
		return append(options, format(p, t, "value.")...)
	}
	return append(options, format(p, t, "")...)
}

// format says how values look. Flink would register a schema of its own, without enums, if it were not given ours.
func format(p contracts.Product, t contracts.ProductTopic, prefix string) []Option {
	if p.Schema.Type == contracts.JSON {
		return []Option{{prefix + "format", "json"}, {prefix + "json.timestamp-format.standard", "ISO-8601"}, {prefix + "json.encode.decimal-as-plain-number", "true"}}
	}
	return avro(prefix, string(t.Name.ValueSubject()), t.ValueText)
}

func avro(prefix, subject, schema string) []Option {
	return []Option{
		{prefix + "format", "avro-confluent"},
		{prefix + "avro-confluent.url", registryPlace},
		{prefix + "avro-confluent.subject", subject},
		{prefix + "avro-confluent.schema", schema},
	}
}

// keyFormat: a key of one text field is its UTF-8 bytes; every other is Avro.
func keyFormat(t contracts.ProductTopic) []Option {
	if t.Key != nil {
		return avro("key.", string(t.Name.KeySubject()), t.Key.Avro())
	}
	return []Option{{"key.format", "raw"}}
}

func reading(p contracts.Product) []Option {
	options := []Option{{"properties.isolation.level", "read_committed"}}
	if p.Kind != contracts.KindState {
		// The group's offsets are committed with each checkpoint: a job that is lost goes on where it was.
		options = append(options, Option{"properties.group.id", groupPlace}, Option{"properties.auto.offset.reset", "earliest"}, Option{"scan.startup.mode", startPlace})
	}
	if idle := p.EventTime.Idle; idle > 0 {
		options = append(options, Option{"scan.watermark.idle-timeout", fmt.Sprintf("%d ms", idle.Std().Milliseconds())})
	}
	return options
}

// writing are the options of a sink: exactly once, with the key that the contract names.
func writing(p contracts.Product, t contracts.ProductTopic) []Option {
	options := []Option{
		{"sink.delivery-guarantee", "exactly-once"},
		{"sink.transactional-id-prefix", "weft-" + string(t.Name)},
		{"properties.transaction.timeout.ms", "900000"}, // what brokers allow unless told otherwise (transaction.max.timeout.ms)
	}
	if p.Kind != contracts.KindState && len(p.Key) > 0 {
		options = append(options, keyFormat(t)...)
		options = append(options, Option{"key.fields", strings.Join(p.Key, ";")})
	}
	return options
}
