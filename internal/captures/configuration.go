package captures

import (
	"fmt"
	"hash/fnv"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/databases"
)

// Plugins of Debezium, by their classes.
const (
	PostgresClass = "io.debezium.connector.postgresql.PostgresConnector"
	MySQLClass    = "io.debezium.connector.mysql.MySqlConnector"
)

// Converters of Kafka Connect, by their classes.
const (
	AvroConverter = "io.confluent.connect.avro.AvroConverter"
	JSONConverter = "org.apache.kafka.connect.json.JsonConverter"
)

// Worker is what is true of the Kafka Connect that runs the connectors.
type Worker struct {
	Converter    string // class that writes keys and values; "" for Confluent's Avro
	Registry     string // URL of the schema registry, as Connect reaches it
	RegistryUser string
	RegistryPass contracts.Secret
	Bootstrap    string            // of Kafka, as Connect reaches it
	Settings     map[string]string // for every connector, by Connect's names
	ExactlyOnce  bool              // the worker can write records and positions in one transaction (KIP-618)
	Dir          string            // in which files of secrets lie that are named by a relative path
}

// heartbeat is how often a connector tells how far it is; at each it writes a message into the log of the database, so
// that its slot moves on although its own tables are quiet, and an incremental snapshot ends (Debezium: WAL disk space
// consumption; read-only incremental snapshots). The message is in a transaction: one without has no number, which
// Debezium 3.7's incremental snapshots trip over.
const (
	heartbeat        = "10000"
	heartbeatMessage = "weft-heartbeat"
)

// Configuration is that of the capture's connector, without its name. Passwords in it are references that Connect's
// config providers resolve, never the passwords.
func (c Capture) Configuration(w Worker) map[string]string {
	config := c.common(w)
	if c.Database.Postgres != nil {
		maps.Copy(config, c.postgres())
	} else {
		maps.Copy(config, c.mysql(w))
	}
	c.tables(config)
	converters(config, w)
	for key, value := range w.Settings {
		if _, derived := config[key]; !derived || tunable(key) {
			config[key] = value
		}
	}
	return config
}

// tunable are the derived settings that an environment may give another value: how values are written, never what is
// captured, nor where it goes.
func tunable(key string) bool {
	return strings.HasPrefix(key, "key.converter.") || strings.HasPrefix(key, "value.converter.") || key == "heartbeat.interval.ms" || key == "column.exclude.list" || key == "poll.interval.ms" || key == "signal.kafka.bootstrap.servers"
}

func (c Capture) common(w Worker) map[string]string {
	d := c.database()
	config := map[string]string{
		"tasks.max": "1", "database.hostname": d.Host, "database.port": strconv.Itoa(d.Port), "database.user": d.User,
		"topic.prefix": string(c.Name), "skipped.operations": "none", "tombstones.on.delete": "true",
		"schema.name.adjustment.mode": "avro", "field.name.adjustment.mode": "avro", "heartbeat.interval.ms": heartbeat, "snapshot.mode": "initial",
		"read.only": "true", "signal.enabled.channels": "kafka", "signal.kafka.topic": string(c.Name.Signals()),
		"signal.kafka.bootstrap.servers": w.Bootstrap, "signal.kafka.groupId": string(c.Name.Signals()), "signal.poll.interval.ms": "1000",
		"poll.interval.ms": "10",
	}
	if password := reference(d.Password, w.Dir); password != "" {
		config["database.password"] = password
	}
	if w.ExactlyOnce {
		config["exactly.once.support"] = "required"
	}
	return config
}

// database is where the capture reads, with the port that is meant where none is written.
func (c Capture) database() contracts.Database {
	if c.Database.Postgres != nil {
		return withPort(*c.Database.Postgres, 5432)
	}
	return withPort(*c.Database.MySQL, 3306)
}

func withPort(d contracts.Database, port int) contracts.Database {
	if d.Port == 0 {
		d.Port = port
	}
	return d
}

func (c Capture) postgres() map[string]string {
	return map[string]string{
		"connector.class": PostgresClass, "database.dbname": c.Database.Postgres.Database, "plugin.name": "pgoutput",
		"slot.name": c.Name.Slot(), "publication.name": c.Name.Slot(), "publication.autocreate.mode": "filtered",
		"heartbeat.action.query":      fmt.Sprintf("SELECT pg_logical_emit_message(true, '%s', '')", heartbeatMessage),
		"message.prefix.exclude.list": heartbeatMessage,
	}
}

func (c Capture) mysql(w Worker) map[string]string {
	return map[string]string{
		"connector.class": MySQLClass, "database.server.id": c.serverID(), "database.include.list": c.Database.MySQL.Database,
		"include.schema.changes": "false", "schema.history.internal.kafka.bootstrap.servers": w.Bootstrap,
		"schema.history.internal.kafka.topic": string(c.Name) + ".history", "schema.history.internal.store.only.captured.tables.ddl": "true",
	}
}

// serverID is the capture's number among the replicas of a MySQL, which no other may have: from its name, in a range
// that people do not use.
func (c Capture) serverID() string {
	h := fnv.New32a()
	h.Write([]byte(c.Name))
	return strconv.FormatUint(uint64(h.Sum32()|1<<30)&(1<<31-1), 10)
}

// tables says what of the database is captured, by which key, and to which topics. Lists are regular expressions
// (Debezium: table.include.list). One RegexRouter for each table works on Connect and the embedded engine alike; it
// leaves the schemas their names. All columns are captured: a column that was renamed is there when the contract says
// so, with the changes from before; but those that are named as secrets are, unless the contract has one, stay in the
// database.
func (c Capture) tables(config map[string]string) {
	var tables, keys, snapshots, routes, secrets []string
	route := func(name, from string, to addrs.Topic) {
		routes = append(routes, name)
		config["transforms."+name+".type"] = "org.apache.kafka.connect.transforms.RegexRouter"
		config["transforms."+name+".regex"] = from
		config["transforms."+name+".replacement"] = string(to)
	}
	for i, t := range c.Tables {
		name := regexp.QuoteMeta(t.Name)
		tables = append(tables, name)
		if !slices.ContainsFunc(columns(t.Product), databases.Credential) {
			secrets = append(secrets, name+`\.([^.]*_)?(`+databases.CredentialWords+`)(_[^.]*)?`)
		}
		if len(t.Key) > 0 {
			keys = append(keys, name+":"+strings.Join(t.Key, ","))
		}
		if t.Snapshot {
			snapshots = append(snapshots, name)
		}
		route(fmt.Sprintf("route%d", i), `.*\.`+name, t.Topic)
	}
	route("heartbeats", `__debezium-heartbeat\..*`, c.Name.Heartbeats()) // whatever the prefix is: one that is adopted has its own
	config["table.include.list"] = strings.Join(tables, ",")
	config["transforms"] = strings.Join(routes, ",")
	if len(secrets) > 0 {
		config["column.exclude.list"] = strings.Join(secrets, ",")
	}
	if len(keys) > 0 {
		config["message.key.columns"] = strings.Join(keys, ";")
	}
	switch {
	case len(snapshots) == 0:
		config["snapshot.mode"] = "no_data"
	case len(snapshots) < len(tables):
		config["snapshot.include.collection.list"] = strings.Join(snapshots, ",")
	}
}

// converters say how keys and values are written. Confluent's take the registry's address; of others the environment's
// settings say what they need.
func converters(config map[string]string, w Worker) {
	class := w.Converter
	if class == "" {
		class = AvroConverter
	}
	for _, part := range []string{"key.converter", "value.converter"} {
		config[part] = class
		switch {
		case class == JSONConverter:
			config[part+".schemas.enable"] = "true"
		case strings.HasPrefix(class, "io.confluent."):
			config[part+".schema.registry.url"] = w.Registry
			if w.RegistryUser != "" {
				config[part+".basic.auth.credentials.source"] = "USER_INFO"
				config[part+".basic.auth.user.info"] = w.RegistryUser + ":" + reference(w.RegistryPass, w.Dir)
			}
		}
	}
}

// reference is a secret as Connect's config providers take it (KIP-297): one that the contract writes for Connect as it
// is, a variable by EnvVarConfigProvider, a file by DirectoryConfigProvider, which gives a file's whole content.
func reference(s contracts.Secret, dir string) string {
	switch {
	case s.Connect != "":
		return s.Connect
	case s.Env != "":
		return "${env:" + s.Env + "}"
	case s.File != "":
		path := s.File
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, path)
		}
		return "${directory:" + filepath.Dir(path) + ":" + filepath.Base(path) + "}"
	}
	return ""
}

// Secret reports whether a setting may hold a password: its value is not shown unless it is a reference.
func Secret(key string) bool {
	for _, word := range []string{"password", "secret", "token", "jaas", "user.info", "credential", "private.key", "api.key"} {
		if strings.Contains(key, word) {
			return !strings.HasSuffix(key, ".credentials.source")
		}
	}
	return false
}

// Hidden stands for the value of a setting that is a secret.
const Hidden = "(hidden)"

// Shown is a setting's value as people may see it.
func Shown(key, value string) string {
	if !Secret(key) || value == "" || onlyReferences(value) {
		return value
	}
	return Hidden
}

var providerReference = regexp.MustCompile(`\$\{[^}:]+:[^}]+\}`)

// onlyReferences reports whether nothing but references, and a user's name before one, stands in a value.
func onlyReferences(value string) bool {
	rest := providerReference.ReplaceAllString(value, "")
	return rest != value && !strings.ContainsAny(strings.TrimSuffix(rest, ":"), ":= ")
}
