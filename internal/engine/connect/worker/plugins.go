package worker

import (
	"strings"

	"github.com/weftmesh/weft/internal/engine/connect/source"
)

// plugin finds a connector by its class, the last part of its name, or that without Connector (Plugins.connectorClass).
func (w *Worker) plugin(class string) source.Connector {
	for _, c := range w.config.Connectors {
		full := c.Plugin().Class
		short := full[strings.LastIndexByte(full, '.')+1:]
		if class == full || class == short || class != "" && class == strings.TrimSuffix(short, "Connector") {
			return c
		}
	}
	return nil
}

func (w *Worker) classes() []string {
	var classes []string
	for _, c := range w.config.Connectors {
		classes = append(classes, c.Plugin().Class)
	}
	return classes
}
