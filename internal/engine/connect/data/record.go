package data

// Record is one record of a source connector, on its way to a topic.
//
// The bytes of keys, values and headers belong to the task that made the record: they hold until
// the Put that they were handed to has returned. Who needs them longer copies them.
type Record struct {
	Topic     string
	Partition int32 // -1: the producer's partitioner chooses
	KeySchema *Schema
	Key       []byte // nil: the key is null
	Value     []byte // nil: the value is null, a tombstone
	// ValueSchema may be nil where Value is.
	ValueSchema *Schema
	Headers     []Header // records that share their headers share the slice
	Timestamp   int64    // ms since 1970; 0: the time at which it is produced
}

// Header is a header of a record. Debezium's are strings, and structs where a row's key changes.
type Header struct {
	Name   string
	Schema *Schema
	Value  []byte // nil: null
}
