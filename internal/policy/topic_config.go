package policy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/weftmesh/weft/internal/contracts"
)

// setting says what is wrong with a value of a topic's setting; "" for one that fits.
type setting func(value string) (fault string)

func whole(value string) string {
	if _, err := strconv.ParseInt(value, 10, 64); err != nil {
		return "is not a whole number"
	}
	return ""
}

func ratio(value string) string {
	if f, err := strconv.ParseFloat(value, 64); err != nil || f < 0 || f > 1 {
		return "is not between 0 and 1"
	}
	return ""
}

func free(string) string { return "" }

// oneOf takes one of a few words.
func oneOf(words ...string) setting {
	return func(value string) string {
		if !slices.Contains(words, value) {
			return "is not one of " + strings.Join(words, ", ")
		}
		return ""
	}
}

// listOf takes some of a few words, with commas between them.
func listOf(words ...string) setting {
	return func(value string) string {
		for word := range strings.SplitSeq(value, ",") {
			if fault := oneOf(words...)(strings.TrimSpace(word)); fault != "" {
				return fault
			}
		}
		return ""
	}
}

var truth = oneOf("true", "false")

// topicSettings are the settings of a topic (Kafka documentation, Topic Configs).
var topicSettings = map[string]setting{
	"cleanup.policy": listOf("delete", "compact"), "compression.type": oneOf("uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"),
	"compression.gzip.level": whole, "compression.lz4.level": whole, "compression.zstd.level": whole,
	"delete.retention.ms": whole, "file.delete.delay.ms": whole, "flush.messages": whole, "flush.ms": whole,
	"follower.replication.throttled.replicas": free, "leader.replication.throttled.replicas": free,
	"index.interval.bytes": whole, "local.retention.bytes": whole, "local.retention.ms": whole,
	"max.compaction.lag.ms": whole, "max.message.bytes": whole, "message.timestamp.after.max.ms": whole, "message.timestamp.before.max.ms": whole,
	"message.timestamp.type": oneOf("CreateTime", "LogAppendTime"), "min.cleanable.dirty.ratio": ratio, "min.compaction.lag.ms": whole,
	"min.insync.replicas": whole, "preallocate": truth, "remote.storage.enable": truth, "remote.log.copy.disable": truth, "remote.log.delete.on.disable": truth,
	"retention.bytes": whole, "retention.ms": whole, "segment.bytes": whole, "segment.index.bytes": whole, "segment.jitter.ms": whole,
	"segment.ms": whole, "unclean.leader.election.enable": truth,
}

func topicConfig(r *run) {
	r.eachProduct(func(p contracts.Product) {
		r.settings(p, "topic.config", p.Topic.Config)
		for i, e := range p.Events {
			r.settings(p, p.EventPath(i)+".topic.config", e.Topic.Config)
		}
	})
}

func (r *run) settings(p contracts.Product, path string, config map[string]string) {
	for _, key := range keys(config) {
		takes, known := topicSettings[key]
		if !known {
			r.report(p, p.KeyAt(path+"."+key), fmt.Sprintf("%s is not a setting of Kafka's topics", key), r.nameFix(key, keys(topicSettings), "Leave it out."))
			continue
		}
		if fault := takes(config[key]); fault != "" {
			r.report(p, p.At(path+"."+key), fmt.Sprintf("%s: %q %s", key, config[key], fault), "Write one that is; times are in milliseconds, sizes in bytes.")
		}
	}
}
