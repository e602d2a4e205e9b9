package tables

import (
	"strconv"

	"github.com/weftmesh/weft/internal/engine/connect/data"
	"github.com/weftmesh/weft/internal/engine/connect/postgres/wal"
)

// Version is the connector's that envelopes and plugins name: the Debezium whose records ours are equal to.
const Version = "3.7.0.Final"

const connectorName = "postgresql"

// Origin is what the source block of an envelope says of where and when a row was read.
type Origin struct {
	Snapshot   string // false, true, first, first_in_data_collection, last_in_data_collection, last, incremental
	Micros     int64  // when it was committed, or the snapshot began, since 1970
	Last       wal.LSN
	HasLast    bool    // Last, the end of the transaction before, is known
	LSN        wal.LSN // where the change lies
	HasTx      bool
	Tx         uint32
	Name       string // of the replication origin; "" is none
	Now        int64  // when the connector saw it, in nanoseconds since 1970
	NameLSN    wal.LSN
	NoLSN      bool // the record's source has no lsn, though its sequence has
	scratchLSN [48]byte
}

func (r *Rules) envelope(l *Layout) *data.Schema {
	long := &data.Schema{Kind: data.Int64, Optional: true}
	return &data.Schema{
		Kind: data.Struct, Name: r.schemaName(l.Topic + ".Envelope"), Version: 2,
		Fields: []data.Field{
			{Name: "before", Schema: l.Row},
			{Name: "after", Schema: l.Row},
			{Name: "source", Schema: sourceSchema()},
			{Name: "transaction", Schema: transactionSchema()},
			{Name: "op", Schema: &data.Schema{Kind: data.String}},
			{Name: "ts_ms", Schema: long},
			{Name: "ts_us", Schema: long},
			{Name: "ts_ns", Schema: long},
		},
	}
}

func sourceSchema() *data.Schema {
	text, long := &data.Schema{Kind: data.String}, &data.Schema{Kind: data.Int64}
	optionalText, optionalLong := text.AsOptional(), long.AsOptional()
	return &data.Schema{
		Kind: data.Struct, Name: "io.debezium.connector.postgresql.Source", Version: 1,
		Fields: []data.Field{
			{Name: "version", Schema: text},
			{Name: "connector", Schema: text},
			{Name: "name", Schema: text},
			{Name: "ts_ms", Schema: long},
			{Name: "snapshot", Schema: snapshotSchema()},
			{Name: "db", Schema: text},
			{Name: "sequence", Schema: optionalText},
			{Name: "ts_us", Schema: optionalLong},
			{Name: "ts_ns", Schema: optionalLong},
			{Name: "schema", Schema: text},
			{Name: "table", Schema: text},
			{Name: "txId", Schema: optionalLong},
			{Name: "lsn", Schema: optionalLong},
			{Name: "xmin", Schema: optionalLong},
			{Name: "origin", Schema: optionalText},
			{Name: "origin_lsn", Schema: optionalLong},
		},
	}
}

func snapshotSchema() *data.Schema {
	return &data.Schema{
		Kind: data.String, Optional: true, Name: "io.debezium.data.Enum", Version: 1, Default: data.AppendString(nil, "false"),
		Parameters: []data.Parameter{{Name: "allowed", Value: "true,first,first_in_data_collection,last_in_data_collection,last,false,incremental"}},
	}
}

func transactionSchema() *data.Schema {
	return &data.Schema{
		Kind: data.Struct, Optional: true, Name: "event.block", Version: 1,
		Fields: []data.Field{
			{Name: "id", Schema: &data.Schema{Kind: data.String}},
			{Name: "total_order", Schema: &data.Schema{Kind: data.Int64}},
			{Name: "data_collection_order", Schema: &data.Schema{Kind: data.Int64}},
		},
	}
}

func (r *Rules) sourceHead() []byte {
	return data.AppendString(data.AppendString(data.AppendString(nil, Version), connectorName), r.Prefix)
}

// AppendEnvelope packs the envelope of a change. A row that is not there (of a create, a delete, a truncate) is nil.
func (l *Layout) AppendEnvelope(into []byte, op byte, before, after []wal.Column, o *Origin) (_ []byte, err error) {
	for _, row := range [2][]wal.Column{before, after} {
		if row == nil {
			into = data.AppendNull(into)
			continue
		}
		if into, err = l.appendRow(data.AppendPresent(into), row); err != nil {
			return nil, err
		}
	}
	into = appendSource(into, l.head, l.db, l.place, o)
	into = data.AppendNull(into) // transaction
	into = append(into, 2, op)
	into = data.AppendInt(data.AppendPresent(into), o.Now/1_000_000)
	into = data.AppendInt(data.AppendPresent(into), o.Now/1000)
	return data.AppendInt(data.AppendPresent(into), o.Now), nil
}

func appendSource(into, head, db, place []byte, o *Origin) []byte {
	into = append(into, head...)
	into = data.AppendInt(into, o.Micros/1000)
	into = data.AppendString(data.AppendPresent(into), o.Snapshot)
	into = append(into, db...)
	into = data.AppendBytes(data.AppendPresent(into), o.sequenceText())
	into = data.AppendInt(data.AppendPresent(into), o.Micros)
	into = data.AppendInt(data.AppendPresent(into), o.Micros*1000)
	into = append(into, place...)
	if o.HasTx {
		into = data.AppendInt(data.AppendPresent(into), int64(o.Tx))
	} else {
		into = data.AppendNull(into)
	}
	if o.NoLSN {
		into = data.AppendNull(into)
	} else {
		into = data.AppendInt(data.AppendPresent(into), int64(o.LSN))
	}
	into = data.AppendNull(into) // xmin
	if o.Name == "" {
		return data.AppendNull(data.AppendNull(into))
	}
	into = data.AppendString(data.AppendPresent(into), o.Name)
	return data.AppendInt(data.AppendPresent(into), int64(o.NameLSN))
}

// sequenceText is ["end of the transaction before","position of the change"].
func (o *Origin) sequenceText() []byte {
	b := append(o.scratchLSN[:0], '[')
	if o.HasLast {
		b = append(strconv.AppendUint(append(b, '"'), uint64(o.Last), 10), '"')
	} else {
		b = append(b, "null"...)
	}
	b = strconv.AppendUint(append(b, ',', '"'), uint64(o.LSN), 10)
	return append(b, '"', ']')
}

// AppendSource packs the source block of a record that is of no table.
func (r *Rules) AppendSource(into []byte, o *Origin) []byte {
	place := data.AppendString(data.AppendString(nil, ""), "")
	return appendSource(into, r.sourceHead(), data.AppendString(nil, r.Database), place, o)
}

// MessageSchemas are those of the key and the value of a logical decoding message with a content of this schema.
func MessageSchemas(content *data.Schema) (key, value *data.Schema) {
	text := &data.Schema{Kind: data.String}
	key = &data.Schema{
		Kind: data.Struct, Name: "io.debezium.connector.postgresql.MessageKey", Version: 1,
		Fields: []data.Field{{Name: "prefix", Schema: text.AsOptional()}},
	}
	message := &data.Schema{
		Kind: data.Struct, Name: "io.debezium.connector.postgresql.Message", Version: 1,
		Fields: []data.Field{{Name: "prefix", Schema: text.AsOptional()}, {Name: "content", Schema: content.AsOptional()}},
	}
	return key, &data.Schema{
		Kind: data.Struct, Name: "io.debezium.connector.postgresql.MessageValue", Version: 1,
		Fields: []data.Field{
			{Name: "op", Schema: text},
			{Name: "ts_ms", Schema: &data.Schema{Kind: data.Int64, Optional: true}},
			{Name: "source", Schema: sourceSchema()},
			{Name: "transaction", Schema: transactionSchema()},
			{Name: "message", Schema: message},
		},
	}
}
