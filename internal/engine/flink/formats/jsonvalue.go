package formats

import "github.com/weftmesh/weft/internal/rows"

// AppendJSON writes one boxed value as the json format does with ISO-8601 timestamps. Keys of maps must be strings.
func AppendJSON(to []byte, v any, t rows.Type) ([]byte, error) {
	e := jsonEncoder{stamp: stamp{iso: true}}
	return e.boxed(to, v, t)
}

// CheckJSON reports a column whose values have no form in JSON.
func CheckJSON(f rows.Field) error { return checkJSON(f.Type, f) }
