package connect

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/weftmesh/weft/conformance/engines"
)

// situation is a folder of testdata.
type situation struct {
	name       string
	dir        string
	schema     string
	steps      []step
	connectors []connector
}

// connector is one of a situation's connectors. Its name is also its topic prefix and its slot's name.
type connector struct {
	name   string // SITUATION_FILE
	short  string // FILE
	config map[string]any
}

// step is a line of the file steps: a verb, its words, and the indented lines below.
type step struct {
	line int
	verb string
	args []string
	text string
}

// usual are the steps of a situation that has no file of its own.
const usual = "create\nstreaming\nsettle\nsql changes.sql\nsettle\n"

func load(t testing.TB, dir string) situation {
	t.Helper()
	s := situation{name: filepath.Base(dir), dir: dir, schema: read(t, filepath.Join(dir, "schema.sql"))}
	script := usual
	if text, err := os.ReadFile(filepath.Join(dir, "steps")); err == nil {
		script = string(text)
	}
	s.steps = parseSteps(script)
	for i, st := range s.steps {
		if st.verb == "sql" && len(st.args) > 0 {
			s.steps[i].text = read(t, filepath.Join(dir, st.args[0]))
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "connectors", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s has no connectors: %v", dir, err)
	}
	for _, file := range files {
		c := connector{short: strings.TrimSuffix(filepath.Base(file), ".json")}
		c.name = s.name + "_" + c.short
		if err := json.Unmarshal([]byte(read(t, file)), &c.config); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		s.connectors = append(s.connectors, c)
	}
	return s
}

func parseSteps(script string) []step {
	var steps []step
	for i, line := range strings.Split(script, "\n") {
		switch {
		case strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "  "):
			last := &steps[len(steps)-1]
			last.text += line[2:] + "\n"
		default:
			words := strings.Fields(line)
			steps = append(steps, step{line: i + 1, verb: words[0], args: words[1:]})
		}
	}
	return steps
}

const jsonConverter = "org.apache.kafka.connect.json.JsonConverter"

// full gives a connector's whole configuration for a target and a database: what the file says, on top of what every
// connector has. A null in the file takes a setting away; "avro" as a converter stands for the target's own.
func (c connector) full(to Target, server *engines.Postgres, database string) map[string]string {
	config := map[string]any{
		"connector.class":                           "io.debezium.connector.postgresql.PostgresConnector",
		"tasks.max":                                 "1",
		"database.hostname":                         "127.0.0.1",
		"database.port":                             strconv.Itoa(server.Port),
		"database.user":                             server.User,
		"database.password":                         server.Password,
		"database.dbname":                           database,
		"topic.prefix":                              c.name,
		"plugin.name":                               "pgoutput",
		"slot.name":                                 c.name,
		"publication.name":                          c.name + "_pub",
		"publication.autocreate.mode":               "filtered",
		"poll.interval.ms":                          "50",
		"status.update.interval.ms":                 "500",
		"topic.creation.default.partitions":         "1",
		"topic.creation.default.replication.factor": "1",
		"key.converter":                             jsonConverter,
		"key.converter.schemas.enable":              "false",
		"value.converter":                           jsonConverter,
		"value.converter.schemas.enable":            "false",
	}
	maps.Copy(config, c.config)
	filled := map[string]string{}
	for key, value := range config {
		if value != nil {
			filled[key] = strings.NewReplacer("${name}", c.name, "${bootstrap}", to.Bootstrap()).Replace(fmt.Sprint(value))
		}
	}
	for _, side := range []string{"key.converter", "value.converter"} {
		if filled[side] == "avro" {
			delete(filled, side)
			delete(filled, side+".schemas.enable")
			for key, value := range to.AvroConverter() {
				filled[strings.TrimSuffix(side+"."+key, ".")] = value
			}
		}
	}
	return filled
}

// statements cuts a script where a line ends with a semicolon, as psql does for one statement a line; each is sent by
// itself.
func statements(script string) []string {
	var all []string
	var current strings.Builder
	for line := range strings.Lines(script) {
		code, _, _ := strings.Cut(line, "-- ")
		current.WriteString(code)
		if strings.HasSuffix(strings.TrimSpace(code), ";") {
			all = append(all, current.String())
			current.Reset()
		}
	}
	if strings.TrimSpace(current.String()) != "" {
		all = append(all, current.String())
	}
	return slices.Clip(all)
}

func read(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
