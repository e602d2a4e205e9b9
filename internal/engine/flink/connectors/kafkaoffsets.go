package connectors

import (
	"context"
	"fmt"
	"strconv"

	"github.com/twmb/franz-go/pkg/kadm"
)

// offsetRule says where reading a partition starts or ends.
type offsetRule struct {
	mode   string // earliest-offset, latest-offset, group-offsets, timestamp, specific-offsets, unbounded
	millis int64
	at     map[int32]int64
	group  string
	reset  string // auto.offset.reset, for group-offsets of a partition that has none
}

func (k *kafkaTable) parseStart() error {
	rule, err := k.rule("scan.startup", "group-offsets", "earliest-offset", "latest-offset")
	if k.upsert {
		rule.mode = "earliest-offset"
	}
	k.start = rule
	return err
}

func (k *kafkaTable) parseEnd() error {
	rule, err := k.rule("scan.bounded", "unbounded", "latest-offset")
	k.end = rule
	return err
}

func (k *kafkaTable) rule(prefix, unset string, more ...string) (offsetRule, error) {
	o := k.table.Options
	r := offsetRule{mode: o[prefix+".mode"], group: k.properties["group.id"], reset: k.properties["auto.offset.reset"]}
	if r.mode == "" {
		r.mode = unset
	}
	var err error
	switch r.mode {
	case "timestamp":
		text, ok := o[prefix+".timestamp-millis"]
		if r.millis, err = strconv.ParseInt(text, 10, 64); err != nil || !ok {
			err = fmt.Errorf("'%s.mode' = 'timestamp' needs '%s.timestamp-millis', a whole number", prefix, prefix)
		}
		return r, err
	case "specific-offsets":
		if r.at, err = parseOffsets(o[prefix+".specific-offsets"]); err != nil {
			err = fmt.Errorf("'%s.specific-offsets': %w", prefix, err)
		}
		return r, err
	case "group-offsets":
		if r.group == "" && unset != r.mode {
			err = fmt.Errorf("'%s.mode' = 'group-offsets' needs 'properties.group.id'", prefix)
		}
		return r, err
	case unset:
		return r, nil
	}
	for _, m := range more {
		if r.mode == m {
			return r, nil
		}
	}
	return r, fmt.Errorf("'%s.mode' = '%s' is not known; it is %s, %v, timestamp or specific-offsets", prefix, r.mode, unset, more)
}

// resolve gives the rule's offset in each of some partitions.
func (r offsetRule) resolve(ctx context.Context, admin *kadm.Client, committed bool, partitions []topicPartition) (map[topicPartition]int64, error) {
	var topics []string
	seen := map[string]bool{}
	for _, p := range partitions {
		if !seen[p.topic] {
			seen[p.topic] = true
			topics = append(topics, p.topic)
		}
	}
	switch r.mode {
	case "specific-offsets":
		return r.specific(ctx, admin, committed, partitions)
	case "group-offsets":
		return r.ofGroup(ctx, admin, committed, partitions)
	}
	listed, err := r.list(ctx, admin, committed, topics)
	if err != nil {
		return nil, err
	}
	out := map[topicPartition]int64{}
	for _, p := range partitions {
		o, ok := listed.Lookup(p.topic, p.partition)
		switch {
		case !ok:
			return nil, fmt.Errorf("no offset is known of partition %d of topic %s", p.partition, p.topic)
		case o.Err != nil:
			return nil, fmt.Errorf("offsets of partition %d of topic %s: %w", p.partition, p.topic, o.Err)
		}
		out[p] = o.Offset
	}
	return out, nil
}

func (r offsetRule) list(ctx context.Context, admin *kadm.Client, committed bool, topics []string) (kadm.ListedOffsets, error) {
	switch {
	case r.mode == "earliest-offset":
		return admin.ListStartOffsets(ctx, topics...)
	case r.mode == "timestamp":
		return admin.ListOffsetsAfterMilli(ctx, r.millis, topics...)
	case committed:
		return admin.ListCommittedOffsets(ctx, topics...)
	}
	return admin.ListEndOffsets(ctx, topics...)
}

// specific gives the offsets that were named; other partitions start with the group's, as in Flink, or at the start.
func (r offsetRule) specific(ctx context.Context, admin *kadm.Client, committed bool, partitions []topicPartition) (map[topicPartition]int64, error) {
	out := map[topicPartition]int64{}
	var others []topicPartition
	for _, p := range partitions {
		if at, ok := r.at[p.partition]; ok {
			out[p] = at
		} else {
			others = append(others, p)
		}
	}
	if len(others) == 0 {
		return out, nil
	}
	rest, err := offsetRule{mode: "earliest-offset"}.resolve(ctx, admin, committed, others)
	for p, at := range rest {
		out[p] = at
	}
	return out, err
}

func (r offsetRule) ofGroup(ctx context.Context, admin *kadm.Client, committed bool, partitions []topicPartition) (map[topicPartition]int64, error) {
	out := map[topicPartition]int64{}
	var missing []topicPartition
	var known kadm.OffsetResponses
	if r.group != "" {
		var err error
		if known, err = admin.FetchOffsets(kadm.RequireStable(ctx), r.group); err != nil {
			return nil, fmt.Errorf("offsets of group %s: %w", r.group, err)
		}
	}
	for _, p := range partitions {
		if o, ok := known.Lookup(p.topic, p.partition); ok && o.Err == nil && o.At >= 0 {
			out[p] = o.At
		} else {
			missing = append(missing, p)
		}
	}
	if len(missing) == 0 {
		return out, nil
	}
	var mode string
	switch r.reset {
	case "earliest":
		mode = "earliest-offset"
	case "latest":
		mode = "latest-offset"
	default:
		return nil, fmt.Errorf("group %q has no offset for partition %d of topic %s; set 'scan.startup.mode' = 'earliest-offset', or 'properties.auto.offset.reset'",
			r.group, missing[0].partition, missing[0].topic)
	}
	rest, err := offsetRule{mode: mode}.resolve(ctx, admin, committed, missing)
	for p, at := range rest {
		out[p] = at
	}
	return out, err
}
