package rest

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/weftmesh/weft/internal/engine/connect/settings"
	"github.com/weftmesh/weft/internal/engine/connect/source"
	"github.com/weftmesh/weft/internal/engine/connect/worker"
)

// plugin is one of GET /connector-plugins (PluginInfo).
type plugin struct {
	Class   string `json:"class"`
	Type    string `json:"type"`
	Version string `json:"version,omitempty"`
}

// definition is a key as it is defined (ConfigKeyInfo), and value what there is to say of its value (ConfigValueInfo).
type definition struct {
	Name          string   `json:"name"`
	Type          string   `json:"type"`
	Required      bool     `json:"required"`
	Default       *string  `json:"default_value"`
	Importance    string   `json:"importance"`
	Documentation string   `json:"documentation"`
	Group         *string  `json:"group"`
	Width         string   `json:"width"`
	DisplayName   string   `json:"display_name"`
	Dependents    []string `json:"dependents"`
	Order         int      `json:"order"`
}

type value struct {
	Name        string   `json:"name"`
	Value       *string  `json:"value"`
	Recommended []string `json:"recommended_values"`
	Errors      []string `json:"errors"`
	Visible     bool     `json:"visible"`
}

type judged struct {
	Definition definition `json:"definition"`
	Value      value      `json:"value"`
}

// validation is the answer of PUT /connector-plugins/{plugin}/config/validate (ConfigInfos).
type validation struct {
	Name    string   `json:"name"`
	Count   int      `json:"error_count"`
	Groups  []string `json:"groups"`
	Configs []judged `json:"configs"`
}

func (a *api) plugins(r *http.Request) (int, any, error) {
	all := []plugin{}
	for _, p := range a.worker.Plugins(!strings.EqualFold(r.URL.Query().Get("connectorsOnly"), "false")) {
		all = append(all, plugin{p.Class, p.Type, p.Version})
	}
	return http.StatusOK, all, nil
}

func (a *api) pluginConfig(r *http.Request) (int, any, error) {
	keys, err := a.worker.Keys(r.PathValue("plugin"))
	if err != nil {
		return 0, nil, err
	}
	orders, all := map[string]int{}, []definition{}
	for _, key := range keys {
		orders[key.Group]++
		all = append(all, defined(key, orders[key.Group]))
	}
	return http.StatusOK, all, nil
}

func (a *api) validate(r *http.Request) (int, any, error) {
	var given values
	if err := body(r, &given); err != nil {
		return 0, nil, err
	}
	config, asked := given.config(), r.PathValue("plugin")
	if class := config["connector.class"]; class != "" && !strings.HasSuffix(normal(class), normal(asked)) {
		return 0, nil, worker.Refusal{Status: http.StatusBadRequest, Message: fmt.Sprintf("Included connector type %s does not match request type %s", class, asked)}
	}
	v, err := a.worker.Validate(r.Context(), config)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, shown(v), nil
}

// normal is a plugin's name without Connector at its end.
func normal(name string) string {
	if short := strings.TrimSuffix(name, "Connector"); short != "" {
		return short
	}
	return name
}

func shown(v worker.Validation) validation {
	orders := map[string]int{}
	answer := validation{Name: v.Class, Groups: []string{}, Configs: []judged{}}
	for _, item := range v.Items {
		if item.Group != "" && orders[item.Group] == 0 {
			answer.Groups = append(answer.Groups, item.Group)
		}
		orders[item.Group]++
		answer.Count += len(item.Errors)
		answer.Configs = append(answer.Configs, judged{defined(item.Key, orders[item.Group]), said(item)})
	}
	return answer
}

func said(item settings.Item) value {
	return value{item.ConfigValue.Name, item.Value, some(item.Recommended), some(item.Errors), item.Visible}
}

func defined(key source.Key, order int) definition {
	d := definition{
		Name: key.Name, Type: string(key.Type), Required: key.Required, Default: key.Default, Importance: key.Importance, Documentation: key.Documentation,
		Width: "MEDIUM", DisplayName: key.DisplayName, Dependents: []string{}, Order: order,
	}
	if key.Group != "" {
		d.Group = &key.Group
	}
	if key.Importance == "" {
		d.Importance = "MEDIUM"
	}
	return d
}

func some(texts []string) []string {
	if texts == nil {
		return []string{}
	}
	return texts
}

// loggers: the program has one, whose level is set where it starts (KIP-495 has them changed; here they are shown).
func (a *api) loggers(r *http.Request) (int, any, error) {
	return http.StatusOK, map[string]any{"root": a.level(r)}, nil
}

func (a *api) logger(r *http.Request) (int, any, error) {
	if name := r.PathValue("logger"); name != "root" {
		return 0, nil, worker.Refusal{Status: http.StatusNotFound, Message: fmt.Sprintf("Logger %s not found.", name)}
	}
	return http.StatusOK, a.level(r), nil
}

func (a *api) level(r *http.Request) map[string]any {
	level := "ERROR"
	for _, l := range levels {
		if a.log.Enabled(r.Context(), l.level) {
			level = l.name
		}
	}
	return map[string]any{"level": level, "last_modified": nil}
}
