package kafka

import (
	"context"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Request keys of the Kafka protocol.
const (
	keyOffsetFetch             = 9
	keyCreateTopics            = 19
	keyDescribeTopicPartitions = 75
)

// intercept answers what kfake answers otherwise than Kafka does.
func (b *Bus) intercept() {
	b.cluster.ControlKey(keyOffsetFetch, func(request kmsg.Request) (kmsg.Response, error, bool) {
		b.cluster.KeepControl()
		var response kmsg.Response
		b.cluster.SleepControl(func() { response = b.offsetFetch(request.(*kmsg.OffsetFetchRequest)) })
		return response, nil, response != nil
	})
}

// offsetFetch answers a request in which a group does not exist: offset -1 without an error, as Kafka does, where
// kfake says GROUP_ID_NOT_FOUND. nil leaves the answer to kfake.
func (b *Bus) offsetFetch(request *kmsg.OffsetFetchRequest) kmsg.Response {
	if request.Version < 8 {
		return b.offsetFetchOfOne(request)
	}
	missing := map[string]bool{}
	for _, group := range request.Groups {
		if b.cluster.GroupInfo(group.Group) == nil {
			missing[group.Group] = true
		}
	}
	if len(missing) == 0 {
		return nil
	}
	response := request.ResponseKind().(*kmsg.OffsetFetchResponse)
	for _, group := range request.Groups {
		if missing[group.Group] {
			response.Groups = append(response.Groups, noOffsets(group))
			continue
		}
		response.Groups = append(response.Groups, b.askKfake(request, group))
	}
	return response
}

func (b *Bus) offsetFetchOfOne(request *kmsg.OffsetFetchRequest) kmsg.Response {
	if b.cluster.GroupInfo(request.Group) != nil {
		return nil
	}
	response := request.ResponseKind().(*kmsg.OffsetFetchResponse)
	for _, topic := range request.Topics {
		answer := kmsg.NewOffsetFetchResponseTopic()
		answer.Topic = topic.Topic
		for _, partition := range topic.Partitions {
			p := kmsg.NewOffsetFetchResponseTopicPartition()
			p.Partition, p.Offset = partition, -1
			answer.Partitions = append(answer.Partitions, p)
		}
		response.Topics = append(response.Topics, answer)
	}
	return response
}

func noOffsets(group kmsg.OffsetFetchRequestGroup) kmsg.OffsetFetchResponseGroup {
	answer := kmsg.NewOffsetFetchResponseGroup()
	answer.Group = group.Group
	for _, topic := range group.Topics {
		t := kmsg.NewOffsetFetchResponseGroupTopic()
		t.Topic, t.TopicID = topic.Topic, topic.TopicID
		for _, partition := range topic.Partitions {
			p := kmsg.NewOffsetFetchResponseGroupTopicPartition()
			p.Partition, p.Offset, p.LeaderEpoch = partition, -1, -1
			t.Partitions = append(t.Partitions, p)
		}
		answer.Topics = append(answer.Topics, t)
	}
	return answer
}

// askKfake asks for one group that exists, in a request of its own: only in a request with a group that does not is
// the answer put together here.
func (b *Bus) askKfake(request *kmsg.OffsetFetchRequest, group kmsg.OffsetFetchRequestGroup) kmsg.OffsetFetchResponseGroup {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	single := kmsg.NewPtrOffsetFetchRequest()
	single.RequireStable = request.RequireStable
	single.Groups = []kmsg.OffsetFetchRequestGroup{group}
	response, err := single.RequestWith(ctx, b.self)
	if err != nil || len(response.Groups) != 1 {
		answer := kmsg.NewOffsetFetchResponseGroup()
		answer.Group, answer.ErrorCode = group.Group, kerr.CoordinatorLoadInProgress.Code
		return answer
	}
	return response.Groups[0]
}
