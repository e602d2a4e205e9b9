package app

import (
	"maps"
	"strings"

	"github.com/weftmesh/weft/internal/adapter/flink"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/resources"
)

// Settings of an environment's Flink by which its jobs reach Kafka and the registry under other addresses than Weft.
const (
	jobsBootstrap = "kafka.bootstrap.servers"
	jobsRegistry  = "registry.url"
)

// jobsOf says how an environment's jobs are started, and how they reach Kafka and the registry; nil without a Flink.
func jobsOf(env contracts.Environment, registry string) (*flink.Config, *resources.Jobs) {
	if env.Flink == nil {
		return nil, nil
	}
	jobs := &resources.Jobs{Bootstrap: strings.Join(env.Kafka.Bootstrap, ","), Registry: registry, Config: maps.Clone(env.Flink.Config)}
	take := func(key string, into *string) {
		if value, ok := jobs.Config[key]; ok {
			*into = value
			delete(jobs.Config, key)
		}
	}
	take(jobsBootstrap, &jobs.Bootstrap)
	take(jobsRegistry, &jobs.Registry)
	return &flink.Config{Gateway: env.Flink.Gateway, REST: env.Flink.REST}, jobs
}
