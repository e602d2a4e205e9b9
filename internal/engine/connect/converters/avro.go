package converters

import (
	"context"
	"encoding/binary"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/sr"

	"github.com/weftmesh/weft/internal/engine/connect/data"
)

// registryTimeout bounds a request to the registry.
const registryTimeout = 20 * time.Second

// avroConverter writes Avro in Confluent's frame: a zero, the schema's id in four bytes, the value. A schema is registered
// under its topic's subject when its first value comes.
type avroConverter struct {
	registry *sr.Client
	register bool // auto.register.schemas
	subject  func(topic, part, record string) string
	set      avroSettings
	kept     kept[*avroNode]

	mu  sync.RWMutex
	ids map[registered]uint32
}

// registered is a schema in a subject.
type registered struct {
	subject string
	schema  *data.Schema
}

func newConfluent(config map[string]string) (Converter, error) {
	err := knownKeys(Confluent, config,
		"schema.registry.url", "auto.register.schemas", "use.latest.version", "basic.auth.credentials.source", "basic.auth.user.info",
		"schema.registry.basic.auth.user.info", "bearer.auth.credentials.source", "bearer.auth.token", "key.subject.name.strategy",
		"value.subject.name.strategy", "schemas.cache.config", "schemas.cache.size", "enhanced.avro.schema.support", "connect.meta.data",
		"normalize.schemas", "latest.compatibility.strict", "ignore.default.for.nullables", "max.schemas.per.subject", "scrub.invalid.names",
		"schemas.enable") // read by nobody, and often written
	if err != nil {
		return nil, err
	}
	if latest, err := boolean(config, "use.latest.version", false); err != nil || latest {
		return nil, fmt.Errorf("use.latest.version=true would write values with a schema that is not theirs: leave it out; with auto.register.schemas=false the schema that fits is looked up")
	}
	c := &avroConverter{ids: map[registered]uint32{}}
	if c.register, err = boolean(config, "auto.register.schemas", true); err != nil {
		return nil, err
	}
	ignore, err := boolean(config, "ignore.default.for.nullables", false)
	if err != nil {
		return nil, err
	}
	c.set.nullDefaults = !ignore
	if c.set.bare, err = without(config, "connect.meta.data"); err != nil {
		return nil, err
	}
	if c.subject, err = strategy(config); err != nil {
		return nil, err
	}
	user := config["basic.auth.user.info"]
	if user == "" {
		user = config["schema.registry.basic.auth.user.info"]
	}
	return c, c.dial("schema.registry.url", config["schema.registry.url"], user, config["bearer.auth.token"])
}

// without is a switch whose default is on.
func without(config map[string]string, key string) (bool, error) {
	with, err := boolean(config, key, true)
	return !with, err
}

func strategy(config map[string]string) (func(topic, part, record string) string, error) {
	name := config["value.subject.name.strategy"]
	if name == "" {
		name = config["key.subject.name.strategy"]
	}
	switch name[strings.LastIndexByte(name, '.')+1:] {
	case "", "TopicNameStrategy":
		return func(topic, part, _ string) string { return topic + "-" + part }, nil
	case "RecordNameStrategy":
		return func(_, _, record string) string { return record }, nil
	case "TopicRecordNameStrategy":
		return func(topic, _, record string) string { return topic + "-" + record }, nil
	}
	return nil, fmt.Errorf("the subject name strategy %s is not known; there are TopicNameStrategy, RecordNameStrategy, TopicRecordNameStrategy", name)
}

var apicurioAPI = regexp.MustCompile(`/apis/registry/v[23]/?$`)

// newApicurio is Apicurio's converter where it writes Confluent's frame. It speaks Confluent's API, which Apicurio has too.
func newApicurio(config map[string]string) (Converter, error) {
	prefix := "apicurio.registry."
	own := map[string]string{}
	for key, value := range config {
		own[strings.TrimPrefix(key, prefix)] = value
	}
	err := knownKeys(Apicurio, own,
		"url", "auto-register", "find-latest", "as-confluent", "use-id", "headers.enabled", "artifact-resolver-strategy", "auth.username",
		"auth.password", "converter.serializer", "converter.deserializer", "check-period-ms", "schemas.enable")
	if err != nil {
		return nil, err
	}
	if confluent, err := boolean(own, "as-confluent", false); err != nil || !confluent {
		return nil, fmt.Errorf("%sas-confluent must be true: only Confluent's frame is written", prefix)
	}
	if headers, err := boolean(own, "headers.enabled", false); err != nil || headers {
		return nil, fmt.Errorf("%sheaders.enabled must be false: the schema's id is written before the value", prefix)
	}
	c := &avroConverter{ids: map[registered]uint32{}, set: avroSettings{nullDefaults: true}}
	if c.register, err = boolean(own, "auto-register", false); err != nil {
		return nil, err
	}
	if c.subject, err = strategy(nil); err != nil {
		return nil, err
	}
	user := ""
	if own["auth.username"] != "" {
		user = own["auth.username"] + ":" + own["auth.password"]
	}
	return c, c.dial(prefix+"url", apicurioAPI.ReplaceAllString(own["url"], "/apis/ccompat/v7"), user, "")
}

func (c *avroConverter) dial(key, urls, user, token string) (err error) {
	if urls == "" {
		return fmt.Errorf("%s is missing: the address of the schema registry", key)
	}
	once := &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true} // a schema is asked for once: no connection is kept
	options := []sr.ClientOpt{sr.URLs(strings.Split(urls, ",")...), sr.HTTPClient(&http.Client{Timeout: registryTimeout, Transport: once})}
	if name, password, ok := strings.Cut(user, ":"); ok {
		options = append(options, sr.BasicAuth(name, password))
	}
	if token != "" {
		options = append(options, sr.BearerToken(token))
	}
	c.registry, err = sr.NewClient(options...)
	return err
}

func (c *avroConverter) Encode(topic string, isKey bool, s *data.Schema, value, into []byte) ([]byte, error) {
	switch {
	case value == nil:
		return nil, nil
	case s == nil:
		return nil, fmt.Errorf("topic %s: a value without a schema", topic)
	}
	n, err := c.kept.of(s, func() (*avroNode, error) { return c.set.compile(s) })
	if err != nil {
		return nil, fmt.Errorf("topic %s: %w", topic, err)
	}
	id, err := c.id(topic, isKey, s, n)
	if err != nil {
		return nil, fmt.Errorf("topic %s: %w", topic, err)
	}
	into = binary.BigEndian.AppendUint32(append(into, 0), id)
	if !n.rewrites {
		return append(into, value...), nil
	}
	r := data.Read(value)
	into = n.write(&r, into)
	return into, r.Err()
}

// id is the schema's in the subject of the topic.
func (c *avroConverter) id(topic string, isKey bool, s *data.Schema, n *avroNode) (uint32, error) {
	part := "value"
	if isKey {
		part = "key"
	}
	at := registered{topic, s} // a schema is a key's or a value's, so the topic does for the subject
	c.mu.RLock()
	id, ok := c.ids[at]
	c.mu.RUnlock()
	if ok {
		return id, nil
	}
	id, err := c.ask(c.subject(topic, part, n.name), n.text)
	if err != nil {
		return 0, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.ids) >= keptSchemas {
		clear(c.ids)
	}
	c.ids[at] = id
	return id, nil
}

func (c *avroConverter) ask(subject, text string) (uint32, error) {
	ctx, cancel := context.WithTimeout(context.Background(), registryTimeout)
	defer cancel()
	schema := sr.Schema{Schema: text, Type: sr.TypeAvro}
	if c.register {
		id, err := c.registry.RegisterSchema(ctx, subject, schema, -1, -1)
		if err != nil {
			return 0, fmt.Errorf("register the schema in subject %s: %w", subject, err)
		}
		return uint32(id), nil
	}
	found, err := c.registry.LookupSchema(ctx, subject, schema)
	if err != nil {
		return 0, fmt.Errorf("look up the schema in subject %s, as it may not be registered by the converter: %w", subject, err)
	}
	return uint32(found.ID), nil
}
