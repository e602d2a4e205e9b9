package runtime

import (
	"fmt"

	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
)

// required keeps NULL out of the columns that a table declares NOT NULL (Flink's table.exec.sink.not-null-enforcer).
type required struct {
	names   []string // of the sink's input by place; "" may be NULL
	dropped bool     // rows with a NULL are left out; else they fail the job
}

// newRequired gives nil where no column is NOT NULL.
func newRequired(n *plan.Sink, drop bool) *required {
	r := &required{names: make([]string, len(n.Columns)), dropped: drop}
	found := false
	for i, column := range n.Columns {
		if c := n.Table.Columns[column]; c.Type.NotNull {
			r.names[i], found = c.Name, true
		}
	}
	if !found {
		return nil
	}
	return r
}

// checked gives the rows that may be written; nil if there are none.
func (r *required) checked(b *rows.Batch) (*rows.Batch, error) {
	var without []bool // rows that have a NULL
	for i, name := range r.names {
		if name == "" || b.Cols[i].Nulls == nil {
			continue
		}
		for row := range b.Len {
			if !b.Cols[i].Null(row) {
				continue
			}
			if !r.dropped {
				return nil, fmt.Errorf("Column '%s' is NOT NULL, however, a null value is being written into it. You can set job configuration 'table.exec.sink.not-null-enforcer'='DROP' to suppress this exception and drop such records silently.", name)
			}
			if without == nil {
				without = make([]bool, b.Len)
			}
			without[row] = true
		}
	}
	if without == nil {
		return b, nil
	}
	var sel []int32
	for row, out := range without {
		if !out {
			sel = append(sel, int32(row))
		}
	}
	if len(sel) == 0 {
		return nil, nil //nolint:nilnil // nothing to write
	}
	return b.Take(sel), nil
}
