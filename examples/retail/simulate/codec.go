package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"time"

	"github.com/twmb/avro"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sr"
)

// row is one record's fields.
type row map[string]any

// codec writes the keys and values of one topic as its schemas say.
type codec struct {
	value   *avro.Schema // nil for bare JSON
	valueID int
	key     *avro.Schema // nil for a key of text
	keyID   int
}

// learn asks the registry for the schema of every topic, and waits for topics and schemas that are not there yet.
func learn(ctx context.Context, kafka, registry string) (map[string]codec, error) {
	client, err := sr.NewClient(sr.URLs(registry))
	if err != nil {
		return nil, err
	}
	codecs := map[string]codec{}
	for _, topic := range topics() {
		err := wait(ctx, "the schema of "+topic, func(ctx context.Context) error {
			c, err := look(ctx, client, topic)
			codecs[topic] = c
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return codecs, waitForTopics(ctx, kafka)
}

func look(ctx context.Context, client *sr.Client, topic string) (codec, error) {
	var c codec
	value, err := client.SchemaByVersion(ctx, topic+"-value", -1)
	if err != nil {
		return c, err
	}
	if value.Type == sr.TypeAvro {
		c.valueID = value.ID
		if c.value, err = avro.Parse(value.Schema.Schema); err != nil {
			return c, err
		}
	}
	key, err := client.SchemaByVersion(ctx, topic+"-key", -1)
	var answer *sr.ResponseError
	if errors.As(err, &answer) && answer.StatusCode == http.StatusNotFound {
		return c, nil
	}
	if err != nil {
		return c, err
	}
	c.keyID = key.ID
	c.key, err = avro.Parse(key.Schema.Schema)
	return c, err
}

func waitForTopics(ctx context.Context, kafka string) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(kafka))
	if err != nil {
		return err
	}
	defer client.Close()
	return wait(ctx, "the topics of the mesh on "+kafka, func(ctx context.Context) error {
		// The tracker's topic is the tracker's own: it makes it.
		made, err := kadm.NewClient(client).CreateTopic(ctx, 3, -1, nil, trackerTopic)
		if err != nil && !errors.Is(made.Err, kerr.TopicAlreadyExists) {
			return err
		}
		details, err := kadm.NewClient(client).ListTopics(ctx, topics()...)
		if err != nil {
			return err
		}
		return details.Error()
	})
}

// framed is Confluent's wire format: a zero byte, the schema's id, the value.
func framed(schema *avro.Schema, id int, value row) ([]byte, error) {
	head := make([]byte, 5, 128)
	binary.BigEndian.PutUint32(head[1:], uint32(id))
	return schema.AppendEncode(head, map[string]any(value))
}

func (c codec) encodeValue(value row) ([]byte, error) {
	if c.value != nil {
		return framed(c.value, c.valueID, value)
	}
	return json.Marshal(plain(map[string]any(value)))
}

// encodeKey writes a key of text, or the key's fields out of the row.
func (c codec) encodeKey(key string, value row) ([]byte, error) {
	if c.key != nil {
		return framed(c.key, c.keyID, value)
	}
	return []byte(key), nil
}

// plain turns values into those of JSON: times in ISO 8601, decimals as numbers.
func plain(value any) any {
	switch v := value.(type) {
	case time.Time:
		if v.Equal(v.Truncate(24 * time.Hour)) {
			return v.Format(time.DateOnly)
		}
		return v.UTC().Format("2006-01-02T15:04:05.000Z")
	case *big.Rat:
		return json.Number(v.FloatString(2))
	case row:
		return plain(map[string]any(v))
	case map[string]any:
		object := make(map[string]any, len(v))
		for name, member := range v {
			object[name] = plain(member)
		}
		return object
	}
	return value
}

func describe(topic string, err error) error { return fmt.Errorf("%s: %w", topic, err) }
