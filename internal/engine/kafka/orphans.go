package kafka

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// orphan is a transaction that was open in a partition when the bus died.
type orphan struct {
	topic     string
	partition int32
	producer  int64
	epoch     int16
}

// abortOrphans writes the markers that end them. kfake counts them as aborted and writes none: a reader of what is
// committed then never comes to the end, and takes what the same producer commits later for aborted too. It is done
// behind a closed door, by a cluster that no client knows of, before a producer can begin anew; a death in the middle
// leaves the rest for the next start.
func abortOrphans(log string, orphans []orphan) error {
	if len(orphans) == 0 {
		return nil
	}
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.ClusterID("weft"), kfake.DataDir(log), kfake.SyncWrites())
	if err != nil {
		return err
	}
	defer cluster.Close()
	client, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.MetadataMinAge(50*time.Millisecond))
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	request := kmsg.NewPtrWriteTxnMarkersRequest()
	for _, o := range orphans {
		request.Markers = append(request.Markers, o.marker())
	}
	response, err := request.RequestWith(ctx, client)
	if err != nil {
		return fmt.Errorf("end the transactions that were open: %w", err)
	}
	return refusedMarkers(response)
}

func (o orphan) marker() kmsg.WriteTxnMarkersRequestMarker {
	topic := kmsg.NewWriteTxnMarkersRequestMarkerTopic()
	topic.Topic, topic.Partitions = o.topic, []int32{o.partition}
	marker := kmsg.NewWriteTxnMarkersRequestMarker()
	marker.ProducerID, marker.ProducerEpoch, marker.Topics = o.producer, o.epoch, []kmsg.WriteTxnMarkersRequestMarkerTopic{topic}
	return marker
}

// refusedMarkers gives what could not be ended. A topic that is gone needs no marker.
func refusedMarkers(response *kmsg.WriteTxnMarkersResponse) error {
	var refused error
	for _, marker := range response.Markers {
		for _, topic := range marker.Topics {
			for _, partition := range topic.Partitions {
				if err := kerr.ErrorForCode(partition.ErrorCode); err != nil && !errors.Is(err, kerr.UnknownTopicOrPartition) {
					refused = errors.Join(refused, fmt.Errorf("end a transaction that was open in %s-%d: %w", topic.Topic, partition.Partition, err))
				}
			}
		}
	}
	return refused
}
