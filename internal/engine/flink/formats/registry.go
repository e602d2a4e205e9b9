package formats

import (
	"context"
	"encoding/binary"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/sr"
)

var registryOptions = []string{
	"url", "subject", "schema", "basic-auth.credentials-source", "basic-auth.user-info", "bearer-auth.credentials-source", "bearer-auth.token", "properties.*",
	"ssl.*",
}

// registry is a schema registry as Confluent's REST API shows it.
type registry struct {
	client *sr.Client
	url    string
}

// registryTimeout is how long a registry may take to answer.
const registryTimeout = 30 * time.Second

func newRegistry(s Spec) (*registry, error) {
	url := s.Options["url"]
	if url == "" {
		return nil, fmt.Errorf("the option '%s.url' is missing: the schema registry's address", s.Name)
	}
	for o := range s.Options {
		if strings.HasPrefix(o, "ssl.") || strings.HasPrefix(o, "properties.") {
			return nil, fmt.Errorf("the option '%s.%s' is not supported yet", s.Name, o)
		}
	}
	once := &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true} // a schema is asked for once: no connection is kept
	opts := []sr.ClientOpt{sr.URLs(strings.Split(url, ",")...), sr.HTTPClient(&http.Client{Timeout: registryTimeout, Transport: once})}
	if user, password, ok := strings.Cut(s.Options["basic-auth.user-info"], ":"); ok {
		opts = append(opts, sr.BasicAuth(user, password))
	}
	if token := s.Options["bearer-auth.token"]; token != "" {
		opts = append(opts, sr.BearerToken(token))
	}
	client, err := sr.NewClient(opts...)
	return &registry{client: client, url: url}, err
}

// schema fetches a schema by the id that stands before each value.
func (r *registry) schema(id int) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), registryTimeout)
	defer cancel()
	s, err := r.client.SchemaByID(ctx, id)
	if err != nil {
		return "", fmt.Errorf("schema %d of the registry at %s: %w", id, r.url, err)
	}
	return s.Schema, nil
}

// register makes a schema known under a subject.
func (r *registry) register(subject, schema string) (int, error) {
	ctx, cancel := context.WithTimeout(context.Background(), registryTimeout)
	defer cancel()
	id, err := r.client.RegisterSchema(ctx, subject, sr.Schema{Schema: schema, Type: sr.TypeAvro}, -1, -1)
	if err != nil {
		return 0, fmt.Errorf("register the schema of %s in the registry at %s: %w", subject, r.url, err)
	}
	return id, nil
}

// frameSize is that of Confluent's frame: a zero byte, then the schema's id.
const frameSize = 5

func unframe(message []byte) (id int, value []byte, err error) {
	if len(message) < frameSize || message[0] != 0 {
		return 0, nil, fmt.Errorf("not in Confluent's frame (a zero byte and the schema's id): %x", message[:min(len(message), frameSize)])
	}
	return int(binary.BigEndian.Uint32(message[1:])), message[frameSize:], nil
}
