package postgres

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"
)

// fromTopic reads signals from signal.kafka.topic until the context ends. A record is a signal if its key is topic.prefix; its
// value is {"id": ..., "type": ..., "data": {...}}. It is committed to the group when it was acted upon, so that one which
// was sent before the connector was there is not missed (Debezium: KafkaSignalChannel).
func (s *streamer) fromTopic(ctx context.Context) {
	client, err := kgo.NewClient(
		kgo.SeedBrokers(list(s.s.raw["signal.kafka.bootstrap.servers"])...), kgo.ConsumeTopics(s.s.raw["signal.kafka.topic"]),
		kgo.ConsumerGroup(s.s.raw["signal.kafka.groupId"]), kgo.DisableAutoCommit(), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		s.log.Error("the topic of signals cannot be read", "topic", s.s.raw["signal.kafka.topic"], "error", err)
		return
	}
	defer client.Close()
	for {
		fetches := client.PollFetches(ctx)
		if ctx.Err() != nil {
			return
		}
		fetches.EachError(func(topic string, _ int32, err error) {
			s.log.Warn("the topic of signals cannot be read; trying again", "topic", topic, "error", err)
		})
		fetches.EachRecord(func(r *kgo.Record) { s.fromRecord(ctx, client, r) })
	}
}

func (s *streamer) fromRecord(ctx context.Context, client *kgo.Client, r *kgo.Record) {
	var given signal
	switch {
	case string(r.Key) != s.s.rules.Prefix:
	case json.Unmarshal(r.Value, &given) != nil || given.Type == "":
		s.log.Warn("a record of the topic of signals that is no signal is passed over", "offset", r.Offset, "value", strings.ToValidUTF8(string(r.Value), "?"))
	default:
		done := make(chan struct{})
		s.later(ctx, func(ctx context.Context) error {
			defer close(done)
			if err := s.act(ctx, given); err != nil {
				return err
			}
			return s.handOn(ctx) // what is left to read is part of the position
		})
		select {
		case <-done:
		case <-ctx.Done():
			return
		}
	}
	if err := client.CommitRecords(ctx, r); err != nil && ctx.Err() == nil {
		s.log.Warn("the offset of a signal cannot be committed", "error", err)
	}
}
