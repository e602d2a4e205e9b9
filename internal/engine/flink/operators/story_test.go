package operators

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/weftmesh/weft/internal/engine/flink/stream"
	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
)

var update = flag.Bool("update", false, "rewrite what the stories expect; read the difference afterwards")

// A story is a file of testdata: commands, each with the lines that follow it. Its folder names the node.
//
//	rows [left|right]   a batch: a change and the values of each row
//	watermark MS        event time goes on
//	tick MS             the clock goes on
//	expect              what was emitted since the last expect
type command struct {
	words []string
	lines []string
}

func readStory(t *testing.T, path string) []command {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var story []command
	scanner := bufio.NewScanner(bytes.NewReader(text))
	for scanner.Scan() {
		line := strings.TrimRight(scanner.Text(), " ")
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
			story = append(story, command{words: []string{"#"}, lines: []string{line}})
		case strings.HasPrefix(line, " "):
			last := &story[len(story)-1]
			last.lines = append(last.lines, strings.TrimSpace(line))
		default:
			story = append(story, command{words: strings.Fields(line)})
		}
	}
	return story
}

// bench is an operator on which a story is played.
type bench struct {
	t    *testing.T
	node plan.Node
	cfg  stream.Config
	op   stream.Operator
	out  []string
	late int
	now  time.Time
	// how the story is told
	rowByRow, saves bool
}

func newBench(t *testing.T, c nodeCase) *bench {
	t.Helper()
	b := &bench{t: t, node: c.node}
	b.cfg = stream.Config{StateTTL: c.ttl, Env: c.env(), Late: func(n int) { b.late += n }}
	b.op = b.fresh()
	return b
}

func (b *bench) fresh() stream.Operator {
	op, err := New(b.node, b.cfg)
	if err != nil {
		b.t.Fatal(err)
	}
	return op
}

func (b *bench) emit(batch *rows.Batch) error {
	for _, c := range batch.Cols {
		if c.Len() != batch.Len || c.Nulls != nil && len(c.Nulls) != batch.Len {
			return fmt.Errorf("a column has %d values and %d nulls, the batch %d rows", c.Len(), len(c.Nulls), batch.Len)
		}
	}
	for i := range batch.Len {
		b.out = append(b.out, batch.Change(i).String()+" "+rowText(batch, i))
	}
	return nil
}

func rowText(b *rows.Batch, i int) string {
	words := make([]string, len(b.Cols))
	for j, c := range b.Cols {
		v := c.Value(i)
		if words[j] = fmt.Sprint(v); v == nil {
			words[j] = "NULL"
		} else if c.Type.Kind.IsTimestamp() {
			words[j] = fmt.Sprint(v.(int64) / 1000)
		}
	}
	return strings.Join(words, " ")
}

func (b *bench) play(c command) error {
	switch c.words[0] {
	case "rows":
		input := 0
		if len(c.words) > 1 && c.words[1] == "right" {
			input = 1
		}
		return b.feed(input, c.lines)
	case "watermark":
		return b.op.Advance(number(c.words[1]), b.emit)
	case "tick":
		b.now = time.UnixMilli(number(c.words[1]))
		return b.tick()
	}
	return nil
}

// tick tells the time, as is done before each batch.
func (b *bench) tick() error {
	if op, ok := b.op.(stream.Ticking); ok && !b.now.IsZero() {
		return op.Tick(b.now, b.emit)
	}
	return nil
}

func (b *bench) feed(input int, lines []string) error {
	types := typesOf(b.node.Inputs()[input].Schema())
	batch := parseRows(b.t, types, lines)
	if err := b.tick(); err != nil {
		return err
	}
	if !b.rowByRow {
		return b.op.Process(input, batch, b.emit)
	}
	for i := range batch.Len {
		if err := b.op.Process(input, batch.Slice(i, i+1), b.emit); err != nil {
			return err
		}
	}
	return nil
}

// reload saves the operator and goes on with one that has loaded its state.
func (b *bench) reload() {
	var saved bytes.Buffer
	if err := b.op.Save(&saved); err != nil {
		b.t.Fatal(err)
	}
	b.op = b.fresh()
	if err := b.op.Load(&saved); err != nil {
		b.t.Fatal(err)
	}
}

func number(word string) int64 {
	if word == "end" {
		return stream.MaxWatermark
	}
	n, err := strconv.ParseInt(word, 10, 64)
	if err != nil {
		panic(err)
	}
	return n
}

func parseRows(t *testing.T, types []rows.Type, lines []string) *rows.Batch {
	t.Helper()
	b := rows.NewBuilder(types)
	for _, line := range lines {
		words := strings.Fields(line)
		if len(words) != len(types)+1 {
			t.Fatalf("%q: want a change and %d values", line, len(types))
		}
		row := make([]any, len(types))
		for i, word := range words[1:] {
			row[i] = parseValue(types[i], word)
		}
		b.Append(changeOf(words[0]), row)
	}
	return b.Batch()
}

func changeOf(word string) rows.Change {
	for c := rows.Insert; c <= rows.Delete; c++ {
		if c.String() == word {
			return c
		}
	}
	panic("no change: " + word)
}

// parseValue reads a value: timestamps are milliseconds, arrays are words with commas.
func parseValue(t rows.Type, word string) any {
	if word == "NULL" {
		return nil
	}
	switch t.Kind {
	case rows.Timestamp, rows.TimestampLTZ:
		return number(word) * 1000
	case rows.Boolean:
		return word == "true"
	case rows.Array:
		list := []any{}
		for _, member := range strings.FieldsFunc(word, func(r rune) bool { return r == ',' || r == '[' || r == ']' }) {
			list = append(list, parseValue(*t.Elem, member))
		}
		return list
	}
	if t.Kind.Layout() == rows.IntLayout {
		return number(word)
	}
	return word
}

func TestStories(t *testing.T) {
	for name, c := range nodes() {
		paths, err := filepath.Glob(filepath.Join("testdata", name, "*.story"))
		if err != nil || len(paths) == 0 {
			t.Errorf("%s: no story (%v)", name, err)
		}
		for _, path := range paths {
			t.Run(strings.TrimSuffix(strings.TrimPrefix(path, "testdata/"), ".story"), func(t *testing.T) { tell(t, path, c) })
		}
	}
	dirs, _ := fs.ReadDir(os.DirFS("testdata"), ".")
	for _, dir := range dirs {
		if _, known := nodes()[dir.Name()]; !known && dir.Name() != "rapid" {
			t.Errorf("testdata/%s belongs to no node", dir.Name())
		}
	}
}

// tell plays a story as it is written, then a row at a time, then with a restart after each command.
func tell(t *testing.T, path string, c nodeCase) {
	story := readStory(t, path)
	told := playStory(t, newBench(t, c), story)
	if *update {
		writeStory(t, path, story, told)
		return
	}
	compare(t, "as it is written", story, told)
	single := newBench(t, c)
	single.rowByRow = true
	compare(t, "a row at a time", story, playStory(t, single, story))
	restarted := newBench(t, c)
	restarted.saves = true
	compare(t, "with restarts", story, playStory(t, restarted, story))
}

func playStory(t *testing.T, b *bench, story []command) [][]string {
	t.Helper()
	var told [][]string
	for _, c := range story {
		if c.words[0] == "expect" {
			if b.late > 0 {
				b.out = append(b.out, fmt.Sprintf("late %d", b.late))
			}
			told, b.out, b.late = append(told, b.out), nil, 0
			continue
		}
		if err := b.play(c); err != nil {
			b.out = append(b.out, "error: "+err.Error())
		}
		if b.saves {
			b.reload()
		}
	}
	return told
}

func compare(t *testing.T, how string, story []command, told [][]string) {
	t.Helper()
	i := 0
	for _, c := range story {
		if c.words[0] != "expect" {
			continue
		}
		if want, got := strings.Join(c.lines, "\n"), strings.Join(told[i], "\n"); want != got {
			t.Errorf("told %s, expect no. %d\nwant:\n%s\ngot:\n%s", how, i+1, want, got)
		}
		i++
	}
}

func writeStory(t *testing.T, path string, story []command, told [][]string) {
	t.Helper()
	var text strings.Builder
	i := 0
	for _, c := range story {
		if c.words[0] == "#" {
			fmt.Fprintln(&text, c.lines[0])
			continue
		}
		lines := c.lines
		if c.words[0] == "expect" {
			lines = told[i]
			i++
		}
		fmt.Fprintln(&text, strings.Join(c.words, " "))
		for _, line := range lines {
			fmt.Fprintln(&text, "  "+line)
		}
	}
	if err := os.WriteFile(path, []byte(text.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}
