package connectors

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/weftmesh/weft/internal/engine/flink/formats"
	"github.com/weftmesh/weft/internal/engine/flink/stream"
	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
)

func sinkOnly(*plan.Table) (Description, error) {
	return Description{Sink: true, Accepts: plan.Retract}, nil
}

// blackholeConnector takes everything and keeps nothing. As Flink's, it asks for no UpdateBefore.
func blackholeConnector() connector {
	describe := func(*plan.Table) (Description, error) { return Description{Sink: true, Accepts: plan.Upsert}, nil }
	return connector{
		name: "blackhole", describe: describe, sink: func(*Set, *plan.Sink, int, int) (stream.Sink, error) { return blackhole{}, nil },
	}
}

type blackhole struct{}

func (blackhole) Write(*rows.Batch) error            { return nil }
func (blackhole) Flush(context.Context, int64) error { return nil }
func (blackhole) Close() error                       { return nil }

// printConnector writes rows to the job's standard output in Flink's form: id:1> +I[a, b].
func printConnector() connector {
	return connector{
		name: "print", options: []string{"print-identifier", "standard-error"}, describe: sinkOnly,
		sink: func(s *Set, n *plan.Sink, part, parts int) (stream.Sink, error) {
			p := &printSink{out: s.config.Print, lock: &s.printing}
			prefix := n.Table.Options["print-identifier"]
			if parts > 1 {
				if prefix != "" {
					prefix += ":"
				}
				prefix += fmt.Sprint(part + 1)
			}
			if prefix != "" {
				p.prefix = prefix + "> "
			}
			return p, nil
		},
	}
}

type printSink struct {
	out    io.Writer
	lock   *sync.Mutex
	prefix string
}

func (p *printSink) Write(b *rows.Batch) error {
	p.lock.Lock()
	defer p.lock.Unlock()
	out := bufio.NewWriter(p.out)
	for i := range b.Len {
		cells := make([]string, len(b.Cols))
		for j, c := range b.Cols {
			cells[j] = formats.Text(c.Value(i), c.Type)
		}
		fmt.Fprintf(out, "%s%s[%s]\n", p.prefix, b.Change(i), strings.Join(cells, ", "))
	}
	return out.Flush()
}

func (p *printSink) Flush(context.Context, int64) error { return nil }
func (p *printSink) Close() error                       { return nil }
