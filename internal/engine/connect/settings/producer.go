package settings

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weftmesh/weft/internal/engine/connect/source"
)

// Producer is how records are written: Kafka's producer configurations, as far as they may be overridden (KIP-458).
type Producer struct {
	Options    []kgo.Opt
	MaxRequest int // bytes: no batch and so no record is larger (max.request.size)
	Buffer     int // bytes that may be under way (buffer.memory)
}

// Defaults: the batch that a broker takes by default (message.max.bytes), and the bytes that are under way.
const (
	maxRequest = 1 << 20
	buffer     = 16 << 20
)

// overrides are the keys that producer.override. may stand before.
var overrides = map[string]func(*Producer, string) error{
	"compression.type": func(p *Producer, value string) error {
		codec, has := map[string]kgo.CompressionCodec{
			"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(), "lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression(),
		}[value]
		if !has {
			return fmt.Errorf("Value must be one of none, gzip, snappy, lz4, zstd")
		}
		p.Options = append(p.Options, kgo.ProducerBatchCompression(codec))
		return nil
	},
	"acks": func(_ *Producer, value string) error {
		if value != "all" && value != "-1" {
			return fmt.Errorf("a transaction needs acks=all")
		}
		return nil
	},
	"enable.idempotence": func(_ *Producer, value string) error {
		if value != "true" {
			return fmt.Errorf("a transaction needs enable.idempotence=true")
		}
		return nil
	},
	"client.id": func(p *Producer, value string) error {
		p.Options = append(p.Options, kgo.ClientID(value))
		return nil
	},
	"max.request.size": func(p *Producer, value string) (err error) {
		p.MaxRequest, err = number(value, 1<<10, 1<<30)
		return err
	},
	"buffer.memory": func(p *Producer, value string) (err error) {
		p.Buffer, err = number(value, 1<<16, 1<<31)
		return err
	},
	"batch.size": func(_ *Producer, value string) error { // batches are as large as what has come, up to max.request.size
		_, err := number(value, 0, 1<<30)
		return err
	},
	"linger.ms": func(_ *Producer, value string) error { // see transaction.boundary.interval.ms
		_, err := number(value, 0, 60_000)
		return err
	},
	"transaction.timeout.ms": func(p *Producer, value string) error {
		ms, err := number(value, 1000, 900_000)
		p.Options = append(p.Options, kgo.TransactionTimeout(time.Duration(ms)*time.Millisecond))
		return err
	},
	"request.timeout.ms": func(p *Producer, value string) error {
		ms, err := number(value, 100, 600_000)
		p.Options = append(p.Options, kgo.ProduceRequestTimeout(time.Duration(ms)*time.Millisecond))
		return err
	},
}

func number(text string, least, most int) (int, error) {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || n < least || n > most {
		return 0, fmt.Errorf("Value must be a number between %d and %d", least, most)
	}
	return n, nil
}

func producer(config map[string]string, items *[]Item) Producer {
	p := Producer{MaxRequest: maxRequest, Buffer: buffer}
	for _, key := range slices.Sorted(maps.Keys(config)) {
		name, is := strings.CutPrefix(key, "producer.override.")
		if !is {
			continue
		}
		item := option(config, key, source.String, "Kafka's producer configuration of this name.", common)
		if set, may := overrides[name]; !may {
			item.Errors = append(item.Errors, fmt.Sprintf("Key %s may not be overridden; of the producer's configurations these may: %s",
				key, strings.Join(slices.Sorted(maps.Keys(overrides)), ", ")))
		} else if err := set(&p, config[key]); err != nil {
			item.Errors = append(item.Errors, fmt.Sprintf("Invalid value %s for configuration %s: %v", config[key], key, err))
		}
		*items = append(*items, item)
	}
	return p
}
