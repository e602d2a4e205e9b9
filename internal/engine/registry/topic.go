package registry

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// leaderGroup is the group in which Confluent's and Karapace's registries elect their leader, and leaderProtocol its
// protocol type (Confluent: schema.registry.group.id).
const (
	leaderGroup    = "schema-registry"
	leaderProtocol = "sr"
)

// prepareTopic makes the topic where there is none, and refuses one that another registry leads.
func prepareTopic(ctx context.Context, config Config) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	client, err := kgo.NewClient(append(append([]kgo.Opt{}, config.Kafka...), kgo.MetadataMinAge(50*time.Millisecond))...)
	if err != nil {
		return err
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	if !config.Takeover {
		if err := refuseLeader(ctx, admin, config.Topic); err != nil {
			return err
		}
	}
	details, err := admin.ListTopicsWithInternal(ctx, config.Topic)
	if err != nil {
		return fmt.Errorf("ask for topic %s: %w", config.Topic, err)
	}
	if details.Has(config.Topic) {
		return checkTopic(ctx, admin, details[config.Topic])
	}
	return createTopic(ctx, admin, config)
}

// checkTopic refuses a topic that would lose order or schemas.
func checkTopic(ctx context.Context, admin *kadm.Client, detail kadm.TopicDetail) error {
	if n := len(detail.Partitions); n != 1 {
		return fmt.Errorf("topic %s has %d partitions; a registry's log has one, or its order is lost", detail.Topic, n)
	}
	configs, err := admin.DescribeTopicConfigs(ctx, detail.Topic)
	if err != nil {
		return fmt.Errorf("ask for the configuration of topic %s: %w", detail.Topic, err)
	}
	for _, topic := range configs {
		for _, c := range topic.Configs {
			if c.Key == "cleanup.policy" && c.MaybeValue() != "compact" {
				return fmt.Errorf("topic %s has cleanup.policy=%s, which would delete schemas in time; set it to compact", detail.Topic, c.MaybeValue())
			}
		}
	}
	return nil
}

func createTopic(ctx context.Context, admin *kadm.Client, config Config) error {
	replication := config.Replication
	if replication == 0 {
		brokers, err := admin.ListBrokers(ctx)
		if err != nil {
			return err
		}
		replication = min(3, len(brokers))
	}
	compact := "compact"
	_, err := admin.CreateTopic(ctx, 1, int16(replication), map[string]*string{"cleanup.policy": &compact}, config.Topic)
	if err != nil && !errors.Is(err, kerr.TopicAlreadyExists) {
		return fmt.Errorf("create topic %s: %w", config.Topic, err)
	}
	return nil
}

// refuseLeader asks whether registries of another make elect a leader on this cluster, in whatever group.
func refuseLeader(ctx context.Context, admin *kadm.Client, topic string) error {
	names := []string{leaderGroup}
	if listed, err := admin.ListGroups(ctx); err == nil { // a cluster need not tell: then the usual group alone is asked for
		for _, group := range listed {
			if group.ProtocolType == leaderProtocol && group.Group != leaderGroup {
				names = append(names, group.Group)
			}
		}
	}
	groups, err := describeGroups(ctx, admin, names)
	if err != nil {
		return fmt.Errorf("ask whether another registry leads %s: %w", topic, err)
	}
	for _, group := range groups.Sorted() {
		switch {
		case errors.Is(group.Err, kerr.GroupAuthorizationFailed):
			return fmt.Errorf("%w: perhaps, as the cluster does not let this user describe group %s; allow it, or say --takeover", ErrLed, group.Group)
		case group.Err == nil && len(group.Members) > 0 && group.ProtocolType == leaderProtocol:
			return fmt.Errorf("%w: %d registries of another make are in group %s and write %s; stop them and start again, or say --takeover",
				ErrLed, len(group.Members), group.Group, topic)
		}
	}
	return nil
}

// describeGroups asks until the coordinators answer: a cluster that is new makes them when it is first asked. What a
// cluster does not let this user see stands in the group.
func describeGroups(ctx context.Context, admin *kadm.Client, names []string) (kadm.DescribedGroups, error) {
	for {
		groups, err := admin.DescribeGroups(ctx, names...)
		var denied *kadm.AuthError
		if errors.As(err, &denied) {
			return nil, fmt.Errorf("%w: perhaps, as the cluster does not let this user describe groups (%w); allow it, or say --takeover", ErrLed, err)
		}
		if err == nil && !slices.ContainsFunc(groups.Sorted(), awaited) {
			return groups, nil
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(err, groups.Error())
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// awaited reports whether a group's coordinator is not there yet.
func awaited(group kadm.DescribedGroup) bool {
	return errors.Is(group.Err, kerr.CoordinatorNotAvailable) || errors.Is(group.Err, kerr.CoordinatorLoadInProgress) || errors.Is(group.Err, kerr.NotCoordinator)
}
