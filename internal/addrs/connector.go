package addrs

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// Connector is the name of a connector that captures the tables of one domain over one connection, and the topic.prefix
// under which it keeps its position.
type Connector string

// ConnectorOf names the connector of a domain and a connection: <mesh>-<domain>-<connection>.
func ConnectorOf(mesh, domain, connection string) Connector {
	return Connector(mesh + "-" + domain + "-" + connection)
}

// maxIdentifier is the length of a name in PostgreSQL, in bytes (NAMEDATALEN - 1). A longer one would be cut silently.
const maxIdentifier = 63

// Slot is the name of the connector's replication slot and publication: lower-case letters, digits and underscores
// (PostgreSQL: pg_create_logical_replication_slot), 63 at most; a longer one ends in a hash of the whole.
func (c Connector) Slot() string {
	name := "weft_" + strings.ReplaceAll(string(c), "-", "_")
	if len(name) <= maxIdentifier {
		return name
	}
	sum := sha256.Sum256([]byte(c))
	tail := "_" + hex.EncodeToString(sum[:4])
	return name[:maxIdentifier-len(tail)] + tail
}

// Signals is the topic by which the connector is asked to read tables anew (Debezium: signal.kafka.topic).
func (c Connector) Signals() Topic { return Topic(string(c) + ".signals") }

// Heartbeats is the topic to which the connector tells how far it is when its tables are quiet.
func (c Connector) Heartbeats() Topic { return Topic(string(c) + ".heartbeats") }
