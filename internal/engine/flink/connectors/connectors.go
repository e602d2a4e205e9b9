// Package connectors opens tables by the WITH options that they are declared with: kafka, upsert-kafka, filesystem,
// datagen, print, blackhole, and tables in memory.
package connectors

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weftmesh/weft/internal/diags"
	"github.com/weftmesh/weft/internal/engine/flink/formats"
	"github.com/weftmesh/weft/internal/engine/flink/stream"
	"github.com/weftmesh/weft/internal/flinksql/plan"
)

// Config is what tables are opened with.
type Config struct {
	Job    string             // the job's ID: transactions carry it
	Memory map[string]*Memory // the tables in memory, by name
	Clock  clock
	Zone   *time.Location
	// Poisoned, if set, is given each Kafka record that its table's format cannot read. With nil it has taken the record over
	// (set it aside), and reading goes on; its error fails the job, as no handler does.
	Poisoned func(record Poisoned) error
	Print    io.Writer // where print tables print; nil: standard output
	Logger   *slog.Logger
}

// Poisoned is a record that cannot be read.
type Poisoned struct {
	Table     string
	Topic     string
	Partition int32
	Offset    int64
	Key       []byte
	Value     []byte
	Err       error
}

type clock interface {
	Now() time.Time
	AfterFunc(d time.Duration, f func()) (stop func())
}

// Description is what is known of a table without opening it.
type Description struct {
	Mode         plan.Mode // of what a scan gives
	Bounded      bool      // reading it ends
	Nested       bool      // single members of ROW columns can be read
	Source, Sink bool      // it can be read, written
	Accepts      plan.Mode // the changes that it can be written with
}

// connector is one kind of table.
type connector struct {
	name     string
	options  []string // beside connector and those of formats; a closing * stands for anything
	formats  []string // the options that name a format: their options go with them
	describe func(*plan.Table) (Description, error)
	parts    func(context.Context, *Set, *plan.Scan) (int, error)
	source   func(s *Set, scan *plan.Scan, part, parts int) (stream.Source, error)
	merge    func(states [][]byte) ([]byte, error) // of former parts; nil if other parts cannot go on from them
	sink     func(s *Set, sink *plan.Sink, part, parts int) (stream.Sink, error)
}

func all() []connector {
	return []connector{
		kafkaConnector(), upsertKafkaConnector(), filesystemConnector(), datagenConnector(), printConnector(), blackholeConnector(), memoryConnector(),
	}
}

func find(t *plan.Table) (connector, error) {
	name, ok := t.Options["connector"]
	if !ok {
		return connector{}, fmt.Errorf("table %s has no 'connector' in its WITH options", t.Name)
	}
	var names []string
	for _, c := range all() {
		if c.name == name {
			return c, nil
		}
		names = append(names, c.name)
	}
	return connector{}, fmt.Errorf("table %s: there is no connector %q%s; there are %s", t.Name, name, suggest(name, names), strings.Join(names, ", "))
}

// Describe checks a table's options and says what the table is. Its error is a sentence for people.
func Describe(t *plan.Table) (Description, error) {
	c, err := find(t)
	if err != nil {
		return Description{}, err
	}
	if err := c.checkOptions(t); err != nil {
		return Description{}, err
	}
	d, err := c.describe(t)
	if err != nil {
		return Description{}, fmt.Errorf("table %s: %w", t.Name, err)
	}
	return d, nil
}

// Set is the open tables of one run of a job.
type Set struct {
	ctx    context.Context //nolint:containedctx // of the run
	config Config

	printing  sync.Mutex
	mu        sync.Mutex
	closes    []func() error
	admins    map[string]*kadm.Client
	producers map[string]*kgo.Client
	positions map[string]*groupPositions
	tx        *kafkaTransaction
}

var _ stream.Dividing = (*Set)(nil)

// Open makes ready to open tables. The context ends what waits in them.
func Open(ctx context.Context, config Config) (*Set, error) {
	if config.Print == nil {
		config.Print = os.Stdout
	}
	if config.Zone == nil {
		config.Zone = time.UTC
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	if config.Clock == nil {
		return nil, errors.New("connectors need a clock")
	}
	return &Set{
		ctx: ctx, config: config, admins: map[string]*kadm.Client{}, producers: map[string]*kgo.Client{}, positions: map[string]*groupPositions{},
	}, nil
}

// Parts is how many tasks it is worth reading a table with.
func (s *Set) Parts(ctx context.Context, scan *plan.Scan) (int, error) {
	c, err := find(scan.Table)
	if err != nil || c.parts == nil {
		return 1, err
	}
	n, err := c.parts(ctx, s, scan)
	if err != nil {
		return 0, fmt.Errorf("table %s: %w", scan.Table.Name, err)
	}
	return n, nil
}

// Divides reports whether a table can go on in another number of parts.
func (s *Set) Divides(scan *plan.Scan) bool {
	c, err := find(scan.Table)
	if err != nil {
		return false
	}
	if m := s.config.Memory[scan.Table.Name]; m != nil && m.generate != nil {
		return false
	}
	return c.merge != nil
}

// Merge makes one state of those of all former parts.
func (s *Set) Merge(scan *plan.Scan, states [][]byte) ([]byte, error) {
	c, err := find(scan.Table)
	if err != nil {
		return nil, err
	}
	if c.merge == nil {
		return nil, fmt.Errorf("table %s: a %s table goes on in as many parts as before", scan.Table.Name, c.name)
	}
	merged, err := c.merge(states)
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", scan.Table.Name, err)
	}
	return merged, nil
}

// Source opens one part of a table that is read.
func (s *Set) Source(scan *plan.Scan, part, parts int) (stream.Source, error) {
	c, err := find(scan.Table)
	if err != nil {
		return nil, err
	}
	if c.source == nil {
		return nil, fmt.Errorf("table %s: a %s table cannot be read", scan.Table.Name, c.name)
	}
	source, err := c.source(s, scan, part, parts)
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", scan.Table.Name, err)
	}
	return source, nil
}

// Sink opens one part of a table that is written.
func (s *Set) Sink(sink *plan.Sink, part, parts int) (stream.Sink, error) {
	c, err := find(sink.Table)
	if err != nil {
		return nil, err
	}
	if c.sink == nil {
		return nil, fmt.Errorf("table %s: a %s table cannot be written", sink.Table.Name, c.name)
	}
	out, err := c.sink(s, sink, part, parts)
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", sink.Table.Name, err)
	}
	return out, nil
}

// Close closes what the tables share.
func (s *Set) Close() error {
	var errs []error
	for _, c := range slices.Backward(s.closes) {
		errs = append(errs, c())
	}
	return errors.Join(errs...)
}

// checkOptions finds options that no one knows.
func (c connector) checkOptions(t *plan.Table) error {
	known := append([]string{"connector", "scan.watermark.*", "scan.parallelism", "sink.parallelism"}, c.options...)
	for _, option := range c.formats {
		of, err := c.formatOptions(t, option)
		if err != nil {
			return err
		}
		known = append(known, of...)
	}
	for _, key := range slices.Sorted(maps.Keys(t.Options)) {
		if !slices.ContainsFunc(known, func(k string) bool { return fits(k, key) }) {
			return fmt.Errorf("table %s: a %s table has no option '%s'%s", t.Name, c.name, key, suggest(key, known))
		}
	}
	return nil
}

func fits(pattern, key string) bool {
	prefix, open := strings.CutSuffix(pattern, "*")
	return key == pattern || open && strings.HasPrefix(key, prefix)
}

// suggest gives ", did you mean ...?" for the nearest of the known words, if one is near.
func suggest(word string, known []string) string {
	best, least := "", 1+len(word)/3
	for _, k := range known {
		if d := diags.Distance(word, strings.TrimSuffix(k, "*")); d <= least {
			best, least = k, d-1
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean '%s'?)", best)
}

// formatOptions are those of the format that an option names, with the prefix that they have beside it.
func (c connector) formatOptions(t *plan.Table, option string) ([]string, error) {
	name, ok := t.Options[option]
	if !ok {
		return nil, nil
	}
	d, err := formats.Describe(name)
	if err != nil {
		return nil, fmt.Errorf("table %s: '%s' = '%s': %w%s", t.Name, option, name, err, suggest(name, formats.Names()))
	}
	prefix := strings.TrimSuffix(option, "format") + name + "."
	known := make([]string, len(d.Options))
	for i, o := range d.Options {
		known[i] = prefix + o
	}
	return known, nil
}

func unixMicros(v int64) time.Time { return time.UnixMicro(v) }
