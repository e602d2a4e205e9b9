package runtime

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/flinksql/plan"
)

// A state is found again by a key: of an operator, what it computes from what, so that a changed query does not get
// another one's state; of a source its table's name, so that a changed query goes on where the old one stopped.

// keysOf gives each node of a plan that may have state its key.
func keysOf(g *graph) map[*stage]string {
	keys, seen := map[*stage]string{}, map[string]int{}
	for _, v := range g.vertices {
		v.walk(func(s *stage) {
			key := keyOf(s.node)
			seen[key]++
			if n := seen[key]; n > 1 {
				key = fmt.Sprintf("%s-%d", key, n)
			}
			keys[s] = key
		})
	}
	return keys
}

func (v *vertex) walk(visit func(*stage)) { v.head.walk(visit) }

func (s *stage) walk(visit func(*stage)) {
	visit(s)
	for _, c := range s.chained {
		c.walk(visit)
	}
}

func keyOf(n plan.Node) string {
	if scan, ok := n.(*plan.Scan); ok {
		return "source-" + sumOf([]byte(scan.Table.Name))
	}
	kind := strings.ToLower(strings.TrimPrefix(fmt.Sprintf("%T", n), "*plan."))
	return kind + "-" + sumOf([]byte(textOf(n)))
}

// textOf writes down all that a node and its inputs compute.
func textOf(n plan.Node) string {
	var b strings.Builder
	write(&b, reflect.ValueOf(n))
	return b.String()
}

func write(b *strings.Builder, v reflect.Value) {
	if !v.IsValid() {
		return
	}
	if v.CanInterface() {
		switch known := v.Interface().(type) {
		case *plan.Table:
			if known != nil {
				b.WriteString("table " + known.Name)
			}
			return
		case expr.Expr:
			if !v.IsNil() {
				b.WriteString(known.String())
			}
			return
		case *expr.Aggregate:
			b.WriteString(known.Name)
			return
		}
	}
	writeParts(b, v)
}

func writeParts(b *strings.Builder, v reflect.Value) {
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		if !v.IsNil() {
			write(b, v.Elem())
		}
	case reflect.Struct:
		b.WriteString(v.Type().Name() + "(")
		for i := range v.NumField() {
			write(b, v.Field(i))
			b.WriteString(",")
		}
		b.WriteString(")")
	case reflect.Slice, reflect.Array:
		b.WriteString("[")
		for i := range v.Len() {
			write(b, v.Index(i))
			b.WriteString(",")
		}
		b.WriteString("]")
	default:
		fmt.Fprint(b, v)
	}
}
