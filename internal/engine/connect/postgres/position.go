package postgres

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/weftmesh/weft/internal/engine/connect/postgres/wal"
)

// position is how far the records go: what an offset in Connect's offsets topic says. It is Debezium's offset (lsn_proc,
// lsn_commit, lsn, txId, ts_usec) with more to it, so that a connector may go on from where Debezium's has stopped.
type position struct {
	Commit wal.LSN `json:"lsn_commit"` // the end of the last transaction that is out as a whole
	LSN    wal.LSN `json:"lsn"`        // of the last change that is out
	Proc   wal.LSN `json:"lsn_proc"`   // the same, by Debezium's name
	Micros int64   `json:"ts_usec"`    // when its transaction was committed
	TxID   uint32  `json:"txId"`

	// Within a transaction that is not out as a whole:
	Tx  wal.LSN `json:"lsn_tx"`  // where it commits; 0: there is none
	Seq int     `json:"lsn_seq"` // how many changes that lie at LSN are out

	Snapshot string        `json:"snapshot"` // initial while the rows that are there are read; else empty
	Reading  *snapshotMark `json:"snapshot_progress"`

	Incremental *chunks `json:"incremental_snapshot"` // nil: none is running
}

// snapshotMark is how far a snapshot got.
type snapshotMark struct {
	Table string `json:"table"` // the one that is being read
	Part  string `json:"part"`  // the partition of it, or itself
	File  uint32 `json:"file"`  // its relfilenode: a ctid is one of this file
	Place string `json:"ctid"`  // rows up to this one are out; empty: unknown
}

// parsePosition reads an offset; nil is none.
func parsePosition(offset json.RawMessage) (*position, error) {
	if len(offset) == 0 || string(offset) == "null" {
		return nil, nil
	}
	var p position
	if err := json.Unmarshal(offset, &p); err != nil {
		return nil, fmt.Errorf("the offset %s is none of this connector's: %w", offset, err)
	}
	if p.Commit == 0 && p.LSN == 0 {
		return nil, fmt.Errorf("the offset %s has neither lsn nor lsn_commit", offset)
	}
	if p.Commit == 0 {
		p.Commit = p.LSN
	}
	if p.Proc > p.LSN {
		p.LSN = p.Proc
	}
	return &p, nil
}

// append writes the offset as JSON.
func (p *position) append(into []byte) []byte {
	into = strconv.AppendUint(append(into, `{"lsn_proc":`...), uint64(p.LSN), 10)
	into = strconv.AppendUint(append(into, `,"lsn_commit":`...), uint64(p.Commit), 10)
	into = strconv.AppendUint(append(into, `,"lsn":`...), uint64(p.LSN), 10)
	into = strconv.AppendUint(append(into, `,"txId":`...), uint64(p.TxID), 10)
	into = strconv.AppendInt(append(into, `,"ts_usec":`...), p.Micros, 10)
	if p.Tx != 0 {
		into = strconv.AppendUint(append(into, `,"lsn_tx":`...), uint64(p.Tx), 10)
		into = strconv.AppendInt(append(into, `,"lsn_seq":`...), int64(p.Seq), 10)
	}
	if p.Snapshot != "" {
		into = append(append(append(into, `,"snapshot":"`...), p.Snapshot...), '"')
	}
	if p.Reading != nil {
		mark, _ := json.Marshal(p.Reading) // strings and numbers
		into = append(append(into, `,"snapshot_progress":`...), mark...)
	}
	if p.Incremental != nil {
		left, _ := json.Marshal(p.Incremental) // as above
		into = append(append(into, `,"incremental_snapshot":`...), left...)
	}
	return append(into, '}')
}

// out tells whether a change of a transaction that ends at final has gone out before. seq counts the changes at its LSN
// from 1 on. Only the transaction in which the connector stopped is asked: others have LSNs from before it as well.
func (p *position) out(final, lsn wal.LSN, seq int) bool {
	if p.Tx == 0 || p.Tx != final {
		return false
	}
	return lsn < p.LSN || lsn == p.LSN && (p.Seq == 0 || seq <= p.Seq)
}
