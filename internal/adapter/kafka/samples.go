package kafka

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/observe"
)

// Samples asks a cluster what observers want to know.
type Samples struct {
	client *kgo.Client
	admin  *kadm.Client
}

var _ observe.Log = (*Samples)(nil)

// NewSamples asks through a client that the caller keeps.
func NewSamples(client *kgo.Client) *Samples {
	return &Samples{client: client, admin: kadm.NewClient(client)}
}

// Groups lists the consumer groups and what they have committed (KIP-709: many groups in one request).
func (s *Samples) Groups(ctx context.Context) ([]observe.GroupOffsets, error) {
	listed, err := s.admin.ListGroups(ctx)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, g := range listed {
		if g.ProtocolType == "consumer" || g.ProtocolType == "" {
			names = append(names, g.Group)
		}
	}
	if len(names) == 0 {
		return nil, nil
	}
	var groups []observe.GroupOffsets
	for name, fetched := range s.admin.FetchManyOffsets(ctx, names...) {
		if fetched.Err != nil {
			continue // gone meanwhile, or not ours to see
		}
		group := observe.GroupOffsets{Group: addrs.Group(name), State: listed[name].State, Committed: map[addrs.Topic]map[int32]int64{}}
		fetched.Fetched.Each(func(o kadm.OffsetResponse) {
			topic := addrs.Topic(o.Topic)
			if o.Err != nil || o.At < 0 {
				return
			}
			if group.Committed[topic] == nil {
				group.Committed[topic] = map[int32]int64{}
			}
			group.Committed[topic][o.Partition] = o.At
		})
		groups = append(groups, group)
	}
	return groups, nil
}

// Ends gives the first and last stable offsets of topics, in two requests to each broker.
func (s *Samples) Ends(ctx context.Context, topics []addrs.Topic) (map[addrs.Topic]observe.TopicOffsets, error) {
	if len(topics) == 0 {
		return nil, nil
	}
	names := make([]string, len(topics))
	for i, t := range topics {
		names[i] = string(t)
	}
	starts, err := s.admin.ListStartOffsets(ctx, names...)
	if err != nil {
		return nil, err
	}
	ends, err := s.admin.ListCommittedOffsets(ctx, names...)
	if err != nil {
		return nil, err
	}
	found := map[addrs.Topic]observe.TopicOffsets{}
	for _, name := range names {
		found[addrs.Topic(name)] = offsets(starts[name], ends[name])
	}
	return found, nil
}

func offsets(starts, ends map[int32]kadm.ListedOffset) observe.TopicOffsets {
	if len(ends) == 0 {
		return observe.TopicOffsets{Err: errors.New("the topic does not exist")}
	}
	var topic observe.TopicOffsets
	for partition := int32(0); ; partition++ {
		end, ok := ends[partition]
		if !ok {
			break
		}
		if err := errors.Join(end.Err, starts[partition].Err); err != nil {
			return observe.TopicOffsets{Err: err}
		}
		topic.Partitions = append(topic.Partitions, observe.Partition{Partition: partition, Start: starts[partition].Offset, End: end.Offset})
	}
	if missing, ok := ends[-1]; ok && len(topic.Partitions) == 0 {
		if errors.Is(missing.Err, kerr.UnknownTopicOrPartition) {
			return observe.TopicOffsets{Err: errors.New("the topic does not exist")}
		}
		return observe.TopicOffsets{Err: missing.Err}
	}
	return topic
}

// Bounds of one look into partitions, so that watching costs little whatever flows.
const (
	peekPartition = 256 << 10
	peekTotal     = 4 << 20
	stepBack      = 64 // records that are looked through before a mark of a transaction's end
)

// Peek reads single records in one request to each broker.
func (s *Samples) Peek(ctx context.Context, at []observe.Place) ([]observe.Peeked, error) {
	var first, again []observe.Peeked
	first, err := s.peek(ctx, at, 0)
	if err != nil {
		return nil, err
	}
	var marks []observe.Place
	for _, p := range first {
		if p.Newest && !p.Found {
			marks = append(marks, p.Place)
			continue
		}
		again = append(again, p)
	}
	if len(marks) == 0 {
		return again, nil
	}
	back, err := s.peek(ctx, marks, stepBack)
	return append(again, back...), err
}

// peek looks at places, some records before those of the newest.
func (s *Samples) peek(ctx context.Context, at []observe.Place, back int64) ([]observe.Peeked, error) {
	request := kmsg.NewPtrFetchRequest()
	request.ReplicaID, request.MaxWaitMillis, request.MinBytes, request.MaxBytes, request.IsolationLevel = -1, 0, 0, peekTotal, 1
	request.SessionEpoch = -1
	metadata, err := s.metadata(ctx, at)
	if err != nil {
		return nil, err
	}
	byBroker := map[int32]map[string][]observe.Place{}
	for _, p := range at {
		leader, ok := metadata[string(p.Topic)].leaders[p.Partition]
		if !ok {
			continue
		}
		if byBroker[leader] == nil {
			byBroker[leader] = map[string][]observe.Place{}
		}
		byBroker[leader][string(p.Topic)] = append(byBroker[leader][string(p.Topic)], p)
	}
	var found []observe.Peeked
	for broker, topics := range byBroker {
		peeked, err := s.ask(ctx, broker, *request, topics, metadata, back)
		if err != nil {
			return nil, err
		}
		found = append(found, peeked...)
	}
	return found, nil
}

// topicInfo is what a fetch needs to know of a topic.
type topicInfo struct {
	id      [16]byte
	leaders map[int32]int32
}

func (s *Samples) metadata(ctx context.Context, at []observe.Place) (map[string]topicInfo, error) {
	seen := map[string]bool{}
	var names []string
	for _, p := range at {
		if !seen[string(p.Topic)] {
			seen[string(p.Topic)] = true
			names = append(names, string(p.Topic))
		}
	}
	details, err := s.admin.ListTopicsWithInternal(ctx, names...)
	if err != nil {
		return nil, err
	}
	infos := map[string]topicInfo{}
	for name, detail := range details {
		info := topicInfo{id: detail.ID, leaders: map[int32]int32{}}
		for _, p := range detail.Partitions {
			if p.Err == nil {
				info.leaders[p.Partition] = p.Leader
			}
		}
		infos[name] = info
	}
	return infos, nil
}

// asked tells places apart that lie in one partition: a fetch has one offset for each, so later ones go into further
// requests.
func (s *Samples) ask(ctx context.Context, broker int32, template kmsg.FetchRequest, topics map[string][]observe.Place, metadata map[string]topicInfo, back int64) ([]observe.Peeked, error) {
	var found []observe.Peeked
	for len(topics) > 0 {
		request, places, rest := template, map[string]map[int32]observe.Place{}, map[string][]observe.Place{}
		request.Topics = nil
		for name, wanted := range topics {
			topic := kmsg.NewFetchRequestTopic()
			topic.Topic, topic.TopicID = name, metadata[name].id
			places[name] = map[int32]observe.Place{}
			for _, p := range wanted {
				if _, taken := places[name][p.Partition]; taken {
					rest[name] = append(rest[name], p)
					continue
				}
				places[name][p.Partition] = p
				partition := kmsg.NewFetchRequestTopicPartition()
				partition.Partition, partition.FetchOffset, partition.PartitionMaxBytes = p.Partition, start(p, back), peekPartition
				partition.CurrentLeaderEpoch = -1
				topic.Partitions = append(topic.Partitions, partition)
			}
			request.Topics = append(request.Topics, topic)
		}
		answer, err := s.client.Broker(int(broker)).RetriableRequest(ctx, &request)
		if err != nil {
			return nil, err
		}
		response, ok := answer.(*kmsg.FetchResponse)
		if !ok {
			return nil, fmt.Errorf("broker %d answered a fetch with %T", broker, answer)
		}
		found = append(found, read(response, places, metadata, back)...)
		topics = rest
	}
	return found, nil
}

func start(p observe.Place, back int64) int64 {
	if !p.Newest {
		return p.Offset
	}
	return max(p.Start, p.Offset-back)
}

func read(response *kmsg.FetchResponse, places map[string]map[int32]observe.Place, metadata map[string]topicInfo, back int64) []observe.Peeked {
	byID := map[[16]byte]string{}
	for name, info := range metadata {
		byID[info.id] = name
	}
	var found []observe.Peeked
	for _, topic := range response.Topics {
		name := topic.Topic
		if name == "" {
			name = byID[topic.TopicID]
		}
		for i := range topic.Partitions {
			partition := &topic.Partitions[i]
			p, asked := places[name][partition.Partition]
			if !asked || partition.ErrorCode != 0 || len(partition.RecordBatches) == 0 {
				continue
			}
			if peeked, ok := pick(p, partition, back); ok {
				found = append(found, peeked)
			}
		}
	}
	return found
}

// pick takes the record that a place is about from a partition's batches: the newest, or the first from an offset on.
func pick(p observe.Place, partition *kmsg.FetchResponseTopicPartition, back int64) (observe.Peeked, bool) {
	size := float64(len(partition.RecordBatches))
	batches := 0
	processed, _ := kgo.ProcessFetchPartition(kgo.ProcessFetchPartitionOpts{
		KeepControlRecords: true, Offset: start(p, back), IsolationLevel: kgo.ReadCommitted(), Topic: string(p.Topic), Partition: p.Partition,
	}, partition, kgo.DefaultDecompressor(), func(m kgo.FetchBatchMetrics) {
		batches++
		if batches == 1 && m.NumRecords > 0 {
			size = float64(m.CompressedBytes) / float64(m.NumRecords)
		}
	})
	peeked := observe.Peeked{Place: p, BytesARecord: math.Min(size, 1<<20)}
	for _, r := range processed.Records {
		if r.Attrs.IsControl() {
			peeked.Transactional = true
			continue
		}
		if p.Newest && r.Offset > p.Offset {
			break
		}
		peeked.Found, peeked.At, peeked.Time, peeked.Value = true, r.Offset, r.Timestamp, r.Value
		if !p.Newest {
			break
		}
	}
	return peeked, len(processed.Records) > 0 || p.Newest
}

// Measurements keeps measurements in a topic of the control domain.
type Measurements struct {
	client *kgo.Client
	topic  addrs.Topic
}

var _ observe.Recorder = (*Measurements)(nil)

// NewMeasurements keeps measurements through a client that the caller keeps.
func NewMeasurements(client *kgo.Client, topic addrs.Topic) *Measurements {
	return &Measurements{client, topic}
}

// Record writes measurements, keyed by product.
func (m *Measurements) Record(ctx context.Context, measurements []observe.Measurement) error {
	records := make([]*kgo.Record, len(measurements))
	for i, measured := range measurements {
		text, err := json.Marshal(measured)
		if err != nil {
			return err
		}
		records[i] = &kgo.Record{Topic: string(m.topic), Key: []byte(measured.Product.String()), Value: text, Timestamp: time.Now()}
	}
	return m.client.ProduceSync(ctx, records...).FirstErr()
}
