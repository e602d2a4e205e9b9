package converters

import (
	"fmt"
	"sync"

	"github.com/weftmesh/weft/internal/engine/connect/data"
)

// settings are what the encoding of a value as JSON depends on.
type settings struct {
	schemas      bool // schemas.enable
	nullDefaults bool // replace.null.with.default
	numeric      bool // decimal.format=NUMERIC
}

// jsonConverter is Connect's JsonConverter. What it has compiled for a schema it keeps under the schema's address.
type jsonConverter struct {
	settings
	kept kept[*node]
}

func newJSON(config map[string]string) (Converter, error) {
	err := knownKeys(JSON, config, "schemas.enable", "schemas.cache.size", "decimal.format", "replace.null.with.default")
	if err != nil {
		return nil, err
	}
	c := &jsonConverter{}
	if c.schemas, err = boolean(config, "schemas.enable", true); err != nil {
		return nil, err
	}
	if c.nullDefaults, err = boolean(config, "replace.null.with.default", true); err != nil {
		return nil, err
	}
	switch format := config["decimal.format"]; format {
	case "", "BASE64", "base64":
	case "NUMERIC", "numeric":
		c.numeric = true
	default:
		return nil, fmt.Errorf("decimal.format must be BASE64 or NUMERIC, not %q", format)
	}
	return c, nil
}

func (c *jsonConverter) Encode(topic string, _ bool, s *data.Schema, value, into []byte) ([]byte, error) {
	switch {
	case s == nil && value == nil:
		return nil, nil
	case s == nil:
		return nil, fmt.Errorf("topic %s: a value without a schema", topic)
	}
	n, err := c.kept.of(s, func() (*node, error) { return compile(s, c.settings), nil })
	if err != nil {
		return nil, err
	}
	if !c.schemas {
		return n.value(value, into)
	}
	into = append(append(append(into, `{"schema":`...), n.schema...), `,"payload":`...)
	if into, err = n.value(value, into); err != nil {
		return nil, fmt.Errorf("topic %s: %w", topic, err)
	}
	return append(into, '}'), nil
}

func (n *node) value(value, into []byte) ([]byte, error) {
	if value == nil {
		return append(into, n.null...), nil
	}
	r := data.Read(value)
	return n.encode(&r, into)
}

// keptSchemas bounds what is kept; a table that changes leaves old schemas behind.
const keptSchemas = 1000

// kept is what was compiled for schemas, by their addresses.
type kept[T any] struct {
	mu sync.RWMutex
	m  map[*data.Schema]T
}

func (k *kept[T]) of(s *data.Schema, compile func() (T, error)) (T, error) {
	k.mu.RLock()
	v, ok := k.m[s]
	k.mu.RUnlock()
	if ok {
		return v, nil
	}
	v, err := compile()
	if err != nil {
		return v, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.m == nil || len(k.m) >= keptSchemas {
		k.m = map[*data.Schema]T{}
	}
	k.m[s] = v
	return v, nil
}
