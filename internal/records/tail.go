package records

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/codecs"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/masks"
)

// TailRequest says what to read of a product, and for whom.
type TailRequest struct {
	Product contracts.Product
	Topics  []contracts.ProductTopic
	From    From // its Topics are those above
	Limit   int  // lines at the most; 0 for no limit
	Clear   bool // personal data is not masked: the caller has made sure that it may be seen
}

// Line is one record as it is shown: decoded, masked unless asked otherwise.
type Line struct {
	Topic     addrs.Topic     `json:"topic"`
	Event     string          `json:"event,omitempty"`
	Partition int32           `json:"partition"`
	Offset    int64           `json:"offset"`
	Time      time.Time       `json:"time" doc:"The record's timestamp"`
	Key       string          `json:"key,omitempty" doc:"Text, or the JSON of an Avro key; masked where it is personal data"`
	Value     json.RawMessage `json:"value,omitempty"`
	Tombstone bool            `json:"tombstone,omitempty"`
	Error     string          `json:"error,omitempty" doc:"Why the record could not be decoded; its bytes are not shown"`
}

// errEnough ends a reading whose limit is reached.
var errEnough = errors.New("enough")

// Tail gives records to each, in the order of offsets within a partition, until each gives an error, the limit is
// reached, the context ends, or there is no more and none is waited for.
func (d *Desk) Tail(ctx context.Context, request TailRequest, each func(Line) error) error {
	topics := map[addrs.Topic]contracts.ProductTopic{}
	for _, t := range request.Topics {
		topics[t.Name] = t
		request.From.Topics = append(request.From.Topics, t.Name)
	}
	given := 0
	err := d.config.Log.Read(ctx, request.From, func(raw Raw) error {
		if err := each(d.line(ctx, request, topics[raw.Topic], raw)); err != nil {
			return err
		}
		if given++; given == request.Limit {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

func (d *Desk) line(ctx context.Context, request TailRequest, t contracts.ProductTopic, raw Raw) Line {
	line := Line{Topic: raw.Topic, Event: t.Event, Partition: raw.Partition, Offset: raw.Offset, Time: raw.Time.UTC(), Tombstone: raw.Value == nil}
	key, err := d.key(ctx, request, t, raw.Key)
	if err != nil {
		line.Error = "key: " + err.Error()
	}
	line.Key = key
	if raw.Value == nil {
		return line
	}
	row, err := d.Decode(ctx, request.Product, raw.Value)
	if err != nil {
		line.Error = err.Error()
		return line
	}
	if !request.Clear {
		row = masks.Row(t.Fields, row, d.config.MaskKey)
	}
	line.Value = codecs.ToJSON(t.Value.Fields, row)
	return line
}

// Decode reads a record's value in the product's format.
func (d *Desk) Decode(ctx context.Context, p contracts.Product, value []byte) (codecs.Row, error) {
	if p.Schema.Type == contracts.JSON {
		return codecs.ParseObject(value)
	}
	if p.Schema.Type == contracts.Protobuf {
		return nil, errors.New("this version of Weft does not read Protobuf")
	}
	return d.avro.Decode(ctx, value)
}

// key is the key's text, masked where the field is personal data.
func (d *Desk) key(ctx context.Context, request TailRequest, t contracts.ProductTopic, key []byte) (string, error) {
	if key == nil || len(request.Product.Key) == 0 {
		return "", nil
	}
	if t.Key != nil {
		row, err := d.avro.Decode(ctx, key)
		if err != nil {
			return "", err
		}
		if !request.Clear {
			row = masks.Row(t.Fields, row, d.config.MaskKey)
		}
		return string(codecs.ToJSON(t.Key.Fields, row)), nil
	}
	text := string(key)
	for _, f := range t.Fields {
		if f.Name == request.Product.Key[0] && f.PII && !request.Clear {
			masked, _ := masks.Value(f.Mask, text, d.config.MaskKey).(string)
			return masked, nil
		}
	}
	return text, nil
}
