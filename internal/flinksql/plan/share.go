package plan

import (
	"fmt"
	"maps"
	"slices"

	"github.com/weftmesh/weft/internal/flinksql/expr"
)

// Share reads each table once for all the plans of a job: scans of the same table with the same options become one,
// with the columns of all (Flink's reuse of sources).
func Share(roots ...Node) {
	found := map[string][]sharing{}
	for _, root := range roots {
		collectScans(root, found)
	}
	for _, scans := range found {
		if len(scans) > 1 {
			shareScan(scans)
		}
	}
}

// sharing is a scan and where it hangs.
type sharing struct {
	place *Node
	scan  *Scan
}

// collectScans finds where scans hang in a tree, by what they read.
func collectScans(n Node, found map[string][]sharing) {
	for _, input := range inputsOf(n) {
		if scan, ok := (*input).(*Scan); ok {
			key := scan.Table.Name
			for _, option := range slices.Sorted(maps.Keys(scan.Table.Options)) {
				key += fmt.Sprintf("%q=%q", option, scan.Table.Options[option])
			}
			found[key] = append(found[key], sharing{input, scan})
			continue
		}
		collectScans(*input, found)
	}
}

// shareScan puts one scan where there were several, and a projection to the columns of each on top.
func shareScan(places []sharing) {
	first := places[0].scan
	shared := &Scan{Base: Base{Mode: first.Mode}, Table: first.Table}
	at := make([][]int, len(places))
	for i, one := range places {
		at[i] = shared.take(one.scan)
	}
	shared.Keys = uniqueKeys(shared)
	for i, one := range places {
		narrowed := narrow(shared, at[i])
		base := narrowed.Properties()
		if narrowed != Node(shared) {
			base.Mode, base.Keys = shared.Mode, uniqueKeys(narrowed)
		}
		*one.place = narrowed
	}
}

// take adds the columns of another scan that are not there yet, and gives the places of all of its columns.
func (n *Scan) take(other *Scan) []int {
	read := make([]int, len(other.Read))
	for i, column := range other.Read {
		read[i] = n.readAt(column, other.member(i))
	}
	at := make([]int, len(other.Project))
	for i, e := range other.Project {
		e = moved(e, func(c int) int { return read[c] })
		at[i] = slices.IndexFunc(n.Project, func(k expr.Expr) bool { return k.String() == e.String() })
		if at[i] < 0 {
			at[i] = len(n.Project)
			n.Project = append(n.Project, e)
			n.Out = append(n.Out, other.Out[i])
		}
	}
	if w := other.Watermark; w != nil && n.Watermark == nil {
		n.Watermark = &Watermark{Column: at[w.Column], Expr: moved(w.Expr, func(c int) int { return at[c] }), Idle: w.Idle}
		n.Out[at[w.Column]].Type = other.Out[w.Column].Type
	}
	return at
}

// member is the member of a ROW that is read in a place; -1 where it is the column.
func (n *Scan) member(i int) int {
	if n.Members == nil {
		return -1
	}
	return n.Members[i]
}

// readAt finds the place of a column, or of a member of it, among what is read, and adds it where it is missing.
func (n *Scan) readAt(column, member int) int {
	for i, c := range n.Read {
		if c == column && n.member(i) == member {
			return i
		}
	}
	n.Read = append(n.Read, column)
	if n.Table.Nested {
		n.Members = append(n.Members, member)
	}
	return len(n.Read) - 1
}
