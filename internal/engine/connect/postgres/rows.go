package postgres

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/weftmesh/weft/internal/engine/connect/postgres/wal"
)

// Write takes a row in COPY's text format; pgx calls it for each.
func (n *snapshot) Write(line []byte) (int, error) {
	if err := n.release(n.ctx, false); err != nil {
		return 0, err
	}
	n.held.there, n.held.layout, n.held.first, n.held.placed, n.held.mark = true, n.layout, n.fresh, n.byPlace, n.mark
	n.held.opening = !n.any && !n.later
	n.held.line = append(n.held.line[:0], line...)
	n.fresh = false
	return len(line), nil
}

// release emits the held row, now that it is known what follows: a row of its table, one of another, or nothing more.
func (n *snapshot) release(ctx context.Context, end bool) error {
	if !n.held.there {
		return nil
	}
	n.origin.Snapshot, n.origin.Now = n.marker(end), time.Now().UnixNano()
	n.held.there, n.any = false, true
	if err := n.emit(); err != nil {
		return err
	}
	if !n.out.crowded() {
		return nil
	}
	mark := n.held.mark
	mark.Place = string(n.place)
	n.pos.Reading = &mark
	return n.handOn(ctx)
}

// marker is the held row's source.snapshot.
func (n *snapshot) marker(end bool) string {
	switch {
	case end:
		return "last"
	case n.held.opening:
		return "first"
	case n.held.layout != n.layout:
		return "last_in_data_collection"
	case n.held.first:
		return "first_in_data_collection"
	}
	return "true"
}

func (n *snapshot) emit() error {
	n.parse(bytes.TrimSuffix(n.held.line, []byte("\n")))
	row := n.row
	n.place = n.place[:0]
	if n.held.placed {
		n.place = append(n.place, row[0].Text...)
		row = row[1:]
	}
	if err := n.emitter.row(n.held.layout, 'r', nil, row); err != nil {
		return fmt.Errorf("%w (ctid %s)", err, n.place)
	}
	return nil
}

// parse reads a line of COPY's text format (PostgreSQL's documentation of COPY, "Text Format"): columns between tabs, \N is
// null, a backslash before what would be mistaken.
func (n *snapshot) parse(line []byte) {
	n.row = n.row[:0]
	if cap(n.plain) < len(line) {
		n.plain = make([]byte, 0, 2*len(line)) // never moved while columns lie in it
	}
	n.plain = n.plain[:0]
	for more := true; more; {
		var column []byte
		column, line, more = bytes.Cut(line, []byte("\t"))
		switch {
		case len(column) == 2 && column[0] == '\\' && column[1] == 'N':
			n.row = append(n.row, wal.Column{Kind: 'n'})
			continue
		case bytes.IndexByte(column, '\\') >= 0:
			start := len(n.plain)
			n.plain = unescape(n.plain, column)
			column = n.plain[start:len(n.plain):len(n.plain)]
		}
		n.row = append(n.row, wal.Column{Kind: 't', Text: column})
	}
}

func unescape(into, text []byte) []byte {
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c == '\\' && i+1 < len(text) {
			i++
			switch c = text[i]; c {
			case 'b':
				c = '\b'
			case 'f':
				c = '\f'
			case 'n':
				c = '\n'
			case 'r':
				c = '\r'
			case 't':
				c = '\t'
			case 'v':
				c = '\v'
			}
		}
		into = append(into, c)
	}
	return into
}
