package connect

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/diags"
	"github.com/weftmesh/weft/internal/plans"
	"github.com/weftmesh/weft/internal/reconcile"
)

var _ reconcile.Validator = (*Connectors)(nil)

// checked is Connect's answer to a configuration.
type checked struct {
	Configs []struct {
		Value struct {
			Name   string   `json:"name"`
			Errors []string `json:"errors"`
		} `json:"value"`
	} `json:"configs"`
}

func (t *Connectors) check(ctx context.Context, class string, config map[string]string) (checked, error) {
	var answer checked
	err := t.call(ctx, http.MethodPut, "/connector-plugins/"+url.PathEscape(class)+"/config/validate", config, &answer)
	return answer, err
}

// plugins lists the classes of the source connectors that Connect has.
func (t *Connectors) plugins(ctx context.Context) ([]string, error) {
	var answer []struct {
		Class string `json:"class"`
		Type  string `json:"type"`
	}
	if err := t.call(ctx, http.MethodGet, "/connector-plugins", nil, &answer); err != nil {
		return nil, err
	}
	var classes []string
	for _, p := range answer {
		if p.Type == "source" {
			classes = append(classes, p.Class)
		}
	}
	return classes, nil
}

// Validate asks Connect what it has against a connector. That it does not reach the database now is a warning: the
// database may be back when the plan is applied.
func (t *Connectors) Validate(ctx context.Context, change plans.Change) (diags.List, error) {
	config := maps.Clone(change.Desired.Connector.Config)
	class := config["connector.class"]
	classes, err := t.plugins(ctx)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(classes, class) {
		return diags.List{{
			Severity: diags.Error, Summary: fmt.Sprintf("Kafka Connect at %s has no %s; it has: %s", t.base, class, orNone(classes)),
			Fix: missingFix(class),
		}}, nil
	}
	config["name"] = change.Addr.Name
	answer, err := t.check(ctx, class, config)
	if err != nil {
		return nil, err
	}
	var problems diags.List
	for _, c := range answer.Configs {
		for _, text := range c.Value.Errors {
			severity := diags.Error
			if strings.HasPrefix(c.Value.Name, "database.") {
				severity = diags.Warning
			}
			problems.Add(diags.Diagnostic{
				Severity: severity, Summary: fmt.Sprintf("Kafka Connect refuses %s of connector %s: %s", c.Value.Name, change.Addr.Name, text),
				Fix: "Mend the connection or connect.config in mesh.yaml, or the contract's source.",
			})
		}
	}
	return problems, nil
}

func orNone(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, ", ")
}

func missingFix(class string) string {
	if strings.Contains(class, "mysql") {
		return "Install Debezium's connector for MySQL in Kafka Connect (plugin.path). The engine inside of weft captures PostgreSQL; for MySQL name a Kafka Connect below connect of the environment."
	}
	return "Install Debezium's connector in Kafka Connect (plugin.path)."
}

// exactlyOnce is the setting by which a connector asks its worker for transactions (KIP-618).
const exactlyOnce = "exactly.once.support"

// ExactlyOnce reports whether the workers write the records of a connector and its position in one transaction
// (exactly.once.source.support): only then is nothing there twice after a crash.
func (t *Connectors) ExactlyOnce(ctx context.Context) (bool, error) {
	classes, err := t.plugins(ctx)
	if err != nil || len(classes) == 0 {
		return false, err
	}
	i := max(0, slices.IndexFunc(classes, func(c string) bool { return strings.HasPrefix(c, "io.debezium.") }))
	answer, err := t.check(ctx, classes[i], map[string]string{"connector.class": classes[i], "name": "weft-asks", exactlyOnce: "required"})
	for _, c := range answer.Configs {
		if c.Value.Name == exactlyOnce {
			return len(c.Value.Errors) == 0, err
		}
	}
	return false, err
}
