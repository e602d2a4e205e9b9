package postgres

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/weftmesh/weft/internal/engine/connect/postgres/tables"
	"github.com/weftmesh/weft/internal/engine/connect/source"
)

// key is a key of the configuration: a row of the table that validation, the defaults and the documentation come from.
type key struct {
	name     string
	kind     source.Type
	standard string // the default; "" is none
	required bool
	doc      string
	choices  []string          // what may be written, if it is a choice; the case of letters does not matter
	refused  map[string]string // choices that Debezium has and this engine not, with what to do instead
	check    func(value string) error
	low      bool // of low importance
}

var modesOfSnapshot = []string{"always", "initial", "initial_only", "no_data", "never", "when_needed"}

// keys is the table, in the order of Debezium's documentation of the connector.
func keys() []key {
	return slices.Concat(connectionKeys(), slotKeys(), tableKeys(), valueKeys(), snapshotKeys(), signalKeys(), runtimeKeys())
}

func connectionKeys() []key {
	return []key{
		{name: "database.hostname", kind: source.String, required: true, doc: "Address of the PostgreSQL server."},
		{name: "database.port", kind: source.Int, standard: "5432", check: between(1, 65535), doc: "Port of the PostgreSQL server."},
		{name: "database.user", kind: source.String, required: true, doc: "User who may log in and replicate."},
		{name: "database.password", kind: source.Password, doc: "Password of the user."},
		{name: "database.dbname", kind: source.String, required: true, doc: "Database to capture."},
		{
			name: "database.sslmode", kind: source.String, standard: "prefer", choices: []string{"disable", "allow", "prefer", "require", "verify-ca", "verify-full"},
			doc: "Whether the connection is encrypted, and whether the server's certificate is checked.",
		},
		{name: "database.sslcert", kind: source.String, doc: "File with the client's certificate, in PEM."},
		{name: "database.sslkey", kind: source.String, doc: "File with the client's private key, in PEM."},
		{name: "database.sslpassword", kind: source.Password, doc: "Password of the private key."},
		{name: "database.sslrootcert", kind: source.String, doc: "File with the certificates against which the server's is checked."},
		{name: "database.tcpKeepAlive", kind: source.Boolean, standard: "true", doc: "Whether TCP keep-alive probes are sent.", low: true},
		{name: "database.initial.statements", kind: source.String, doc: "SQL statements, separated by semicolons, that each ordinary connection begins with.", low: true},
		{name: "database.query.timeout.ms", kind: source.Int, standard: "600000", check: between(0, 1<<31-1), doc: "How long a query may take; 0 is no bound.", low: true},
		{name: "topic.prefix", kind: source.String, required: true, check: topicPart, doc: "Name of the server: the first part of the topics' names."},
		{name: "topic.delimiter", kind: source.String, standard: ".", check: topicPart, doc: "What stands between the parts of a topic's name."},
		{name: "topic.heartbeat.prefix", kind: source.String, standard: "__debezium-heartbeat", check: topicPart, doc: "First part of the name of the heartbeats' topic."},
	}
}

func slotKeys() []key {
	return []key{
		{
			name: "plugin.name", kind: source.String, standard: "pgoutput", choices: []string{"pgoutput"},
			refused: map[string]string{"decoderbufs": "use pgoutput, which every PostgreSQL since 10 has"},
			doc:     "The logical decoding plug-in of the slot. Debezium's default is decoderbufs; here it is pgoutput, the only one.",
		},
		{name: "slot.name", kind: source.String, standard: "debezium", check: slotName, doc: "The replication slot; it is created if it is not there."},
		{name: "slot.drop.on.stop", kind: source.Boolean, standard: "false", doc: "Whether the slot is dropped when the connector stops: for tests, as changes are lost."},
		{name: "slot.stream.params", kind: source.String, check: streamParams, doc: "More options of the plug-in, as name=value;name=value.", low: true},
		{name: "slot.max.retries", kind: source.Int, standard: "6", check: between(0, 1<<31-1), doc: "How often the connection is tried again before the task fails. An outage that began while the task ran is waited for without a bound.", low: true},
		{name: "slot.retry.delay.ms", kind: source.Long, standard: "10000", check: between(1, 1<<31-1), doc: "The longest wait between two tries.", low: true},
		{name: "slot.failover", kind: source.Boolean, standard: "false", check: only("false", "slots for failover need PostgreSQL 17"), doc: "Whether the slot is kept in step on a standby.", low: true},
		{name: "publication.name", kind: source.String, standard: "dbz_publication", doc: "The publication."},
		{
			name: "publication.autocreate.mode", kind: source.String, standard: "all_tables", choices: []string{"all_tables", "disabled", "filtered", "no_tables"},
			doc: "Whether a publication that is not there is created: for all tables, for those that the filters leave, for none, or not at all.",
		},
		{name: "publish.via.partition.root", kind: source.Boolean, standard: "false", doc: "Whether changes of partitions are published as changes of the partitioned table, in a publication that the connector creates."},
		{name: "replica.identity.autoset.values", kind: source.String, check: identities, doc: "Replica identities that the connector gives to tables: schema.table:FULL,schema.other:INDEX name."},
		{name: "status.update.interval.ms", kind: source.Int, standard: "10000", check: between(1, 1<<31-1), doc: "How often the server hears what is confirmed."},
		{name: "flush.lsn.source", kind: source.Boolean, standard: "true", doc: "Whether what was written to Kafka is confirmed to the slot, so that the server may drop its log.", low: true},
		{name: "provide.transaction.metadata", kind: source.Boolean, standard: "false", check: only("false", "transaction metadata is not written by this engine; it is by Debezium on Kafka Connect"), doc: "Whether a topic tells of the transactions."},
		{name: "xmin.fetch.interval.ms", kind: source.Long, standard: "0", check: only("0", "xmin is not read by this engine"), doc: "How often the slot's xmin is read.", low: true},
	}
}

func tableKeys() []key {
	return []key{
		{name: "schema.include.list", kind: source.List, check: expressions, doc: "Regular expressions of the schemas to capture."},
		{name: "schema.exclude.list", kind: source.List, check: expressions, doc: "Regular expressions of the schemas not to capture."},
		{name: "table.include.list", kind: source.List, check: expressions, doc: "Regular expressions of the tables to capture, as schema.table."},
		{name: "table.exclude.list", kind: source.List, check: expressions, doc: "Regular expressions of the tables not to capture, as schema.table."},
		{name: "column.include.list", kind: source.List, check: expressions, doc: "Regular expressions of the columns that come out, as schema.table.column."},
		{name: "column.exclude.list", kind: source.List, check: expressions, doc: "Regular expressions of the columns that are left out, as schema.table.column."},
		{name: "column.propagate.source.type", kind: source.List, check: expressions, doc: "Regular expressions of columns, as schema.table.column, whose schemas tell of their types in the database."},
		{name: "datatype.propagate.source.type", kind: source.List, check: expressions, doc: "Regular expressions of types, as schema.table.type, the schemas of whose columns tell of them."},
		{name: "message.key.columns", kind: source.String, check: keyColumns, doc: "The columns of the keys of tables: schema.table:column,column;schema.other:column."},
		{name: "message.prefix.include.list", kind: source.List, check: expressions, doc: "Regular expressions of the prefixes of logical decoding messages that come out."},
		{name: "message.prefix.exclude.list", kind: source.List, check: expressions, doc: "Regular expressions of the prefixes of logical decoding messages that are left out."},
		{name: "skipped.operations", kind: source.List, standard: "t", check: operations, doc: "Operations that are left out: c, u, d, t, or none."},
		{name: "skip.messages.without.change", kind: source.Boolean, standard: "false", doc: "Whether an update is left out that changes no column which comes out; it needs REPLICA IDENTITY FULL."},
		{name: "tombstones.on.delete", kind: source.Boolean, standard: "true", doc: "Whether a delete is followed by a tombstone."},
		{name: "schema.name.adjustment.mode", kind: source.String, standard: "none", choices: []string{"none", "avro", "avro_unicode"}, doc: "How names of schemas are made names that the converter takes."},
		{name: "field.name.adjustment.mode", kind: source.String, standard: "none", choices: []string{"none", "avro", "avro_unicode"}, doc: "How names of fields are made names that the converter takes."},
	}
}

func valueKeys() []key {
	return []key{
		{name: "decimal.handling.mode", kind: source.String, standard: "precise", choices: []string{"precise", "double", "string"}, doc: "How numeric and money come out."},
		{
			name: "time.precision.mode", kind: source.String, standard: "adaptive",
			choices: []string{"adaptive", "adaptive_time_microseconds", "connect", "isostring", "microseconds", "nanoseconds"},
			refused: map[string]string{"structured": "use isostring or adaptive"},
			doc:     "How dates, times and timestamps come out.",
		},
		{name: "binary.handling.mode", kind: source.String, standard: "bytes", choices: []string{"bytes", "base64", "base64-url-safe", "hex"}, doc: "How bytea comes out."},
		{name: "hstore.handling.mode", kind: source.String, standard: "json", choices: []string{"json", "map"}, doc: "How hstore comes out."},
		{name: "interval.handling.mode", kind: source.String, standard: "numeric", choices: []string{"numeric", "string"}, doc: "How interval comes out."},
		{name: "money.fraction.digits", kind: source.Int, standard: "2", check: between(0, 30), doc: "Decimals of money.", low: true},
		{name: "include.unknown.datatypes", kind: source.Boolean, standard: "false", doc: "Whether columns of types without a form of their own come out as their texts' bytes, or are left out."},
		{name: "unavailable.value.placeholder", kind: source.String, standard: "__debezium_unavailable_value", doc: "What stands for a TOASTed value that did not change and so is not in the log."},
		{name: "event.converting.failure.handling.mode", kind: source.String, standard: "warn", choices: []string{"fail", "warn", "skip"}, doc: "Read for compatibility: a value that cannot be converted ends the task in every mode, as nothing may be lost unseen.", low: true},
	}
}

func snapshotKeys() []key {
	return []key{
		{
			name: "snapshot.mode", kind: source.String, standard: "initial", choices: modesOfSnapshot,
			refused: map[string]string{
				"configuration_based": "name the mode that its settings stand for", "custom": "Java classes cannot be loaded",
				"no_data_but_schema": "use no_data", "schema_only": "use no_data", "recovery": "use when_needed",
			},
			doc: "When the rows that are there are read before changes are: initial once, always at each start, initial_only once and then the task ends, no_data (never) not at all, when_needed once and when the slot is lost.",
		},
		{
			name: "snapshot.locking.mode", kind: source.String, standard: "none", choices: []string{"none", "shared"},
			refused: map[string]string{"custom": "Java classes cannot be loaded"}, doc: "Whether tables are locked against changes of their schema while they are read.",
		},
		{name: "snapshot.lock.timeout.ms", kind: source.Long, standard: "10000", check: between(0, 1<<31-1), doc: "How long a lock is waited for.", low: true},
		{
			name: "snapshot.isolation.mode", kind: source.String, standard: "serializable", choices: []string{"serializable", "repeatable_read"},
			refused: map[string]string{"read_committed": "a snapshot needs one state of the database", "read_uncommitted": "a snapshot needs one state of the database"},
			doc:     "Read for compatibility: the snapshot is the one that the slot exports, read repeatably.", low: true,
		},
		{name: "snapshot.fetch.size", kind: source.Int, standard: "10240", check: between(1, 1<<31-1), doc: "Read for compatibility: rows are read by COPY, in bounded memory."},
		{name: "snapshot.delay.ms", kind: source.Long, standard: "0", check: between(0, 1<<31-1), doc: "How long the connector waits before a snapshot.", low: true},
		{name: "snapshot.max.threads", kind: source.Int, standard: "1", check: only("1", "tables are read one after the other"), doc: "How many tables are read at once.", low: true},
		{name: "snapshot.include.collection.list", kind: source.List, check: expressions, doc: "Regular expressions of the captured tables whose rows a snapshot reads."},
		{name: "snapshot.select.statement.overrides", kind: source.List, doc: "Tables whose rows are read by a SELECT of their own, in snapshot.select.statement.overrides.SCHEMA.TABLE."},
		{name: "snapshot.tables.order.by.row.count", kind: source.String, standard: "disabled", choices: []string{"disabled", "ascending", "descending"}, doc: "Whether small or large tables are read first.", low: true},
	}
}

func signalKeys() []key {
	return []key{
		{name: "signal.data.collection", kind: source.String, doc: "The table of signals, as schema.table."},
		{name: "signal.enabled.channels", kind: source.List, standard: "source", check: channels, doc: "Where signals come from: source (the table), kafka (a topic)."},
		{name: "signal.kafka.topic", kind: source.String, doc: "The topic of signals; its records' keys are the topic.prefix."},
		{name: "signal.kafka.bootstrap.servers", kind: source.List, doc: "The brokers of the topic of signals."},
		{name: "signal.kafka.groupId", kind: source.String, standard: "kafka-signal", doc: "The consumer group that reads signals.", low: true},
		{name: "signal.kafka.poll.timeout.ms", kind: source.Int, standard: "100", check: between(1, 1<<31-1), doc: "Read for compatibility: a signal is acted upon as soon as it comes.", low: true},
		{name: "signal.poll.interval.ms", kind: source.Long, standard: "5000", check: between(1, 1<<31-1), doc: "Read for compatibility: a signal is acted upon as soon as it comes.", low: true},
		{name: "incremental.snapshot.chunk.size", kind: source.Int, standard: "1024", check: between(1, 1<<20), doc: "Rows that an incremental snapshot reads at once."},
		{
			name: "incremental.snapshot.watermarking.strategy", kind: source.String, standard: "insert_insert", choices: []string{"insert_insert", "insert_delete"},
			doc: "How the watermarks of a chunk are written to the table of signals.", low: true,
		},
		{name: "incremental.snapshot.allow.schema.changes", kind: source.Boolean, standard: "false", doc: "Read for compatibility: each chunk is read with the schema that the table has.", low: true},
		{name: "read.only", kind: source.Boolean, standard: "false", doc: "Whether incremental snapshots write to no table: their watermarks are messages in the log (pg_logical_emit_message).", low: true},
	}
}

func runtimeKeys() []key {
	return []key{
		{name: "heartbeat.interval.ms", kind: source.Int, standard: "0", check: between(0, 1<<31-1), doc: "How often a heartbeat is written; 0 is never."},
		{name: "heartbeat.action.query", kind: source.String, doc: "A statement that is run with each heartbeat, as INSERT INTO heartbeat ... or SELECT pg_logical_emit_message(...)."},
		{name: "poll.interval.ms", kind: source.Long, standard: "500", check: between(1, 1<<31-1), doc: "Read for compatibility: changes are handed on as they come.", low: true},
		{name: "max.batch.size", kind: source.Int, standard: "2048", check: between(1, 1<<31-1), doc: "The most records of a batch."},
		{name: "max.queue.size", kind: source.Int, standard: "8192", check: between(1, 1<<31-1), doc: "Read for compatibility: the worker bounds what is under way, in bytes.", low: true},
		{name: "max.queue.size.in.bytes", kind: source.Long, standard: "0", check: between(0, 1<<40), doc: "Read for compatibility: the worker bounds what is under way, in bytes.", low: true},
		{name: "errors.max.retries", kind: source.Int, standard: "-1", check: between(-1, 1<<31-1), doc: "How often an outage that began while the task ran is got over; -1 is without a bound.", low: true},
		{name: "retriable.restart.connector.wait.ms", kind: source.Long, standard: "10000", check: between(0, 1<<31-1), doc: "Read for compatibility: slot.retry.delay.ms is the longest wait.", low: true},
		{name: "schema.refresh.mode", kind: source.String, standard: "columns_diff", choices: []string{"columns_diff", "columns_diff_exclude_unchanged_toast"}, doc: "Read for compatibility: a table is described anew whenever it changes.", low: true},
		{name: "custom.metric.tags", kind: source.String, doc: "Read for compatibility: there is no JMX.", low: true},
		{name: "slot.wal.warn.percent", kind: source.Int, standard: "50", check: between(1, 99), doc: "Part of max_slot_wal_keep_size from which on the log tells that the slot is about to be lost. Weft's own.", low: true},
	}
}

// columnRule tells a key whose name holds a number or an algorithm: column.mask.with.12.chars and the like.
func columnRule(name string) bool {
	return strings.HasPrefix(name, "column.mask.with.") || strings.HasPrefix(name, "column.mask.hash.") || strings.HasPrefix(name, "column.truncate.to.")
}

func between(low, high int64) func(string) error {
	return func(value string) error {
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil || n < low || n > high {
			return fmt.Errorf("must be a whole number from %d to %d", low, high)
		}
		return nil
	}
}

// only is for a key that this engine has one value of.
func only(value, why string) func(string) error {
	return func(given string) error {
		if strings.EqualFold(given, value) {
			return nil
		}
		return fmt.Errorf("%s is the only value that this engine has: %s", value, why)
	}
}

func topicPart(value string) error {
	for _, c := range value {
		if c != '.' && c != '_' && c != '-' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return fmt.Errorf("has %q; a topic's name is made of letters, digits, points, hyphens and underscores", c)
		}
	}
	return nil
}

func slotName(value string) error {
	for _, c := range value {
		if c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') {
			return fmt.Errorf("has %q; a slot's name is made of lower-case letters, digits and underscores", c)
		}
	}
	if len(value) > 63 {
		return fmt.Errorf("is longer than 63 letters")
	}
	return nil
}

func expressions(value string) error {
	_, err := tables.Expressions(value)
	return err
}

func keyColumns(value string) error {
	_, err := tables.KeyRules(value)
	return err
}

func operations(value string) error {
	for _, op := range list(value) {
		if !slices.Contains([]string{"c", "u", "d", "t", "none"}, op) {
			return fmt.Errorf("has %q; operations are c, u, d, t, or none", op)
		}
	}
	return nil
}

func channels(value string) error {
	for _, channel := range list(value) {
		if channel != "source" && channel != "kafka" {
			return fmt.Errorf("has %q; this engine takes signals from source and kafka", channel)
		}
	}
	return nil
}

// list are the parts of a comma-separated value.
func list(value string) []string {
	var parts []string
	for part := range strings.SplitSeq(value, ",") {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}
