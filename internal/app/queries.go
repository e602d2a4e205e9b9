package app

import (
	"maps"
	"strings"

	"github.com/weftmesh/weft/internal/adapter/flink"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/queries"
	"github.com/weftmesh/weft/internal/resources"
	"github.com/weftmesh/weft/internal/transforms"
)

// queryDesk answers queries on the environment's stream processor, which reaches Kafka and the registry as jobs do.
func queryDesk(out outside, set func() contracts.Set) *queries.Desk {
	config := queries.Config{Set: set, MaskKey: out.maskKey}
	if out.flink == nil || out.jobs == nil {
		return queries.NewDesk(config)
	}
	config.Gateway = flink.NewQueries(*out.flink)
	config.Connection = transforms.Connection{Bootstrap: out.jobs.Bootstrap, Registry: out.jobs.Registry, Kafka: map[string]string{}}
	config.Settings = maps.Clone(out.jobs.Config)
	if config.Settings == nil {
		config.Settings = map[string]string{}
	}
	for key, value := range out.jobs.Config {
		if name, ok := strings.CutPrefix(key, resources.KafkaPrefix); ok {
			config.Connection.Kafka[name] = value
			delete(config.Settings, key)
		}
	}
	config.Settings["pipeline.name"] = "weft query"
	return queries.NewDesk(config)
}
