package expr

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/weftmesh/weft/internal/rows"
)

// appender writes row i of a column as text.
type appender func(to []byte, from *rows.Column, i int) []byte

// writer gives how values of a type are written, if the cast is to text of any length and no work is saved by sharing the
// string that is there.
func writer(env *Env, from, to rows.Type) appender {
	if !to.Kind.IsText() || from.Kind.Layout() == rows.StringLayout {
		return nil
	}
	zone := env.zone()
	switch from.Kind.Layout() {
	case rows.BoolLayout:
		return func(b []byte, c *rows.Column, i int) []byte { return appendBool(b, c.Bools[i]) }
	case rows.IntLayout:
		return func(b []byte, c *rows.Column, i int) []byte { return appendInt(b, c.Ints[i], from, zone) }
	case rows.FloatLayout:
		return func(b []byte, c *rows.Column, i int) []byte { return appendFloat(b, c.Floats[i], floatBits(from)) }
	case rows.DecimalLayout:
		return func(b []byte, c *rows.Column, i int) []byte { return c.Decimals[i].Append(b, from.Scale) }
	}
	return func(b []byte, c *rows.Column, i int) []byte { return appendValue(b, c.Boxed[i], from, zone) }
}

// written makes a kernel that writes all its rows into one piece of memory. It keeps the room for the next batch.
func written(write appender, to rows.Type) Kernel {
	return writing(func(b []byte, args []*rows.Column, i int) []byte { return write(b, args[0], i) }, to)
}

func writing(write func(to []byte, args []*rows.Column, i int) []byte, to rows.Type) Kernel {
	var t texts
	return func(_ *Env, _ *Call, args []*rows.Column, n int, out *rows.Column) error {
		t.buffer, t.ends = t.buffer[:0], t.ends[:0]
		for i := range n {
			if out.Nulls == nil || !out.Nulls[i] {
				t.buffer = write(t.buffer, args, i)
			}
			t.end()
		}
		t.into(out.Strings)
		if to.Length != rows.MaxLength || to.Kind == rows.Char {
			for i, s := range out.Strings[:n] {
				if out.Nulls == nil || !out.Nulls[i] {
					out.Strings[i] = fitText(s, to)
				}
			}
		}
		return nil
	}
}

// texts is the strings of a column as they are written, one after the other, in one piece of memory.
type texts struct {
	buffer []byte
	ends   []int
}

// end closes a row's string.
func (t *texts) end() { t.ends = append(t.ends, len(t.buffer)) }

// into hands the strings out.
func (t *texts) into(to []string) {
	all, start := string(t.buffer), 0
	for i, end := range t.ends {
		to[i] = all[start:end]
		start = end
	}
}

// rewriting casts to text row by row.
func rewriting(env *Env, from, to rows.Type) conversion {
	if write := writer(env, from, to); write != nil {
		return func(a *rows.Column, i int, out *rows.Column) (bool, error) {
			out.Strings[i] = fitText(string(write(nil, a, i)), to)
			return true, nil
		}
	}
	return func(a *rows.Column, i int, out *rows.Column) (bool, error) {
		out.Strings[i] = fitText(a.Strings[i], to)
		return true, nil
	}
}

// fitText cuts text to a type's length, in characters, and fills a CHAR up with blanks.
func fitText(s string, to rows.Type) string {
	if len(s) > to.Length {
		count := 0
		for at := range s {
			if count == to.Length {
				return s[:at]
			}
			count++
		}
	}
	if to.Kind == rows.Char {
		if missing := to.Length - utf8.RuneCountInString(s); missing > 0 {
			return s + strings.Repeat(" ", missing)
		}
	}
	return s
}

// fitBytes cuts bytes to a type's length, and fills a BINARY up with zeros.
func fitBytes(s string, to rows.Type) string {
	if len(s) > to.Length {
		return s[:to.Length]
	}
	if to.Kind == rows.Binary && len(s) < to.Length {
		return s + strings.Repeat("\x00", to.Length-len(s))
	}
	return s
}

// fromText reads values from text. What it cannot read fails with Flink's words.
func fromText(env *Env, to rows.Type) (conversion, error) {
	switch {
	case to.Kind.IsBytes():
		return func(a *rows.Column, i int, out *rows.Column) (bool, error) {
			out.Strings[i] = fitBytes(a.Strings[i], to)
			return true, nil
		}, nil
	case to.Kind == rows.Boolean:
		return func(a *rows.Column, i int, out *rows.Column) (_ bool, err error) {
			out.Bools[i], err = parseBoolean(a.Strings[i])
			return true, err
		}, nil
	case to.Kind.IsInteger():
		return func(a *rows.Column, i int, out *rows.Column) (_ bool, err error) {
			out.Ints[i], err = parseWhole(a.Strings[i], to.Kind)
			return true, err
		}, nil
	case to.Kind == rows.Decimal:
		return func(a *rows.Column, i int, out *rows.Column) (ok bool, err error) {
			out.Decimals[i], ok, err = parseDecimal(a.Strings[i], to)
			return ok, err
		}, nil
	case approximate(to):
		return func(a *rows.Column, i int, out *rows.Column) (ok bool, err error) {
			if out.Floats[i], ok = parseFloat(a.Strings[i], floatBits(to)); !ok {
				return false, fmt.Errorf("For input string: %q", a.Strings[i])
			}
			return true, nil
		}, nil
	case isTemporal(to):
		return timeFromText(env, to), nil
	}
	return nil, fmt.Errorf("no cast from text to %s", to)
}

func parseBoolean(text string) (bool, error) {
	switch strings.ToLower(text) {
	case "true", "t", "yes", "y", "1":
		return true, nil
	case "false", "f", "no", "n", "0":
		return false, nil
	}
	return false, fmt.Errorf("Cannot parse '%s' as BOOLEAN.", text)
}

// parseWhole reads a whole number with blanks around it; digits after a point are cut off.
func parseWhole(text string, kind rows.Kind) (int64, error) {
	trimmed := strings.Trim(text, " ")
	fail := func(why string) (int64, error) { return 0, fmt.Errorf("For input string: '%s'. %s", text, why) }
	if trimmed == "" {
		return fail("Input is empty.")
	}
	digits := strings.TrimPrefix(strings.TrimPrefix(trimmed, "-"), "+")
	if len(trimmed)-len(digits) > 1 || digits == "" {
		return fail("Invalid character found.")
	}
	whole, fraction, _ := strings.Cut(digits, ".")
	v, err := digitsOf(whole, trimmed[0] == '-')
	if errors.Is(err, errOverflow) || err == nil && wrapped(kind, v) != v {
		return fail("Overflow.")
	}
	if _, bad := digitsOf(strings.TrimLeft(fraction, "0123456789"), false); err != nil || bad != nil {
		return fail("Invalid character found.")
	}
	return v, nil
}

var (
	errOverflow = errors.New("overflow")
	errDigit    = errors.New("no digit")
)

func digitsOf(text string, negative bool) (int64, error) {
	var v int64
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return 0, errDigit
		}
		if v < -(1<<63)/10 || v == -(1<<63)/10 && text[i] > '8' {
			return 0, errOverflow
		}
		v = v*10 - int64(text[i]-'0') // downwards, as there is one more negative number
	}
	if negative {
		return v, nil
	}
	if v == -1<<63 {
		return 0, errOverflow
	}
	return -v, nil
}

// parseDecimal reads a DECIMAL; what is none, or has too many digits, fails.
func parseDecimal(text string, to rows.Type) (rows.Num, bool, error) {
	trimmed := strings.TrimFunc(text, func(r rune) bool { return r <= ' ' })
	n, ok := rows.ParseNum(trimmed, to.Precision, to.Scale)
	if ok {
		return n, true, nil
	}
	if !rows.IsNum(trimmed) {
		return n, false, fmt.Errorf("For input string: '%s'. Invalid character found.", text)
	}
	return n, false, fmt.Errorf("For input string: '%s'. Overflow.", text)
}
