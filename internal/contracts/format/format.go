// Package format writes contracts in one way: keys in the order of the format's description, versions quoted, no
// trailing white space. Comments stay with what they stand before; no value is ever changed.
package format

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/contracts"
)

// order is the order of a contract's keys.
var order = []string{
	"domain", "product", "version", "owner", "kind", "description", "tags", "classification", "lifecycle", "sunset", "successor", "effective", "entity", "events",
	"key", "event_time", "ingest", "app", "sla", "schema", "fields", "topic", "source", "transform", "quality", "access", "tests",
}

// ErrUnsure says that a file was left as it is, as writing it anew would have changed what it says.
var ErrUnsure = errors.New("left as it is: its form is too unusual to be rewritten safely")

// ErrUnderived says that a file was left as it is, as what is derived cannot be told from it.
var ErrUnderived = errors.New("left as it is: what is derived can be told of a contract without errors, and without a schema's file beside it")

// block is one key of the file with everything that belongs to it: the comments before it, the lines below it.
type block struct {
	key   string
	lines []string
}

var (
	topKey     = regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_]*):(\s|$)`)
	bareNumber = regexp.MustCompile(`^(version:\s*)(\d+\.\d+)(\s*(#.*)?)$`)
)

// Contract writes a contract in the one way. With derived, what Weft derives is written out. The text is checked
// against the original: were a value to change, ErrUnsure is given and nothing is lost.
func Contract(name, text string, derived bool) (string, error) {
	head, blocks := split(text)
	if derived {
		plain, err := Contract(name, text, false)
		if err != nil {
			return text, err
		}
		more, ok := derivedBlocks(name, plain) // with its version quoted
		if !ok {
			return text, ErrUnderived
		}
		blocks = append(blocks, more...)
	}
	slices.SortStableFunc(blocks, func(a, b block) int { return place(a.key) - place(b.key) })
	var out []string
	out = append(out, head...)
	for _, b := range blocks {
		out = append(out, b.lines...)
	}
	formatted := tidy(out)
	return formatted, same(name, text, formatted, derived)
}

func place(key string) int {
	if i := slices.Index(order, key); i >= 0 {
		return i
	}
	return len(order)
}

// split takes a file apart into its keys. Comments before the first key, followed by an empty line, are the file's own.
func split(text string) (head []string, blocks []block) {
	var waiting []string
	for _, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		if m := topKey.FindStringSubmatch(line); m != nil {
			if len(blocks) == 0 {
				head, waiting = ofTheFile(waiting)
			}
			blocks = append(blocks, block{key: m[1], lines: append(waiting, line)})
			waiting = nil
			continue
		}
		comment := strings.HasPrefix(line, "#") || strings.TrimSpace(line) == ""
		if comment || len(blocks) == 0 {
			waiting = append(waiting, line)
			continue
		}
		last := &blocks[len(blocks)-1]
		last.lines = append(append(last.lines, waiting...), line)
		waiting = nil
	}
	if len(blocks) == 0 {
		return waiting, nil
	}
	last := &blocks[len(blocks)-1]
	last.lines = append(last.lines, waiting...)
	return head, blocks
}

// ofTheFile sets apart what belongs to the file: up to the last empty line before the first key.
func ofTheFile(lines []string) (file, key []string) {
	for i := len(lines) - 1; i >= 0; i-- {
		if strings.TrimSpace(lines[i]) == "" || strings.HasPrefix(lines[i], "---") {
			return lines[:i+1], lines[i+1:]
		}
	}
	return lines, nil
}

// tidy takes trailing white space and repeated empty lines away, quotes the version, and ends the file with one line break.
func tidy(lines []string) string {
	literal := false
	var kept []string
	for _, line := range lines {
		if topKey.MatchString(line) {
			literal = false
		}
		literal = literal || strings.HasSuffix(strings.TrimSpace(line), "|") || strings.HasSuffix(strings.TrimSpace(line), ">")
		if !literal {
			line = strings.TrimRight(line, " \t\r")
		}
		if !literal && line == "" && (len(kept) == 0 || kept[len(kept)-1] == "") {
			continue
		}
		kept = append(kept, bareNumber.ReplaceAllString(line, `$1"$2"$3`))
	}
	return strings.TrimRight(strings.Join(kept, "\n"), "\n") + "\n"
}

// derivedBlocks are the keys that a contract leaves out and Weft derives; not ok where they cannot be told.
func derivedBlocks(name, text string) (blocks []block, ok bool) {
	set, problems := contracts.LoadContract(name, []byte(text))
	if problems.HasErrors() || len(set.Products) != 1 {
		return nil, false
	}
	for _, d := range set.Products[0].Derived {
		value := d.Value
		if d.Attribute == "events" {
			value = "[" + value + "]"
		}
		blocks = append(blocks, block{key: d.Attribute, lines: []string{fmt.Sprintf("%s: %s", d.Attribute, value)}})
	}
	return blocks, true
}

// same makes sure that both texts say the same.
func same(name, before, after string, derived bool) error {
	old, oldProblems := contracts.LoadContract(name, []byte(before))
	now, nowProblems := contracts.LoadContract(name, []byte(after))
	if len(old.Products) != 1 || len(now.Products) != 1 {
		if len(oldProblems) == len(nowProblems) && len(old.Products) == len(now.Products) {
			return nil
		}
		return ErrUnsure
	}
	a, b := old.Products[0], now.Products[0]
	a.Positions, b.Positions, a.Text, b.Text = contracts.Positions{}, contracts.Positions{}, "", ""
	if derived {
		a.Derived, b.Derived = nil, nil
	}
	if !reflect.DeepEqual(a, b) {
		return ErrUnsure
	}
	return nil
}
