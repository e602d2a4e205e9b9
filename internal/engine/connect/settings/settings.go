// Package settings reads what Kafka Connect itself has to know of a connector's configuration: converters, transforms, topics,
// the producer. What is left over is the connector's own.
package settings

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/weftmesh/weft/internal/engine/connect/converters"
	"github.com/weftmesh/weft/internal/engine/connect/source"
	"github.com/weftmesh/weft/internal/engine/connect/transforms"
)

// Settings are the parts of a configuration that are Connect's.
type Settings struct {
	Name, Class        string
	Key, Value, Header converters.Converter
	Transforms         *transforms.Chain
	Creation           Creation
	Producer           Producer
	Interval           time.Duration // of transactions; 0: as soon as there is something
	OffsetsTopic       string        // "": the worker's
	Own                map[string]string
}

// Item is a key as it was judged.
type Item struct {
	source.Key
	source.ConfigValue
}

// Read reads a configuration whose references are resolved. standard has the worker's converters (key.converter and so on),
// which hold unless the configuration names its own.
func Read(config, standard map[string]string) (*Settings, []Item) {
	s := &Settings{Name: config["name"], Class: config["connector.class"], Own: map[string]string{}}
	items := fixed(config)
	s.OffsetsTopic = config["offsets.storage.topic"]
	if strings.EqualFold(config["transaction.boundary"], "interval") {
		s.Interval = interval(config["transaction.boundary.interval.ms"])
	}
	s.Key = converter(config, standard, "key.converter", &items)
	s.Value = converter(config, standard, "value.converter", &items)
	s.Header = converter(config, standard, "header.converter", &items)
	s.Transforms = changes(config, &items)
	s.Creation = creation(config, &items)
	s.Producer = producer(config, &items)
	refuseOthers(config, &items)
	judged := map[string]bool{}
	for _, item := range items {
		judged[item.Key.Name] = true
	}
	for key, value := range config {
		if !judged[key] && !strings.HasPrefix(key, "key.converter.") && !strings.HasPrefix(key, "value.converter.") && !strings.HasPrefix(key, "header.converter.") {
			s.Own[key] = value
		}
	}
	return s, items
}

func interval(ms string) time.Duration {
	n, err := strconv.Atoi(strings.TrimSpace(ms))
	if err != nil {
		n = 60_000 // offset.flush.interval.ms of a worker by default
	}
	return time.Duration(n) * time.Millisecond
}

// Names are the keys that Connect has for every connector.
func Names() []string {
	var names []string
	for _, k := range keys() {
		names = append(names, k.Name)
	}
	return names
}

// Keys are their definitions.
func Keys() []source.Key {
	var all []source.Key
	for _, k := range keys() {
		all = append(all, k.Key)
	}
	return all
}

func fixed(config map[string]string) []Item {
	var items []Item
	for _, k := range keys() {
		item := Item{k.Key, source.ConfigValue{Name: k.Name, Value: k.Default, Recommended: k.recommended, Visible: true}}
		value, has := config[k.Name]
		switch {
		case !has && k.Required:
			item.Errors = []string{fmt.Sprintf("Missing required configuration %q which has no default value.", k.Name)}
		case has:
			item.Value = &value
			if k.check == nil {
				break
			}
			if wrong := k.check(value); wrong != "" {
				item.Errors = []string{wrong}
			}
		}
		items = append(items, item)
	}
	return items
}

// option is a key that stands in a configuration and whose definition depends on others.
func option(config map[string]string, name string, kind source.Type, doc, group string) Item {
	item := Item{
		source.Key{Name: name, Type: kind, Importance: "MEDIUM", Documentation: doc, Group: group, DisplayName: name},
		source.ConfigValue{Name: name, Visible: true},
	}
	if value, has := config[name]; has {
		item.Value = &value
	}
	return item
}

// changes makes the transforms, and an item of each of their keys.
func changes(config map[string]string, items *[]Item) *transforms.Chain {
	chain, problems := transforms.Compile(config)
	for _, name := range slices.Sorted(maps.Keys(config)) {
		if group, _, dotted := strings.Cut(name, "."); dotted && transforms.Owns(name) {
			*items = append(*items, option(config, name, source.String, "An option of "+group+".", transform))
		}
	}
	for _, p := range problems {
		if !slices.ContainsFunc(*items, func(i Item) bool { return i.Key.Name == p.Key }) {
			*items = append(*items, option(config, p.Key, source.String, "An option that is missing.", transform))
		}
		wrong(*items, p.Key, "Invalid value for configuration "+p.Key+": "+p.Text)
	}
	return chain
}

// converter makes the converter that stands under a key, with its own keys below that, or the worker's.
func converter(config, standard map[string]string, key string, items *[]Item) converters.Converter {
	from := config
	class, given := config[key]
	if !given {
		from, class = standard, standard[key]
	}
	own := map[string]string{}
	for name, value := range from {
		if rest, is := strings.CutPrefix(name, key+"."); is {
			own[rest] = value
		}
	}
	if class == converters.Confluent && own["schema.registry.url"] == "" && standard["schema.registry.url"] != "" {
		own["schema.registry.url"] = standard["schema.registry.url"]
	}
	made, err := converters.New(class, own)
	if err != nil {
		wrong(*items, key, err.Error())
	} else if !given {
		stray(config, key, items)
	}
	return made
}

// stray are keys of a converter that the configuration does not name: without it the worker's holds, with the worker's keys
// (Connect's WorkerConfig), and these would have no effect.
func stray(config map[string]string, key string, items *[]Item) {
	for _, name := range slices.Sorted(maps.Keys(config)) {
		if strings.HasPrefix(name, key+".") {
			item := option(config, name, source.String, "", common)
			item.Errors = []string{fmt.Sprintf("Key %s has no effect without %s: name the converter as well", name, key)}
			*items = append(*items, item)
		}
	}
}

// refuseOthers names the keys of Connect's that there is no support for.
func refuseOthers(config map[string]string, items *[]Item) {
	for _, name := range slices.Sorted(maps.Keys(config)) {
		why := ""
		switch {
		case strings.HasPrefix(name, "consumer.override."), strings.HasPrefix(name, "admin.override."):
			why = "Key %s is not supported: a source connector's records are written by the producer alone, see producer.override"
		case strings.HasPrefix(name, "errors.deadletterqueue."):
			why = "Key %s is of sink connectors; this is a source"
		case name == "topics", name == "topics.regex":
			why = "Key %s is of sink connectors; this is a source"
		case strings.HasSuffix(name, ".plugin.version"):
			why = "Key %s is not supported: there is one version of each plugin, that of this program"
		}
		if why != "" {
			item := option(config, name, source.String, "", common)
			item.Errors = []string{fmt.Sprintf(why, name)}
			*items = append(*items, item)
		}
	}
}

func wrong(items []Item, name, text string) {
	for i := range items {
		if items[i].Key.Name == name {
			items[i].Errors = append(items[i].Errors, text)
		}
	}
}

// Converters are the classes of converters.
func Converters() []string { return converters.Classes() }
