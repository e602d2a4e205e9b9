package parse_test

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/weftmesh/weft/internal/flinksql/ast"
)

// tree writes a tree without its places: (Binary Op:+ Left:(Literal ...) ...).
func tree(n any) string {
	var b strings.Builder
	dump(&b, reflect.ValueOf(n))
	return b.String()
}

func dump(b *strings.Builder, v reflect.Value) {
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		if v.IsNil() {
			b.WriteString("nil")
			return
		}
		dump(b, v.Elem())
	case reflect.Slice:
		b.WriteString("[")
		for i := range v.Len() {
			if i > 0 {
				b.WriteString(" ")
			}
			dump(b, v.Index(i))
		}
		b.WriteString("]")
	case reflect.Struct:
		b.WriteString("(" + v.Type().Name())
		for i := range v.NumField() {
			field := v.Type().Field(i)
			if field.Type == reflect.TypeFor[ast.Place]() || v.Field(i).IsZero() {
				continue
			}
			b.WriteString(" ")
			if !field.Anonymous {
				b.WriteString(field.Name + ":")
			}
			dump(b, v.Field(i))
		}
		b.WriteString(")")
	case reflect.String:
		fmt.Fprintf(b, "%q", v.String())
	default:
		fmt.Fprint(b, v.Interface())
	}
}
