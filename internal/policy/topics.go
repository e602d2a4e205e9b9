package policy

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/contracts"
)

func topics() []Rule {
	return []Rule{
		{"topic-name", must, "Topics are named <domain>.<entity>.<version>.<event-type>, so that everyone can tell what they hold.", "topic: {name: Shipments}", "topic named by derivation", topicName},
		{"retention", must, "Records are kept as long as is promised.", "sla: {retention: 7d}, topic: {config: {retention.ms: 1000}}", "sla: {retention: 7d}", retention},
		{"topic-config", must, "Settings of a topic are those that Kafka knows, with values that fit.", "config: {retention.sm: 1000}", "config: {max.message.bytes: 2000000}", topicConfig},
		{"topic-replication", must, "Three replicas survive the loss of a broker while another is down for upkeep.", "topic: {replication: 1}", "topic: {replication: 3, config: {min.insync.replicas: 2}}", replication},
	}
}

func topicName(r *run) {
	r.eachProduct(func(p contracts.Product) {
		for _, t := range p.Topics {
			if _, err := addrs.ParseEventTopic(string(t.Name)); err != nil && t.Managed {
				r.report(p, p.At("product"), err.Error(), "Use lower-case letters, digits and hyphens in domain, entity and event.")
			} else if err != nil {
				r.warn(p, p.At("topic.name"), fmt.Sprintf("bound topic %s does not follow the naming of topics", t.Name), "Publish under a derived name when its writers can change.")
			}
		}
	})
}

func retention(r *run) {
	r.eachProduct(func(p contracts.Product) {
		if p.Kind == contracts.KindState && p.Has("sla.retention") {
			r.warn(p, p.At("sla.retention"), "a product of kind state keeps the latest row of each key; retention does not apply", "Leave sla.retention out.")
		}
		for _, t := range p.Topics {
			policy, set := t.Config["cleanup.policy"]
			switch {
			case !set:
			case listOf("delete", "compact")(policy) != "": // topic-config says so
			case p.Kind == contracts.KindState && policy != "compact":
				r.report(p, p.At("topic.config.cleanup.policy"), fmt.Sprintf("cleanup.policy %s does not keep the latest row of each key", policy), "Leave cleanup.policy out, or write kind: events.")
			case p.Kind == contracts.KindEvents && policy != "delete":
				r.report(p, p.At("topic.config.cleanup.policy"), fmt.Sprintf("cleanup.policy %s loses events of one key", policy), "Leave cleanup.policy out, or write kind: state.")
			}
			r.retentionConfig(p, t)
		}
	})
}

func (r *run) retentionConfig(p contracts.Product, t contracts.ProductTopic) {
	text, set := t.Config["retention.ms"]
	ms, err := strconv.ParseInt(text, 10, 64)
	if !set || err != nil || ms < 0 || p.SLA.Retention == 0 {
		return
	}
	if kept := time.Duration(ms) * time.Millisecond; kept < p.SLA.Retention.Std() {
		r.report(p, p.At("topic.config.retention.ms"), fmt.Sprintf("retention.ms keeps records for %s, and %s are promised", contracts.Duration(kept), p.SLA.Retention), "Leave retention.ms out: it follows from sla.retention.")
	}
}

func replication(r *run) {
	r.eachProduct(func(p contracts.Product) {
		for _, t := range slices.Compact(slices.Clone(replicationOf(p))) {
			if t.replicas > 0 && t.replicas < 3 {
				r.report(p, p.At(t.path), fmt.Sprintf("replication %d does not survive the loss of a broker during upkeep", t.replicas), "Write replication: 3; where there are fewer brokers it is clamped. Or have it waived in domain.yaml.")
			}
			if t.inSync > t.replicas && t.replicas > 0 {
				r.report(p, p.At(t.config), fmt.Sprintf("min.insync.replicas %d is more than the %d replicas: nothing could be written", t.inSync, t.replicas), "Write one less than the replication.")
			} else if t.inSync == t.replicas && t.inSync > 1 {
				r.warn(p, p.At(t.config), "min.insync.replicas equals the replication: the first broker to go stops all writes", "Write one less than the replication.")
			}
		}
	})
}

// replicas is what a contract writes of replication at one place.
type replicas struct {
	path, config     string
	replicas, inSync int
}

func replicationOf(p contracts.Product) []replicas {
	of := func(path string, t contracts.Topic) replicas {
		n, _ := strconv.Atoi(t.Config["min.insync.replicas"])
		return replicas{path + ".replication", path + ".config.min.insync.replicas", t.Replication, n}
	}
	list := []replicas{of("topic", p.Topic)}
	for i, e := range p.Events {
		list = append(list, of(p.EventPath(i)+".topic", e.Topic))
	}
	return list
}
