package nexmark

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/weftmesh/weft/internal/engine/flink/connectors"
	"github.com/weftmesh/weft/internal/engine/flink/stream"
	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
)

// Table is the table of the first so many events, for the connector "memory".
func (g *Generator) Table(events int64) *connectors.Memory {
	return connectors.NewGenerated(func(scan *plan.Scan) stream.Source { return g.source(scan, events) })
}

// source makes the columns of a scan.
type source struct {
	fills  []func(c *rows.Column, from int64)
	types  []rows.Type
	next   int64
	events int64
}

var kinds = map[string]int64{"person": isPerson, "auction": isAuction, "bid": isBid}

func (g *Generator) source(scan *plan.Scan, events int64) *source {
	s := &source{events: events}
	for i, column := range scan.Read {
		member := -1
		if scan.Members != nil {
			member = scan.Members[i]
		}
		of := scan.Table.Columns[column]
		switch {
		case of.Name == "event_type":
			s.add(of.Type, func(c *rows.Column, from int64) {
				for i := range c.Ints {
					c.Ints[i] = typeOf(from + int64(i))
				}
			})
		case member >= 0:
			f := of.Type.Fields[member]
			s.add(f.Type, g.member(kinds[of.Name], f.Name))
		default:
			s.add(of.Type, g.whole(kinds[of.Name], of.Type))
		}
	}
	return s
}

func (s *source) add(t rows.Type, fill func(*rows.Column, int64)) {
	s.types, s.fills = append(s.types, t), append(s.fills, fill)
}

func member(kind int64, name string) (number, text) {
	numbers := []map[string]number{personNumbers, auctionNumbers, bidNumbers}[kind]
	texts := []map[string]text{personTexts, auctionTexts, bidTexts}[kind]
	return numbers[name], texts[name]
}

// member fills a column with one value of the events of a kind; for the others it is NULL.
func (g *Generator) member(kind int64, name string) func(*rows.Column, int64) {
	number, text := member(kind, name)
	if number == nil && text == nil {
		panic(fmt.Sprintf("Nexmark's events have no %s", name))
	}
	return func(c *rows.Column, from int64) {
		c.Nulls = make([]bool, c.Len())
		for i := range c.Nulls {
			switch event := from + int64(i); {
			case typeOf(event) != kind:
				c.Nulls[i] = true
			case number != nil:
				c.Ints[i] = number(g, event)
			default:
				c.Strings[i] = text(g, event)
			}
		}
	}
}

// whole fills a column with rows of all values.
func (g *Generator) whole(kind int64, of rows.Type) func(*rows.Column, int64) {
	return func(c *rows.Column, from int64) {
		c.Nulls = make([]bool, c.Len())
		for i := range c.Nulls {
			event := from + int64(i)
			if c.Nulls[i] = typeOf(event) != kind; c.Nulls[i] {
				continue
			}
			row := make([]any, len(of.Fields))
			for j, f := range of.Fields {
				if number, text := member(kind, f.Name); number != nil {
					row[j] = number(g, event)
				} else {
					row[j] = text(g, event)
				}
			}
			c.Boxed[i] = row
		}
	}
}

func (s *source) Open(_ context.Context, state []byte) error {
	if len(state) == 8 {
		s.next = int64(binary.LittleEndian.Uint64(state))
	}
	return nil
}

func (s *source) Next(context.Context) (int, *rows.Batch, error) {
	n := min(rows.BatchSize, s.events-s.next)
	if n <= 0 {
		return 0, nil, io.EOF
	}
	b := &rows.Batch{Len: int(n), Cols: make([]*rows.Column, len(s.fills))}
	for i, fill := range s.fills {
		b.Cols[i] = rows.NewColumn(s.types[i], int(n))
		fill(b.Cols[i], s.next)
	}
	s.next += n
	return 0, b, nil
}

func (s *source) Splits() int { return 1 }

func (s *source) Save() ([]byte, error) {
	return binary.LittleEndian.AppendUint64(nil, uint64(s.next)), nil
}

func (s *source) Close() error { return nil }
