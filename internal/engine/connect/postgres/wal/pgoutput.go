package wal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// postgresEpoch is 2000-01-01 in microseconds since 1970.
const postgresEpoch = 946_684_800_000_000

// Kinds of pgoutput's messages.
const (
	Begin    = 'B'
	Commit   = 'C'
	Origin   = 'O'
	Relation = 'R'
	TypeName = 'Y'
	Insert   = 'I'
	Update   = 'U'
	Delete   = 'D'
	Truncate = 'T'
	Logical  = 'M' // of pg_logical_emit_message
)

// Column is a column of a tuple: Kind t is a text, n null, u an unchanged TOASTed value that is not in the WAL.
type Column struct {
	Kind byte
	Text []byte
}

// Change is a decoded message. It is used again by the next Decode; texts lie in the payload.
type Change struct {
	Kind byte

	Relation  uint32   // of Insert, Update, Delete
	Relations []uint32 // of Truncate
	OldKind   byte     // of Update and Delete: K the key, O the whole row, 0 there is none
	Old, New  []Column

	Final  LSN    // of Begin: where the commit lies
	End    LSN    // of Commit: where the transaction ends
	Micros int64  // of Begin and Commit: when it was committed, since 1970
	XID    uint32 // of Begin

	Transactional bool // of Logical
	LSN           LSN  // of Logical and Origin
	Name          []byte
	Content       []byte
}

// Described is a table as a Relation message has it.
type Described struct {
	Relation     uint32
	Schema, Name string
	Identity     byte // d default, n nothing, f full, i index
	Columns      []DescribedColumn
}

// DescribedColumn is a column of a Relation message.
type DescribedColumn struct {
	Name string
	Key  bool // part of the replica identity
	Type uint32
	Mod  int32
}

var errShort = errors.New("a pgoutput message ends too early")

// reader takes fields off a message; after the first that is missing it gives zeros.
type reader struct {
	b    []byte
	fail bool
}

func (r *reader) take(n int) []byte {
	if n < 0 || len(r.b) < n {
		r.b, r.fail = nil, true
		return nil
	}
	taken := r.b[:n:n]
	r.b = r.b[n:]
	return taken
}

func (r *reader) byte() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) uint16() int {
	if b := r.take(2); b != nil {
		return int(binary.BigEndian.Uint16(b))
	}
	return 0
}

func (r *reader) uint32() uint32 {
	if b := r.take(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (r *reader) uint64() uint64 {
	if b := r.take(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

func (r *reader) text() []byte {
	end := bytes.IndexByte(r.b, 0)
	if end < 0 {
		r.b, r.fail = nil, true
		return nil
	}
	text := r.b[:end:end]
	r.b = r.b[end+1:]
	return text
}

func (r *reader) err() error {
	if r.fail {
		return errShort
	}
	return nil
}

// Decode reads any message but Relation, whose columns Describe reads. cut: the end of the payload is missing, so that the
// tuples end where it does.
func (c *Change) Decode(payload []byte, cut bool) error {
	r := reader{b: payload}
	c.Kind = r.byte()
	switch c.Kind {
	case Begin:
		c.Final, c.Micros, c.XID = LSN(r.uint64()), int64(r.uint64())+postgresEpoch, r.uint32()
	case Commit:
		r.take(1 + 8)
		c.End, c.Micros = LSN(r.uint64()), int64(r.uint64())+postgresEpoch
	case Insert, Update, Delete:
		c.row(&r)
	case Truncate:
		n := int(r.uint32())
		r.byte()
		c.Relations = c.Relations[:0]
		for ; n > 0 && !r.fail; n-- {
			c.Relations = append(c.Relations, r.uint32())
		}
	case Logical:
		c.Transactional, c.LSN, c.Name = r.byte()&1 == 1, LSN(r.uint64()), r.text()
		c.Content = r.take(int(r.uint32()))
	case Origin:
		c.LSN, c.Name = LSN(r.uint64()), r.text()
	case Relation, TypeName:
		return nil
	default:
		return fmt.Errorf("a pgoutput message of the unknown kind %q", c.Kind)
	}
	if cut {
		return nil
	}
	return r.err()
}

func (c *Change) row(r *reader) {
	c.Relation, c.OldKind = r.uint32(), 0
	c.Old, c.New = c.Old[:0], c.New[:0]
	for len(r.b) > 0 && !r.fail {
		switch kind := r.byte(); kind {
		case 'K', 'O':
			c.OldKind = kind
			c.Old = r.tuple(c.Old)
		case 'N':
			c.New = r.tuple(c.New)
		default:
			r.fail = true
		}
	}
}

func (r *reader) tuple(into []Column) []Column {
	for n := r.uint16(); n > 0 && !r.fail; n-- {
		column := Column{Kind: r.byte()}
		if column.Kind == 't' || column.Kind == 'b' {
			column.Text = r.take(int(r.uint32()))
		}
		if !r.fail {
			into = append(into, column)
		}
	}
	return into
}

// Describe reads a Relation message.
func Describe(payload []byte) (Described, error) {
	r := reader{b: payload}
	r.byte()
	d := Described{Relation: r.uint32(), Schema: string(r.text()), Name: string(r.text()), Identity: r.byte()}
	for n := r.uint16(); n > 0 && !r.fail; n-- {
		key := r.byte()&1 == 1
		d.Columns = append(d.Columns, DescribedColumn{Key: key, Name: string(r.text()), Type: r.uint32(), Mod: int32(r.uint32())})
	}
	if d.Schema == "" {
		d.Schema = "pg_catalog" // the protocol writes it so
	}
	return d, r.err()
}
