package registry

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/twmb/avro"
)

// Types of schema, as Confluent's API names them.
const (
	typeAvro     = "AVRO"
	typeJSON     = "JSON"
	typeProtobuf = "PROTOBUF"
)

// format is what the registry knows of one type of schema.
type format interface {
	// canonical checks a schema and gives the text by which equal ones are found.
	canonical(text string, references []string) (string, error)
	// problems says why readers with one schema cannot read what is written with another; nil for nothing.
	problems(reader, writer parsed) ([]string, error)
}

// parsed is a schema's text with those of its references, in order of dependency.
type parsed struct {
	text       string
	references []string
}

// formatOf gives the format of a type; an empty one is Avro.
func formatOf(schemaType string) (format, error) {
	switch schemaType {
	case "", typeAvro:
		return avroFormat{}, nil
	case typeJSON:
		return jsonFormat{}, nil
	case typeProtobuf:
		return nil, errors.New("Weft's registry does not keep Protobuf schemas yet; use an external registry for these subjects")
	}
	return nil, fmt.Errorf("Invalid schema type %s", schemaType)
}

type avroFormat struct{}

func (avroFormat) canonical(text string, references []string) (string, error) {
	node, err := parseAvro(parsed{text, references})
	if err != nil {
		return "", err
	}
	schema, err := node.Schema()
	if err != nil {
		return "", err
	}
	return schema.String(), nil
}

func (avroFormat) problems(reader, writer parsed) ([]string, error) {
	r, err := parseAvro(reader)
	if err != nil {
		return nil, err
	}
	w, err := parseAvro(writer)
	if err != nil {
		return nil, err
	}
	var messages []string
	for _, found := range readerProblems(r, w) {
		messages = append(messages, found.String())
	}
	return messages, nil
}

// parseAvro reads a schema after those it refers to. Names are bounded to what Java's parser takes.
func parseAvro(p parsed) (*avro.SchemaNode, error) {
	var cache avro.SchemaCache
	for _, reference := range p.references {
		if _, err := cache.Parse(reference); err != nil {
			return nil, fmt.Errorf("in a reference: %w", err)
		}
	}
	text := strings.TrimSpace(p.text)
	if text != "" && text[0] != '{' && text[0] != '[' && text[0] != '"' {
		text = `"` + text + `"` // a bare name, as Java's parser takes it
	}
	schema, err := cache.Parse(text)
	if err != nil {
		return nil, err
	}
	root := schema.Root()
	return root.ExpandReferences(), nil
}

// compactJSON drops white space, as Confluent does with what it keeps; what is no JSON stays.
func compactJSON(text string) string {
	var b bytes.Buffer
	if json.Compact(&b, []byte(text)) != nil {
		return strings.TrimSpace(text)
	}
	return b.String()
}

type jsonFormat struct{}

// canonical holds a schema against the draft that it names, or 7, and sorts its keys.
func (jsonFormat) canonical(text string, _ []string) (string, error) {
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		return "", err
	}
	switch document := document.(type) {
	case bool:
	case map[string]any:
		if err := keepsDraft(document); err != nil {
			return "", err
		}
	default:
		return "", errors.New("a JSON Schema is an object or a boolean")
	}
	sorted, err := json.Marshal(document)
	return string(sorted), err
}

// drafts are the meta-schemas that the library has; the first is for schemas that name none.
var drafts = []string{
	"http://json-schema.org/draft-07/schema", "http://json-schema.org/draft-06/schema", "http://json-schema.org/draft-04/schema",
	"https://json-schema.org/draft/2019-09/schema", "https://json-schema.org/draft/2020-12/schema",
}

func keepsDraft(document map[string]any) error {
	name, ok := document["$schema"].(string)
	if name = strings.TrimSuffix(name, "#"); !ok {
		name = drafts[0]
	}
	if !slices.Contains(drafts, name) {
		return nil // a vocabulary of its own, which is not here
	}
	draft, err := jsonschema.NewCompiler().Compile(name)
	if err != nil {
		return err
	}
	return draft.Validate(document)
}

// problems of JSON Schemas are not judged here yet: equal ones are compatible, others are named as not checked and let
// pass, as the control plane judges its own changes by the contract.
func (jsonFormat) problems(parsed, parsed) ([]string, error) { return nil, nil }
