package worker

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/weftmesh/weft/internal/diags"
	"github.com/weftmesh/weft/internal/engine/connect/secrets"
	"github.com/weftmesh/weft/internal/engine/connect/settings"
	"github.com/weftmesh/weft/internal/engine/connect/source"
	"github.com/weftmesh/weft/internal/engine/connect/transforms"
)

// Validation is what there is to say of a configuration, key by key.
type Validation struct {
	Class string
	Items []settings.Item
}

// Errors are all that is wrong.
func (v Validation) Errors() []string {
	var all []string
	for _, item := range v.Items {
		all = append(all, item.Errors...)
	}
	return all
}

// Validate judges a configuration, and asks the connector to. Values are shown as they were given: what a config provider
// gave stands in no answer.
func (w *Worker) Validate(ctx context.Context, config map[string]string) (Validation, error) {
	class := config["connector.class"]
	if class == "" {
		return Validation{}, refused(http.StatusInternalServerError, "The configuration has no connector.class")
	}
	plugin := w.plugin(class)
	if plugin == nil {
		return Validation{}, w.noSuchClass(http.StatusInternalServerError, class)
	}
	resolved, unresolved := w.config.Secrets.Resolve(config)
	set, items := settings.Read(resolved.Config, w.config.Standard)
	v := Validation{Class: plugin.Plugin().Class, Items: items}
	v.add(plugin.Keys(), plugin.Validate(ctx, set.Own))
	v.note(unresolved)
	v.suggest()
	v.hide(config, resolved)
	return v, nil
}

// add takes the connector's answers: those for its keys in their order, then those for keys that it does not know.
func (v *Validation) add(keys []source.Key, values []source.ConfigValue) {
	definitions := map[string]source.Key{}
	for _, key := range keys {
		definitions[key.Name] = key
	}
	for _, value := range values {
		key, has := definitions[value.Name]
		if !has {
			key = source.Key{Name: value.Name, Type: source.String, Importance: "MEDIUM", DisplayName: value.Name}
		}
		v.Items = append(v.Items, settings.Item{Key: key, ConfigValue: value})
	}
}

// note adds what could not be resolved.
func (v *Validation) note(err error) {
	several, is := err.(interface{ Unwrap() []error })
	if !is {
		return
	}
	for _, one := range several.Unwrap() {
		var e *secrets.Error
		if !errors.As(one, &e) {
			continue
		}
		v.replace(e.Key, e.Error())
	}
}

// replace says one thing of a key alone: what else was said is of a value that is not there.
func (v *Validation) replace(key, text string) {
	for i := range v.Items {
		if v.Items[i].Key.Name == key {
			v.Items[i].Errors = []string{text}
			return
		}
	}
	v.Items = append(v.Items, settings.Item{
		Key:         source.Key{Name: key, Type: source.String, Importance: "MEDIUM", DisplayName: key},
		ConfigValue: source.ConfigValue{Name: key, Errors: []string{text}, Visible: true},
	})
}

// suggest names the key of Connect's that an unknown one is nearly.
func (v *Validation) suggest() {
	for i := range v.Items {
		item := &v.Items[i]
		if item.Documentation != "" || len(item.Errors) == 0 {
			continue // it is a key that there is
		}
		if near := nearest(item.Key.Name, settings.Names()); near != "" {
			item.Errors[0] += fmt.Sprintf("; Kafka Connect has a key %s", near)
		}
	}
}

// hide shows what was written, and takes the values of providers out of what is said.
func (v *Validation) hide(config map[string]string, resolved secrets.Resolved) {
	for i := range v.Items {
		item := &v.Items[i]
		if raw, has := config[item.Key.Name]; has && item.Type != source.Password {
			item.Value = &raw
		}
		errors := make([]string, len(item.Errors))
		for j, text := range item.Errors {
			errors[j] = resolved.Hide(text)
		}
		item.Errors = errors
	}
}

// Keys are the definitions of a plugin's configuration, those of Connect among them.
func (w *Worker) Keys(class string) ([]source.Key, error) {
	plugin := w.plugin(class)
	if plugin == nil {
		return nil, refused(http.StatusNotFound, "Unknown plugin %s.", class)
	}
	return append(settings.Keys(), plugin.Keys()...), nil
}

// Plugins are the connectors, and all other plugins unless connectors alone are asked for.
func (w *Worker) Plugins(connectorsOnly bool) []source.Plugin {
	plugins := []source.Plugin{}
	for _, c := range w.config.Connectors {
		plugins = append(plugins, c.Plugin())
	}
	if connectorsOnly {
		return plugins
	}
	changes, predicates := transforms.Classes()
	for kind, classes := range map[string][]string{"transformation": changes, "predicate": predicates, "converter": settings.Converters()} {
		for _, class := range classes {
			plugins = append(plugins, source.Plugin{Class: class, Type: kind})
		}
	}
	slices.SortFunc(plugins[len(w.config.Connectors):], func(a, b source.Plugin) int {
		if a.Type != b.Type {
			return len(a.Type) - len(b.Type)
		}
		if a.Class < b.Class {
			return -1
		}
		return 1
	})
	return plugins
}

// nearest is the name that differs least, if it is not another word altogether.
func nearest(name string, names []string) string {
	best, least := "", len(name)/3+1
	for _, candidate := range slices.Sorted(maps.Keys(set(names))) {
		if d := diags.Distance(name, candidate); d < least {
			best, least = candidate, d
		}
	}
	return best
}

func set(names []string) map[string]bool {
	all := map[string]bool{}
	for _, name := range names {
		all[name] = true
	}
	return all
}
