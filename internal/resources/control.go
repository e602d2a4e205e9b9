package resources

import (
	"strconv"

	"github.com/weftmesh/weft/internal/addrs"
)

// Topics of the control domain.
const (
	AppliedEntity  = "contract"   // platform.contract.v1.applied: the desired state, compacted
	ChangeEntity   = "change"     // platform.change.v1.made: journal and audit, kept for ever
	FateEntity     = "quarantine" // platform.quarantine.v1.decided: which quarantined records were replayed or dropped, compacted
	MeasuredEntity = "product"    // platform.product.v1.measured and .scored
)

// AppliedTopic holds the desired state of a control domain.
func AppliedTopic(control string) addrs.Topic {
	return addrs.EventTopic(control, AppliedEntity, 1, "applied")
}

// ChangeTopic holds the journal of a control domain.
func ChangeTopic(control string) addrs.Topic {
	return addrs.EventTopic(control, ChangeEntity, 1, "made")
}

// MeasuredTopic holds measurements of products.
func MeasuredTopic(control string) addrs.Topic {
	return addrs.EventTopic(control, MeasuredEntity, 1, "measured")
}

// ScoredTopic holds scores of products.
func ScoredTopic(control string) addrs.Topic {
	return addrs.EventTopic(control, MeasuredEntity, 1, "scored")
}

// FateTopic holds what became of quarantined records.
func FateTopic(control string) addrs.Topic {
	return addrs.EventTopic(control, FateEntity, 1, "decided")
}

// Control lists the control domain's topics. They hold bare JSON and have one partition where their order counts.
func Control(env Environment) []Resource {
	const week = 7 * 24 * 60 * 60 * 1000
	return []Resource{
		controlTopic(env, AppliedTopic(env.Control), "contract-applied", map[string]string{"cleanup.policy": "compact"}),
		controlTopic(env, ChangeTopic(env.Control), "change-made", map[string]string{"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"}),
		controlTopic(env, FateTopic(env.Control), "quarantine-decided", map[string]string{"cleanup.policy": "compact"}),
		controlTopic(env, MeasuredTopic(env.Control), "product-measured", map[string]string{"cleanup.policy": "delete", "retention.ms": strconv.Itoa(week)}),
		controlTopic(env, ScoredTopic(env.Control), "product-scored", map[string]string{"cleanup.policy": "delete", "retention.ms": strconv.Itoa(5 * week)}),
	}
}

func controlTopic(env Environment, topic addrs.Topic, product string, config map[string]string) Resource {
	const from = "Weft's control domain"
	replicas := 3
	if env.Brokers > 0 {
		replicas = min(replicas, env.Brokers)
	}
	attributes := map[string]Value{Partitions: {Text: "1", From: from}, Replication: {Text: strconv.Itoa(replicas), From: from}}
	for key, value := range config {
		attributes[ConfigPrefix+key] = Value{Text: value, From: from}
	}
	return Resource{
		Addr: addrs.Resource{Kind: addrs.KindTopic, Name: string(topic)}, Domain: env.Control,
		Product: addrs.Product{Domain: env.Control, Name: product, Major: 1}, Attributes: attributes, Keyed: true,
	}
}
