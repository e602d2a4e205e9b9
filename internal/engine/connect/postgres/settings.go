package postgres

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/weftmesh/weft/internal/engine/connect/postgres/tables"
	"github.com/weftmesh/weft/internal/engine/connect/postgres/values"
)

// settings are a configuration that was judged, as values.
type settings struct {
	raw   map[string]string // with the defaults
	rules tables.Rules

	slot, publication   string
	autocreate          string
	streamParams        []string
	snapshotMode        string
	snapshotTables      []*regexp.Regexp
	overrides           map[string]string // SELECT by schema.table
	messages            tables.Filter
	skipped             map[byte]bool
	tombstones          bool
	heartbeat           time.Duration
	status              time.Duration
	retryDelay          time.Duration
	maxRetries          int
	maxBatch            int
	chunk               int
	signalTable         string
	warnPercent         int
	identities          []identity
	confirms            bool
	dropSlot, lockTable bool
	skipSame            bool // skip.messages.without.change
	ascii               bool // the database's encoding turned out to be SQL_ASCII
}

// parse reads a configuration. The error has everything that is wrong with it, a line for each.
func parse(config map[string]string) (*settings, error) {
	s := &settings{raw: map[string]string{}}
	var mistakes []error
	for _, answer := range judge(config) {
		for _, text := range answer.Errors {
			mistakes = append(mistakes, errors.New(text))
		}
	}
	if len(mistakes) > 0 {
		return nil, errors.Join(mistakes...)
	}
	for _, k := range keys() {
		value := strings.TrimSpace(config[k.name])
		if value == "" {
			value = k.standard
		}
		if len(k.choices) > 0 {
			value = strings.ToLower(value)
		}
		s.raw[k.name] = value
	}
	s.raw["database.password"] = config["database.password"] // its spaces are its own
	return s, s.fill(config)
}

func (s *settings) fill(config map[string]string) error {
	s.rules = tables.Rules{
		Prefix: s.raw["topic.prefix"], Delimiter: s.raw["topic.delimiter"], Database: s.raw["database.dbname"],
		Schemas: s.filter("schema"), Tables: s.filter("table"), Columns: s.filter("column"),
		Propagate:   tables.Propagation{Columns: s.expressions("column.propagate.source.type"), Types: s.expressions("datatype.propagate.source.type")},
		SchemaNames: s.raw["schema.name.adjustment.mode"], FieldNames: s.raw["field.name.adjustment.mode"],
		Modes: values.Modes{
			Decimal: s.raw["decimal.handling.mode"], Time: s.raw["time.precision.mode"], Binary: s.raw["binary.handling.mode"],
			HStore: s.raw["hstore.handling.mode"], Interval: s.raw["interval.handling.mode"], MoneyDigits: s.number("money.fraction.digits"),
			Unknown: s.is("include.unknown.datatypes"), Placeholder: s.raw["unavailable.value.placeholder"],
		},
	}
	var err error
	if s.rules.Keys, err = tables.KeyRules(s.raw["message.key.columns"]); err != nil {
		return err
	}
	if s.rules.Changes, err = changes(config); err != nil {
		return err
	}
	s.slot, s.publication, s.autocreate = s.raw["slot.name"], s.raw["publication.name"], s.raw["publication.autocreate.mode"]
	s.snapshotMode, s.snapshotTables = s.raw["snapshot.mode"], s.expressions("snapshot.include.collection.list")
	if s.snapshotMode == "never" {
		s.snapshotMode = "no_data"
	}
	s.overrides = map[string]string{}
	for _, table := range list(s.raw["snapshot.select.statement.overrides"]) {
		s.overrides[table] = config[overridePrefix+table]
	}
	s.messages = s.filter("message.prefix")
	s.skipped = map[byte]bool{}
	for _, op := range list(s.raw["skipped.operations"]) {
		s.skipped[op[0]] = op != "none"
	}
	s.skipSame = s.is("skip.messages.without.change")
	s.tombstones, s.confirms = s.is("tombstones.on.delete"), s.is("flush.lsn.source")
	s.dropSlot, s.lockTable = s.is("slot.drop.on.stop"), s.raw["snapshot.locking.mode"] == "shared"
	s.heartbeat, s.status = s.millis("heartbeat.interval.ms"), s.millis("status.update.interval.ms")
	s.retryDelay, s.maxRetries = s.millis("slot.retry.delay.ms"), s.number("slot.max.retries")
	s.maxBatch, s.chunk = s.number("max.batch.size"), s.number("incremental.snapshot.chunk.size")
	s.signalTable, s.warnPercent = s.raw["signal.data.collection"], s.number("slot.wal.warn.percent")
	if parts := strings.Split(s.signalTable, "."); len(parts) == 3 {
		s.signalTable = strings.Join(parts[1:], ".") // database.schema.table is allowed too
	}
	if s.identities, err = parseIdentities(s.raw["replica.identity.autoset.values"]); err != nil {
		return err
	}
	s.streamParams, err = parseStreamParams(s.raw["slot.stream.params"])
	return err
}

func (s *settings) is(name string) bool { return strings.EqualFold(s.raw[name], "true") }

func (s *settings) number(name string) int {
	n, _ := strconv.Atoi(s.raw[name]) // judged before
	return n
}

func (s *settings) millis(name string) time.Duration {
	return time.Duration(s.number(name)) * time.Millisecond
}

func (s *settings) expressions(name string) []*regexp.Regexp {
	list, _ := tables.Expressions(s.raw[name]) // judged before
	return list
}

func (s *settings) filter(of string) tables.Filter {
	return tables.Filter{Include: s.expressions(of + ".include.list"), Exclude: s.expressions(of + ".exclude.list")}
}

func (s *settings) channel(name string) bool {
	return slices.Contains(list(s.raw["signal.enabled.channels"]), name)
}

// changes are the rules of column.mask..., column.truncate..., in the order of their names.
func changes(config map[string]string) ([]tables.Change, error) {
	var names []string
	for name := range config {
		if columnRule(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var rules []tables.Change
	for _, name := range names {
		change, err := parseChange(name, config[name])
		if err != nil {
			return nil, err
		}
		rules = append(rules, change)
	}
	return rules, nil
}

var (
	maskKey     = regexp.MustCompile(`^column\.mask\.with\.(\d{1,5})\.chars$`)
	truncateKey = regexp.MustCompile(`^column\.truncate\.to\.(\d{1,9})\.chars$`)
	hashKey     = regexp.MustCompile(`^column\.mask\.hash\.(v2\.)?([^.]+)\.with\.salt\.(.+)$`)
)

func parseChange(name, value string) (tables.Change, error) {
	columns, err := tables.Expressions(value)
	if err != nil {
		return tables.Change{}, err
	}
	if match := maskKey.FindStringSubmatch(name); match != nil {
		n, _ := strconv.Atoi(match[1])
		return tables.Mask(columns, n), nil
	}
	if match := truncateKey.FindStringSubmatch(name); match != nil {
		n, _ := strconv.Atoi(match[1])
		return tables.Truncate(columns, n), nil
	}
	if match := hashKey.FindStringSubmatch(name); match != nil {
		version := 1
		if match[1] != "" {
			version = 2
		}
		return tables.Hash(columns, match[2], match[3], version)
	}
	return tables.Change{}, fmt.Errorf("such keys are column.mask.with.N.chars, column.truncate.to.N.chars, column.mask.hash.ALGORITHM.with.salt.SALT and column.mask.hash.v2.ALGORITHM.with.salt.SALT")
}

// identity is a replica identity that the connector gives to the tables that match.
type identity struct {
	table *regexp.Regexp
	value string // FULL, DEFAULT, NOTHING, USING INDEX "name"
}

func identities(value string) error {
	_, err := parseIdentities(value)
	return err
}

// parseIdentities reads "inventory.*:FULL,public.orders:INDEX orders_code".
func parseIdentities(text string) ([]identity, error) {
	var list []identity
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		at := strings.LastIndexByte(part, ':')
		if at < 0 {
			return nil, fmt.Errorf("%q is not schema.table:IDENTITY", part)
		}
		re, err := regexp.Compile("(?i)^(?:" + part[:at] + ")$")
		if err != nil {
			return nil, err
		}
		value := strings.TrimSpace(part[at+1:])
		index, isIndex := strings.CutPrefix(value, "INDEX ")
		switch {
		case isIndex:
			value = "USING INDEX " + tables.Quote(strings.TrimSpace(index))
		case value != "FULL" && value != "DEFAULT" && value != "NOTHING":
			return nil, fmt.Errorf("%q is not one of FULL, DEFAULT, NOTHING, INDEX name", value)
		}
		list = append(list, identity{re, value})
	}
	return list, nil
}

func streamParams(value string) error {
	_, err := parseStreamParams(value)
	return err
}

var streamParam = regexp.MustCompile(`^[a-z_-]+=[A-Za-z0-9_.-]*$`)

// parseStreamParams reads "add-tables=public.table;include-lsn=true" into the options of START_REPLICATION.
func parseStreamParams(text string) ([]string, error) {
	var options []string
	for part := range strings.SplitSeq(text, ";") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		if !streamParam.MatchString(part) {
			return nil, fmt.Errorf("%q is not name=value", part)
		}
		name, value, _ := strings.Cut(part, "=")
		options = append(options, fmt.Sprintf(`"%s" '%s'`, name, value))
	}
	return options, nil
}
