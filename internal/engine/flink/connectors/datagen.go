package connectors

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/weftmesh/weft/internal/engine/flink/stream"
	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
)

// datagenConnector makes rows up: at random, or in sequence (Flink, DataGen SQL Connector).
func datagenConnector() connector {
	return connector{
		name: "datagen", options: []string{"rows-per-second", "number-of-rows", "fields.*"},
		describe: func(t *plan.Table) (Description, error) {
			g, err := newDatagen(t, nil)
			return Description{Source: true, Bounded: g != nil && g.limit >= 0}, err
		},
		parts: func(context.Context, *Set, *plan.Scan) (int, error) { return 1, nil },
		source: func(s *Set, scan *plan.Scan, _, _ int) (stream.Source, error) {
			g, err := newDatagen(scan.Table, scan.Read)
			if err == nil {
				g.clock = s.config.Clock
			}
			return g, err
		},
	}
}

// datagen gives rows at a rate. The same rows come again after a restart: each row's values hang on its number.
type datagen struct {
	clock  clock
	types  []rows.Type
	fields []generator
	rate   int64
	limit  int64 // -1: none
	row    int64
	start  time.Time
	first  int64 // the row at start
}

// generator makes the value of a column for a row.
type generator func(row int64, r *rand.Rand) any

func newDatagen(t *plan.Table, read []int) (*datagen, error) {
	g := &datagen{rate: 10_000, limit: -1}
	var err error
	if g.rate, err = wholeOption(t, "rows-per-second", g.rate); err != nil {
		return nil, err
	}
	if g.limit, err = wholeOption(t, "number-of-rows", g.limit); err != nil {
		return nil, err
	}
	made := make([]generator, len(t.Columns))
	for i, c := range t.Columns {
		if c.Computed != nil {
			continue
		}
		if made[i], err = g.field(t, c); err != nil {
			return nil, fmt.Errorf("column %s: %w", c.Name, err)
		}
	}
	for _, c := range read {
		g.types, g.fields = append(g.types, t.Columns[c].Type), append(g.fields, made[c])
	}
	return g, nil
}

func wholeOption(t *plan.Table, key string, unset int64) (int64, error) {
	text, ok := t.Options[key]
	if !ok {
		return unset, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("'%s' = '%s' is no whole number", key, text)
	}
	return n, nil
}

var fieldOptions = []string{"kind", "min", "max", "length", "start", "end", "max-past", "null-rate"}

func (g *datagen) field(t *plan.Table, c plan.Column) (generator, error) {
	prefix := "fields." + c.Name + "."
	for key := range t.Options {
		name, ours := strings.CutPrefix(key, prefix)
		if ours && !slices.Contains(fieldOptions, name) {
			return nil, fmt.Errorf("there is no option '%s'", key)
		}
	}
	nulls := 0.0
	if text, ok := t.Options[prefix+"null-rate"]; ok {
		var err error
		if nulls, err = strconv.ParseFloat(text, 64); err != nil {
			return nil, fmt.Errorf("'%snull-rate' = '%s' is no number", prefix, text)
		}
	}
	of, err := g.kind(t, c, prefix)
	if err != nil || nulls == 0 {
		return of, err
	}
	return func(row int64, r *rand.Rand) any {
		if r.Float64() < nulls {
			return nil
		}
		return of(row, r)
	}, nil
}

func (g *datagen) kind(t *plan.Table, c plan.Column, prefix string) (generator, error) {
	switch kind := t.Options[prefix+"kind"]; kind {
	case "", "random":
		return randomField(t, c.Type, prefix)
	case "sequence":
		return g.sequence(t, c.Type, prefix)
	default:
		return nil, fmt.Errorf("'%skind' = '%s' is neither random nor sequence", prefix, kind)
	}
}

// sequence counts from start to end; the rows end with it.
func (g *datagen) sequence(t *plan.Table, of rows.Type, prefix string) (generator, error) {
	start, err1 := wholeOption(t, prefix+"start", 0)
	end, err2 := wholeOption(t, prefix+"end", -1)
	_, has1 := t.Options[prefix+"start"]
	_, has2 := t.Options[prefix+"end"]
	if err1 != nil || err2 != nil || !has1 || !has2 {
		return nil, fmt.Errorf("a sequence needs '%sstart' and '%send', whole numbers", prefix, prefix)
	}
	if n := end - start + 1; g.limit < 0 || n < g.limit {
		g.limit = n
	}
	return func(row int64, _ *rand.Rand) any { return numberAs(of, float64(start+row), start+row) }, nil
}

func numberAs(of rows.Type, f float64, v int64) any {
	switch of.Kind.Layout() {
	case rows.FloatLayout:
		return f
	case rows.DecimalLayout:
		n, _ := rows.NumOf(v).Rescale(0, of.Scale)
		return n
	case rows.StringLayout:
		return strconv.FormatInt(v, 10)
	}
	return v
}

// bounds are the least and greatest value of each kind.
var bounds = map[rows.Kind][2]int64{
	rows.TinyInt: {-1 << 7, 1<<7 - 1}, rows.SmallInt: {-1 << 15, 1<<15 - 1}, rows.Int: {-1 << 31, 1<<31 - 1}, rows.BigInt: {-1 << 63, 1<<63 - 1},
}

func randomField(t *plan.Table, of rows.Type, prefix string) (generator, error) {
	switch of.Kind {
	case rows.Boolean:
		return func(_ int64, r *rand.Rand) any { return r.IntN(2) == 0 }, nil
	case rows.TinyInt, rows.SmallInt, rows.Int, rows.BigInt:
		return randomWhole(t, of, prefix)
	case rows.Float, rows.Double, rows.Decimal:
		return randomNumber(t, of, prefix)
	case rows.Char, rows.Varchar, rows.Binary, rows.Varbinary:
		length := int64(100)
		if of.Length < rows.MaxLength && of.Length > 0 {
			length = int64(of.Length)
		}
		n, err := wholeOption(t, prefix+"length", length)
		return func(_ int64, r *rand.Rand) any { return randomText(r, int(n)) }, err
	case rows.Date:
		return func(_ int64, r *rand.Rand) any { return int64(r.IntN(20_000)) }, nil
	case rows.Time:
		return func(_ int64, r *rand.Rand) any { return int64(r.IntN(86_400_000)) }, nil
	case rows.Timestamp, rows.TimestampLTZ:
		return randomPast(t, prefix)
	}
	return nil, fmt.Errorf("rows of type %s cannot be made up", of)
}

func randomWhole(t *plan.Table, of rows.Type, prefix string) (generator, error) {
	low, err := wholeOption(t, prefix+"min", bounds[of.Kind][0])
	if err != nil {
		return nil, err
	}
	high, err := wholeOption(t, prefix+"max", bounds[of.Kind][1])
	if err == nil && high < low {
		err = fmt.Errorf("'%smax' is less than '%smin'", prefix, prefix)
	}
	span := uint64(high-low) + 1
	return func(_ int64, r *rand.Rand) any {
		if span == 0 {
			return int64(r.Uint64())
		}
		return low + int64(r.Uint64N(span))
	}, err
}

func randomNumber(t *plan.Table, of rows.Type, prefix string) (generator, error) {
	low, high := 0.0, 1e6
	if of.Kind == rows.Decimal {
		high = 1
		for range of.Precision - of.Scale {
			high *= 10
		}
	}
	var err error
	for key, to := range map[string]*float64{"min": &low, "max": &high} {
		if text, ok := t.Options[prefix+key]; ok && err == nil {
			if *to, err = strconv.ParseFloat(text, 64); err != nil {
				err = fmt.Errorf("'%s%s' = '%s' is no number", prefix, key, text)
			}
		}
	}
	return func(_ int64, r *rand.Rand) any {
		f := low + r.Float64()*(high-low)
		if of.Kind != rows.Decimal {
			return f
		}
		n, ok := rows.NumFromFloat(f, of.Precision, of.Scale)
		if !ok {
			return nil
		}
		return n
	}, err
}

// randomPast is the present, or up to max-past before it.
func randomPast(t *plan.Table, prefix string) (generator, error) {
	past := time.Duration(0)
	if text, ok := t.Options[prefix+"max-past"]; ok {
		var err error
		if past, err = stream.Duration(text); err != nil {
			return nil, err
		}
	}
	return func(_ int64, r *rand.Rand) any {
		back := time.Duration(0)
		if past > 0 {
			back = time.Duration(r.Int64N(int64(past)))
		}
		return time.Now().Add(-back).UnixMilli() * 1000
	}, nil
}

func randomText(r *rand.Rand, n int) string {
	const digits = "0123456789abcdef"
	b := make([]byte, n)
	for i := range b {
		b[i] = digits[r.IntN(16)]
	}
	return string(b)
}

func (g *datagen) Open(_ context.Context, state []byte) error {
	if len(state) == 8 {
		g.row = int64(binary.LittleEndian.Uint64(state))
	}
	g.start, g.first = g.clock.Now(), g.row
	return nil
}

// Next gives the rows that are due at the rate.
func (g *datagen) Next(ctx context.Context) (int, *rows.Batch, error) {
	if g.limit >= 0 && g.row >= g.limit {
		return 0, nil, io.EOF
	}
	due := g.first + int64(g.clock.Now().Sub(g.start).Seconds()*float64(g.rate)) + max(1, g.rate/100)
	if due <= g.row {
		at := g.start.Add(time.Duration(float64(g.row-g.first) / float64(g.rate) * float64(time.Second)))
		ready := make(chan struct{}, 1)
		defer g.clock.AfterFunc(max(at.Sub(g.clock.Now()), time.Millisecond), func() { signal(ready) })()
		select {
		case <-ready:
		case <-ctx.Done():
		}
		return 0, nil, nil
	}
	if g.limit >= 0 {
		due = min(due, g.limit)
	}
	return 0, g.batch(min(due, g.row+rows.BatchSize)), nil
}

func (g *datagen) batch(to int64) *rows.Batch {
	b := rows.NewBuilder(g.types)
	values := make([]any, len(g.fields))
	for ; g.row < to; g.row++ {
		r := rand.New(rand.NewPCG(uint64(g.row), 0)) //nolint:gosec // made-up data is no secret
		for i, f := range g.fields {
			values[i] = f(g.row, r)
		}
		b.Append(rows.Insert, values)
	}
	return b.Batch()
}

func (g *datagen) Splits() int { return 1 }

func (g *datagen) Save() ([]byte, error) {
	return binary.LittleEndian.AppendUint64(nil, uint64(g.row)), nil
}

func (g *datagen) Close() error { return nil }
