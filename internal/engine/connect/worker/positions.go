package worker

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weftmesh/weft/internal/engine/connect/source"
	"github.com/weftmesh/weft/internal/engine/connect/storage"
)

const mustBeStopped = "Connectors must be in the STOPPED state before their offsets can be modified. This can be done for the specified connector by issuing a 'PUT' request to the '/connectors/%s/stop' endpoint"

const byHand = "The Connect framework-managed offsets for this connector have been %s successfully. However, if this connector manages offsets externally, they will need to be manually %s in the system that the connector uses."

// AlterOffsets writes positions of a connector that is stopped (KIP-875). A null offset takes a position away.
func (w *Worker) AlterOffsets(ctx context.Context, name string, offsets []storage.Offset) (Message, error) {
	if len(offsets) == 0 {
		return Message{}, refused(http.StatusBadRequest, "Partitions / offsets need to be provided for an alter offsets request")
	}
	w.changing.Lock()
	defer w.changing.Unlock()
	c := w.find(name)
	switch {
	case c == nil:
		return Message{}, missing(name)
	case c.target != storage.Stopped:
		return Message{}, refused(http.StatusBadRequest, mustBeStopped, name)
	}
	return c.rewrite(ctx, offsets, "altered")
}

// ResetOffsets takes all positions of a connector away that is stopped.
func (w *Worker) ResetOffsets(ctx context.Context, name string) (Message, error) {
	w.changing.Lock()
	defer w.changing.Unlock()
	c := w.find(name)
	switch {
	case c == nil:
		return Message{}, missing(name)
	case c.target != storage.Stopped:
		return Message{}, refused(http.StatusBadRequest, mustBeStopped, name)
	}
	offsets, err := w.store.Offsets.Of(ctx, c.offsetsTopic(), name)
	if err != nil {
		return Message{}, err
	}
	for i := range offsets {
		offsets[i].Offset = nil
	}
	return c.rewrite(ctx, offsets, "reset")
}

func (c *connector) rewrite(ctx context.Context, offsets []storage.Offset, how string) (Message, error) {
	if judge, is := c.plugin.(source.OffsetJudge); is {
		for _, o := range offsets {
			if err := judge.JudgeOffset(c.config, o.Partition, nonNull(o.Offset)); err != nil {
				return Message{}, refused(http.StatusBadRequest, "%v", err)
			}
		}
	}
	if err := c.writeOffsets(ctx, offsets); err != nil {
		return Message{}, err
	}
	return Message{fmt.Sprintf(byHand, how, how)}, nil
}

func nonNull(offset json.RawMessage) json.RawMessage {
	if bytes.Equal(offset, []byte("null")) {
		return nil
	}
	return offset
}

// writeOffsets writes positions in one transaction of the connector's own name, so that no task of an earlier worker writes
// after it.
func (c *connector) writeOffsets(ctx context.Context, offsets []storage.Offset) error {
	if len(offsets) == 0 {
		return nil
	}
	w, topic := c.worker, c.offsetsTopic()
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if err := w.store.Offsets.Ensure(ctx, topic); err != nil {
		return err
	}
	if _, err := w.store.Offsets.Of(ctx, topic, c.name); err != nil { // for the keys as they stand
		return err
	}
	client, err := kgo.NewClient(append(slices.Clone(w.config.Kafka), kgo.TransactionalID(w.transactionalID(c.name)),
		kgo.DefaultProduceTopic(topic), kgo.MetadataMinAge(50*time.Millisecond))...)
	if err != nil {
		return err
	}
	defer client.Close()
	var records []*kgo.Record
	for _, o := range offsets {
		key, err := w.store.Offsets.Key(topic, c.name, o.Partition)
		if err != nil {
			return refused(http.StatusBadRequest, "%v", err)
		}
		records = append(records, &kgo.Record{Key: key, Value: nonNull(o.Offset)})
	}
	if err := client.BeginTransaction(); err != nil {
		return err
	}
	if err := client.ProduceSync(ctx, records...).FirstErr(); err != nil {
		_ = client.EndTransaction(ctx, kgo.TryAbort) // or the bus does, after a while
		return fmt.Errorf("write the offsets of connector %s: %w", c.name, err)
	}
	if err := client.EndTransaction(ctx, kgo.TryCommit); err != nil {
		return fmt.Errorf("write the offsets of connector %s: %w", c.name, err)
	}
	return nil
}
