package connectors

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/weftmesh/weft/internal/engine/flink/formats"
	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
)

// The options of Kafka tables are those of Flink's Kafka and Upsert Kafka SQL connectors.
func kafkaConnector() connector {
	return connector{
		name: "kafka",
		options: []string{
			"topic", "topic-pattern", "properties.*", "format", "key.format", "key.fields", "key.fields-prefix", "value.format", "value.fields-include",
			"scan.startup.mode", "scan.startup.specific-offsets", "scan.startup.timestamp-millis", "scan.bounded.mode", "scan.bounded.specific-offsets",
			"scan.bounded.timestamp-millis", "scan.topic-partition-discovery.interval", "sink.partitioner", "sink.delivery-guarantee",
			"sink.transactional-id-prefix", "sink.semantic",
		},
		formats: []string{"format", "key.format", "value.format"}, describe: describeKafka, parts: kafkaParts, source: kafkaSourceOf, merge: mergeKafka, sink: kafkaSinkOf,
	}
}

func upsertKafkaConnector() connector {
	c := kafkaConnector()
	c.name = "upsert-kafka"
	c.options = []string{
		"topic", "properties.*", "key.format", "key.fields-prefix", "value.format", "value.fields-include", "scan.topic-partition-discovery.interval",
		"scan.bounded.mode", "scan.bounded.specific-offsets", "scan.bounded.timestamp-millis", "sink.buffer-flush.max-rows",
		"sink.buffer-flush.interval", "sink.delivery-guarantee", "sink.transactional-id-prefix",
	}
	c.formats = []string{"key.format", "value.format"}
	return c
}

// kafkaTable is what a table's options say.
type kafkaTable struct {
	table      *plan.Table
	upsert     bool
	topics     []string
	pattern    *regexp.Regexp
	properties map[string]string
	key, value kafkaPart
	start, end offsetRule
	discovery  time.Duration
	guarantee  string
	prefix     string // sink.transactional-id-prefix
	partition  string // sink.partitioner
}

// kafkaPart is the key or the value of a table's records.
type kafkaPart struct {
	format  string // "" for a key that is not used
	prefix  string // before the options of the format: "json.", "value.json."
	columns []int  // of the table
	strip   string // taken off the columns' names
}

func describeKafka(t *plan.Table) (Description, error) {
	k, err := parseKafka(t)
	if err != nil {
		return Description{}, err
	}
	f, err := formats.Describe(k.value.format)
	if err != nil {
		return Description{}, err
	}
	d := Description{Mode: f.Mode, Accepts: f.Accepts, Source: true, Sink: k.pattern == nil && len(k.topics) == 1, Bounded: k.end.mode != "unbounded"}
	if k.upsert {
		d.Mode, d.Accepts = plan.Upsert, plan.Upsert
		if f.Mode != plan.InsertOnly {
			return d, fmt.Errorf("upsert-kafka takes formats of plain rows, and %s is one of changes; take the kafka connector", k.value.format)
		}
	}
	return d, nil
}

func parseKafka(t *plan.Table) (*kafkaTable, error) {
	k := &kafkaTable{table: t, upsert: t.Options["connector"] == "upsert-kafka", properties: map[string]string{}, discovery: 5 * time.Minute}
	for key, v := range t.Options {
		if name, ok := strings.CutPrefix(key, "properties."); ok {
			k.properties[name] = v
		}
	}
	if k.properties["bootstrap.servers"] == "" {
		return nil, errors.New("the option 'properties.bootstrap.servers' is missing: the brokers' addresses")
	}
	if text, ok := t.Options["scan.topic-partition-discovery.interval"]; ok {
		var err error
		if k.discovery, err = plan.ParseDuration(text); err != nil {
			return nil, fmt.Errorf("'scan.topic-partition-discovery.interval': %w", err)
		}
	}
	for _, parse := range []func() error{k.parseTopics, k.parseParts, k.parseStart, k.parseEnd, k.parseSink} {
		if err := parse(); err != nil {
			return nil, err
		}
	}
	return k, nil
}

func (k *kafkaTable) parseTopics() error {
	names, pattern := k.table.Options["topic"], k.table.Options["topic-pattern"]
	switch {
	case names != "" && pattern != "":
		return errors.New("'topic' and 'topic-pattern' exclude each other")
	case names == "" && pattern == "":
		return errors.New("the option 'topic' is missing (or 'topic-pattern')")
	case pattern != "":
		re, err := regexp.Compile("^(?:" + pattern + ")$")
		if err != nil {
			return fmt.Errorf("'topic-pattern': %w", err)
		}
		k.pattern = re
		return nil
	}
	for name := range strings.SplitSeq(names, ";") {
		k.topics = append(k.topics, strings.TrimSpace(name))
	}
	return nil
}

// parseParts tells which columns lie in the key and which in the value.
func (k *kafkaTable) parseParts() error {
	o := k.table.Options
	physical := k.physical()
	k.value = kafkaPart{format: o["value.format"], prefix: "value.", columns: physical}
	if f := o["format"]; f != "" {
		if k.value.format != "" {
			return errors.New("'format' and 'value.format' are the same option: leave one out")
		}
		k.value.format, k.value.prefix = f, ""
	}
	if k.value.format == "" {
		return errors.New("the option 'value.format' (or 'format') is missing")
	}
	k.value.prefix += k.value.format + "."
	if err := k.parseKey(physical); err != nil {
		return err
	}
	switch include := o["value.fields-include"]; include {
	case "", "ALL":
		if k.key.strip != "" {
			return fmt.Errorf("'key.fields-prefix' needs 'value.fields-include' = 'EXCEPT_KEY'")
		}
	case "EXCEPT_KEY":
		k.value.columns = slices.DeleteFunc(slices.Clone(physical), func(c int) bool { return slices.Contains(k.key.columns, c) })
	default:
		return fmt.Errorf("'value.fields-include' = '%s' is neither ALL nor EXCEPT_KEY", include)
	}
	return nil
}

func (k *kafkaTable) physical() []int {
	var columns []int
	for i, c := range k.table.Columns {
		if c.Computed == nil && c.Metadata == "" {
			columns = append(columns, i)
		}
	}
	return columns
}

func (k *kafkaTable) parseKey(physical []int) error {
	o := k.table.Options
	k.key = kafkaPart{format: o["key.format"], prefix: "key." + o["key.format"] + ".", strip: o["key.fields-prefix"]}
	if k.upsert {
		if len(k.table.PrimaryKey) == 0 {
			return errors.New("an upsert-kafka table needs a PRIMARY KEY (...) NOT ENFORCED: it is the records' key")
		}
		if k.key.format == "" {
			return errors.New("the option 'key.format' is missing")
		}
		k.key.columns = k.table.PrimaryKey
		return nil
	}
	names := o["key.fields"]
	if (names == "") != (k.key.format == "") {
		return errors.New("'key.format' and 'key.fields' go together: one of them is missing")
	}
	if names == "" {
		return nil
	}
	for name := range strings.SplitSeq(names, ";") {
		at := slices.IndexFunc(physical, func(c int) bool { return k.table.Columns[c].Name == name })
		if at < 0 {
			return fmt.Errorf("'key.fields' names %q, which is no physical column of the table", name)
		}
		k.key.columns = append(k.key.columns, physical[at])
	}
	return nil
}

func (k *kafkaTable) parseSink() error {
	o := k.table.Options
	k.guarantee, k.prefix, k.partition = o["sink.delivery-guarantee"], o["sink.transactional-id-prefix"], o["sink.partitioner"]
	switch k.guarantee {
	case "":
		k.guarantee = "at-least-once"
	case "none", "at-least-once":
	case "exactly-once":
		if k.prefix == "" {
			return errors.New("'sink.delivery-guarantee' = 'exactly-once' needs 'sink.transactional-id-prefix'")
		}
	default:
		return fmt.Errorf("'sink.delivery-guarantee' = '%s' is none of none, at-least-once, exactly-once", k.guarantee)
	}
	switch k.partition {
	case "", "default", "fixed", "round-robin":
		return nil
	}
	return fmt.Errorf("'sink.partitioner' = '%s' is none of default, fixed, round-robin; classes of one's own cannot be loaded here", k.partition)
}

// spec makes a format of some of a part's columns.
func (k *kafkaTable) spec(p kafkaPart, columns []int, key bool) formats.Spec {
	s := formats.Spec{Name: p.format, Options: map[string]string{}, Key: key, Fields: k.fields(columns, p.strip), Table: k.fields(p.columns, p.strip)}
	if len(k.topics) > 0 {
		s.Topic = k.topics[0]
	}
	for o, v := range k.table.Options {
		if name, ok := strings.CutPrefix(o, p.prefix); ok {
			s.Options[name] = v
		}
	}
	return s
}

func (k *kafkaTable) fields(columns []int, strip string) []rows.Field {
	fields := make([]rows.Field, len(columns))
	for i, c := range columns {
		fields[i] = rows.Field{Name: strings.TrimPrefix(k.table.Columns[c].Name, strip), Type: k.table.Columns[c].Type.Plain()}
	}
	return fields
}

// topicPartition names a partition.
type topicPartition struct {
	topic     string
	partition int32
}

// partitions lists those of the table's topics.
func (k *kafkaTable) partitions(ctx context.Context, admin *kadm.Client) ([]topicPartition, error) {
	found, err := admin.ListTopics(ctx, k.topics...)
	if err != nil {
		return nil, fmt.Errorf("list the topics of %s: %w", k.properties["bootstrap.servers"], err)
	}
	var out []topicPartition
	for _, name := range slices.Sorted(maps.Keys(found)) {
		detail := found[name]
		if k.pattern != nil && !k.pattern.MatchString(name) {
			continue
		}
		if detail.Err != nil {
			return nil, fmt.Errorf("topic %s: %w", name, detail.Err)
		}
		for _, p := range detail.Partitions.Numbers() {
			out = append(out, topicPartition{topic: name, partition: p})
		}
	}
	return out, nil
}

func kafkaParts(ctx context.Context, s *Set, scan *plan.Scan) (int, error) {
	k, err := parseKafka(scan.Table)
	if err != nil {
		return 0, err
	}
	admin, err := s.admin(k)
	if err != nil {
		return 0, err
	}
	all, err := k.partitions(ctx, admin)
	return max(1, len(all)), err
}

// owner is the part that reads a partition, of so many.
func (p topicPartition) owner(parts int) int {
	sum := int32(0)
	for _, c := range []byte(p.topic) {
		sum = sum*31 + int32(c)
	}
	return int((int64(sum)*31&0x7fffffff + int64(p.partition)) % int64(parts))
}

func parseOffsets(text string) (map[int32]int64, error) {
	out := map[int32]int64{}
	for pair := range strings.SplitSeq(text, ";") {
		p, o, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(pair), "partition:"), ",offset:")
		partition, err1 := strconv.ParseInt(p, 10, 32)
		offset, err2 := strconv.ParseInt(o, 10, 64)
		if !ok || err1 != nil || err2 != nil {
			return nil, fmt.Errorf("%q would look like partition:0,offset:42;partition:1,offset:300", text)
		}
		out[int32(partition)] = offset
	}
	return out, nil
}
