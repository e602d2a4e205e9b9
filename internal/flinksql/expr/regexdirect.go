package expr

import (
	"regexp/syntax"
	"slices"
	"strings"
	"unicode/utf8"
)

// direct finds the matches of an expression in which every step is plain: perhaps one of a few short texts or the
// beginning, then a fixed text, then perhaps one run of characters of a class, as long as it can be. So
// (&|^)id=([^&]*) needs no engine.
type direct struct {
	before      []choiceBefore
	beforeGroup int // the group around it; 0 for none
	text        string
	run         *byteRun
	runGroup    int
	found       []int // two places for each group
}

// choiceBefore is what may lie before the text.
type choiceBefore struct {
	text  string
	begin bool // at the beginning of all
}

// byteRun is a run of at least so many bytes of a class.
type byteRun struct {
	least int
	class [256]bool
}

// newDirect gives nil for an expression that has other steps.
func newDirect(re *syntax.Regexp, groups int) *direct {
	parts := re.Sub
	if re.Op != syntax.OpConcat {
		parts = []*syntax.Regexp{re}
	}
	d := &direct{before: []choiceBefore{{}}, found: make([]int, 2*(groups+1))}
	if len(parts) > 0 && !isText(parts[0]) {
		of, group := ungrouped(parts[0])
		if d.before, d.beforeGroup = choicesBefore(of), group; d.before == nil {
			return nil
		}
		parts = parts[1:]
	}
	if len(parts) == 0 || !isText(parts[0]) {
		return nil
	}
	d.text, parts = string(parts[0].Rune), parts[1:]
	if len(parts) > 0 {
		of, group := ungrouped(parts[0])
		if d.run, d.runGroup = runOf(of), group; d.run == nil {
			return nil
		}
		parts = parts[1:]
	}
	if len(parts) > 0 || !d.oneByOne() || d.groups() != groups {
		return nil
	}
	return d
}

// isText reports whether an expression is a fixed text. What stands for bytes that are no UTF-8 is none.
func isText(re *syntax.Regexp) bool {
	return re.Op == syntax.OpLiteral && re.Flags&syntax.FoldCase == 0 && !slices.Contains(re.Rune, utf8.RuneError)
}

// ungrouped gives what is in a group, and the group's number: 0 if there is none.
func ungrouped(re *syntax.Regexp) (*syntax.Regexp, int) {
	if re.Op == syntax.OpCapture {
		return re.Sub[0], re.Cap
	}
	return re, 0
}

func (d *direct) groups() (n int) {
	for _, group := range []int{d.beforeGroup, d.runGroup} {
		if group > 0 {
			n++
		}
	}
	return n
}

// oneByOne reports whether of two places of the text the earlier one is also that of the earlier match: what may lie
// before it is about as long, and the text does not begin again a byte after its beginning.
func (d *direct) oneByOne() bool {
	least, most := len(d.before[0].text), 0
	for _, c := range d.before {
		least, most = min(least, len(c.text)), max(most, len(c.text))
	}
	return most-least == 0 || most-least == 1 && strings.Trim(d.text, d.text[:1]) != ""
}

// choicesBefore gives nil if an expression is not a choice of texts or the beginning.
func choicesBefore(re *syntax.Regexp) (all []choiceBefore) {
	switch {
	case isText(re):
		return []choiceBefore{{text: string(re.Rune)}}
	case re.Op == syntax.OpBeginText:
		return []choiceBefore{{begin: true}}
	case re.Op == syntax.OpCharClass:
		return choicesOfClass(re.Rune)
	case re.Op != syntax.OpAlternate:
		return nil
	}
	for _, part := range re.Sub {
		choices := choicesBefore(part)
		if choices == nil {
			return nil
		}
		all = append(all, choices...)
	}
	return all
}

// choicesOfClass gives the characters of a class, if they are few.
func choicesOfClass(ranges []rune) (all []choiceBefore) {
	const most = 8
	for i := 0; i < len(ranges); i += 2 {
		for r := ranges[i]; r <= ranges[i+1]; r++ {
			if len(all) == most || r == utf8.RuneError {
				return nil
			}
			all = append(all, choiceBefore{text: string(r)})
		}
	}
	return all
}

// runOf gives nil if an expression is not a greedy run of a class that has all characters beyond ASCII, or none.
func runOf(re *syntax.Regexp) *byteRun {
	if re.Op != syntax.OpStar && re.Op != syntax.OpPlus || re.Flags&syntax.NonGreedy != 0 {
		return nil
	}
	run := &byteRun{}
	if re.Op == syntax.OpPlus {
		run.least = 1
	}
	ranges := re.Sub[0].Rune
	switch re.Sub[0].Op {
	case syntax.OpCharClass:
	case syntax.OpAnyChar:
		ranges = []rune{0, '\U0010FFFF'}
	case syntax.OpAnyCharNotNL:
		ranges = []rune{0, '\n' - 1, '\n' + 1, '\U0010FFFF'}
	default:
		return nil
	}
	for i := 0; i < len(ranges); i += 2 {
		from, to := ranges[i], ranges[i+1]
		if to >= 0x80 && (from > 0x80 || to != '\U0010FFFF') {
			return nil
		}
		for b := from; b <= min(to, 0xFF); b++ {
			run.class[b] = true
		}
	}
	return run
}

// find gives the places of the first match and its groups, good until the next call.
func (d *direct) find(in string) []int {
	for from := 0; ; {
		at := strings.Index(in[from:], d.text)
		if at < 0 {
			return nil
		}
		at += from
		from = at + 1
		start := d.start(in, at)
		if start < 0 {
			continue
		}
		end := at + len(d.text)
		last := d.runEnd(in, end)
		if last < 0 {
			continue
		}
		d.found[0], d.found[1] = start, last
		if d.runGroup > 0 {
			d.found[2*d.runGroup], d.found[2*d.runGroup+1] = end, last
		}
		if d.beforeGroup > 0 {
			d.found[2*d.beforeGroup], d.found[2*d.beforeGroup+1] = start, at
		}
		return d.found
	}
}

// start is where a match with the text at a place begins; -1 if none does.
func (d *direct) start(in string, at int) int {
	start := -1
	for _, c := range d.before {
		from := at - len(c.text)
		if from < 0 || c.begin && from > 0 || in[from:at] != c.text {
			continue
		}
		if start < 0 || from < start {
			start = from
		}
	}
	return start
}

func (d *direct) runEnd(in string, from int) int {
	if d.run == nil {
		return from
	}
	end := from
	for end < len(in) && d.run.class[in[end]] {
		end++
	}
	if end-from < d.run.least {
		return -1
	}
	return end
}
