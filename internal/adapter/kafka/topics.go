package kafka

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/plans"
	"github.com/weftmesh/weft/internal/reconcile"
	"github.com/weftmesh/weft/internal/resources"
)

// Topics are a cluster's topics as resources. Only configuration that a topic itself overrides is an attribute: a
// broker's defaults are not.
type Topics struct {
	client *kgo.Client
	admin  *kadm.Client
}

var _ reconcile.Target = (*Topics)(nil)

// NewTopics reads and changes topics through a client that the caller keeps.
func NewTopics(client *kgo.Client) *Topics {
	return &Topics{client: client, admin: kadm.NewClient(client)}
}

// describedAtOnce bounds how many topics one request for configuration names.
const describedAtOnce = 1000

// Read asks for the topics in one request of metadata, and for their configuration in few.
func (t *Topics) Read(ctx context.Context, names []string) ([]resources.Observed, error) {
	if len(names) == 0 {
		return nil, nil
	}
	details, err := t.admin.ListTopicsWithInternal(uncached(ctx), names...)
	if err != nil {
		return nil, err
	}
	var there []string
	found := map[string]resources.Observed{}
	for _, name := range names {
		detail, ok := details[name]
		if !ok || errors.Is(detail.Err, kerr.UnknownTopicOrPartition) {
			continue
		}
		if detail.Err != nil {
			return nil, fmt.Errorf("topic %s: %w", name, detail.Err)
		}
		there = append(there, name)
		found[name] = observed(detail)
	}
	for chunk := range slices.Chunk(there, describedAtOnce) {
		if err := t.configs(ctx, chunk, found); err != nil {
			return nil, err
		}
	}
	return slices.Collect(maps.Values(found)), nil
}

// uncached asks the cluster itself: a client answers from what it knew a moment ago, when a topic that is planned for may
// not have been there yet. Of what the answer may also hold, who is allowed what, nothing is used.
func uncached(ctx context.Context) context.Context { return kadm.WithAuthorizedOps(ctx) }

func observed(detail kadm.TopicDetail) resources.Observed {
	return resources.Observed{
		Addr: addrs.Resource{Kind: addrs.KindTopic, Name: detail.Topic},
		Attributes: map[string]string{
			resources.Partitions:  strconv.Itoa(len(detail.Partitions)),
			resources.Replication: strconv.Itoa(detail.Partitions.NumReplicas()),
		},
	}
}

func (t *Topics) configs(ctx context.Context, names []string, into map[string]resources.Observed) error {
	described, err := t.admin.DescribeTopicConfigs(ctx, names...)
	if err != nil {
		return err
	}
	for _, topic := range described {
		if topic.Err != nil {
			return fmt.Errorf("configuration of topic %s: %w", topic.Name, topic.Err)
		}
		for _, c := range topic.Configs {
			if c.Source == kmsg.ConfigSourceDynamicTopicConfig {
				into[topic.Name].Attributes[resources.ConfigPrefix+c.Key] = c.MaybeValue()
			}
		}
	}
	return nil
}

// createdAtOnce bounds how many topics one request makes.
const createdAtOnce = 200

// Apply makes topics in batches and changes the others side by side. Once the cluster does not answer, the rest is not
// tried: each would wait as long again.
func (t *Topics) Apply(ctx context.Context, changes []plans.Change, done func(plans.Change, error)) {
	var created []plans.Change
	var away outage
	done = away.watching(done)
	var others sync.WaitGroup
	slots := make(chan struct{}, 8)
	for _, c := range changes {
		if c.Action == plans.Create {
			created = append(created, c)
			continue
		}
		slots <- struct{}{}
		others.Go(func() {
			done(c, away.or(func() error { return t.change(ctx, c) }))
			<-slots
		})
	}
	for chunk := range slices.Chunk(created, createdAtOnce) {
		if err := away.since(); err != nil {
			failAll(chunk, err, done)
			continue
		}
		t.create(ctx, chunk, done)
	}
	others.Wait()
}

func (t *Topics) create(ctx context.Context, changes []plans.Change, done func(plans.Change, error)) {
	request := kmsg.NewPtrCreateTopicsRequest()
	request.TimeoutMillis = int32(time.Minute.Milliseconds())
	byName := map[string]plans.Change{}
	for _, c := range changes {
		byName[c.Addr.Name] = c
		request.Topics = append(request.Topics, creation(c.Desired))
	}
	response, err := request.RequestWith(ctx, t.client)
	if err != nil {
		failAll(changes, err, done)
		return
	}
	made := map[string]plans.Change{}
	for _, topic := range response.Topics {
		c, ok := byName[topic.Topic]
		if !ok {
			continue
		}
		delete(byName, topic.Topic)
		if err := kerr.ErrorForCode(topic.ErrorCode); err != nil {
			done(c, because(err, topic.ErrorMessage))
			continue
		}
		made[topic.Topic] = c
	}
	for _, c := range byName {
		done(c, errors.New("the cluster did not answer for this topic"))
	}
	t.visible(ctx, made, done)
}

func failAll(changes []plans.Change, err error, done func(plans.Change, error)) {
	for _, c := range changes {
		done(c, err)
	}
}

func because(err error, message *string) error {
	if message != nil && *message != "" {
		return fmt.Errorf("%w: %s", err, *message)
	}
	return err
}

func creation(r resources.Resource) kmsg.CreateTopicsRequestTopic {
	topic := kmsg.NewCreateTopicsRequestTopic()
	topic.Topic = r.Addr.Name
	partitions, _ := strconv.ParseInt(r.Attributes[resources.Partitions].Text, 10, 32)
	replication, _ := strconv.ParseInt(r.Attributes[resources.Replication].Text, 10, 16)
	topic.NumPartitions, topic.ReplicationFactor = int32(partitions), int16(replication)
	for _, name := range slices.Sorted(maps.Keys(r.Attributes)) {
		if key, ok := strings.CutPrefix(name, resources.ConfigPrefix); ok {
			value := r.Attributes[name].Text
			config := kmsg.NewCreateTopicsRequestTopicConfig()
			config.Name, config.Value = key, &value
			topic.Configs = append(topic.Configs, config)
		}
	}
	return topic
}

// errUnseen says that a cluster made a topic and does not show it.
var errUnseen = fmt.Errorf("the topic was made and is not to be seen within %s", Timeout)

// visible waits until the cluster's metadata shows the topics: KRaft answers before its brokers know.
func (t *Topics) visible(ctx context.Context, made map[string]plans.Change, done func(plans.Change, error)) {
	deadline := time.Now().Add(Timeout)
	for len(made) > 0 {
		details, err := t.admin.ListTopics(ctx, slices.Sorted(maps.Keys(made))...)
		for name, c := range made {
			if err == nil && details.Has(name) && details[name].Err == nil {
				done(c, nil)
				delete(made, name)
			}
		}
		if len(made) > 0 && (time.Now().After(deadline) || ctx.Err() != nil) {
			for _, c := range made {
				done(c, errUnseen)
			}
			return
		}
		if len(made) > 0 {
			pause(ctx, 20*time.Millisecond)
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
