package expr

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/weftmesh/weft/internal/rows"
	"golang.org/x/text/cases"
	"golang.org/x/text/language"
)

func stringFunctions() []*Function {
	t, text := rows.StringType, String
	return []*Function{
		prepared(text, "UPPER", takes(aText), asFirst, recased('a', 'z', cases.Upper(language.Und))),
		prepared(text, "LOWER", takes(aText), asFirst, recased('A', 'Z', cases.Lower(language.Und))),
		fn(text, "INITCAP", takes(aText), asFirst, map1(capitalised)),
		fn(text, "CHAR_LENGTH", takes(aText), always(rows.IntType), map1(func(s string) int64 { return int64(utf8.RuneCountInString(s)) })),
		fn(text, "REVERSE", takes(aText), always(t), map1(reversed)),
		fn(text, "REPEAT", takes(aText, anInt), always(t), map2(func(s string, n int64) string { return strings.Repeat(s, int(max(n, 0))) })),
		fn(text, "REPLACE", takes(aText, aText, aText), always(t), map3(strings.ReplaceAll)),
		fn(text, "TRANSLATE", takes(aText, aText, aText), always(t), map3(translated)),
		fn(text, "LEFT", takes(aText, anInt), varcharOf(0), map2(leftOf)),
		fn(text, "RIGHT", takes(aText, anInt), varcharOf(0), map2(rightOf)),
		fn(text, "LPAD", takes(aText, anInt, aText), always(t), try3(func(s string, n int64, pad string) (string, bool, error) { return padded(s, n, pad, true) })),
		fn(text, "RPAD", takes(aText, anInt, aText), always(t), try3(func(s string, n int64, pad string) (string, bool, error) { return padded(s, n, pad, false) })),
		prepared(text, "SUBSTRING", takes(aText, anInt, anInt).orLess(1), maybeVarcharOf(0), byCount(2,
			map2(func(s string, from int64) string { sub, _ := substring(s, from, 1<<31-1); return sub }),
			try3(func(s string, from, length int64) (string, bool, error) {
				sub, ok := substring(s, from, length)
				return sub, ok, nil
			}))),
		prepared(text, "CONCAT", takes(aText).orMore(), always(t), concatenated),
		prepared(text, "||", takes(aText, aText), joinedType, concatenated),
		{Name: "CONCAT_WS", Category: text, Infer: takes(aText).orMore().returns(separatedType), Eval: separated},
		prepared(text, "POSITION", takes(aText, aText), always(rows.IntType), byCount(2, map2(func(part, s string) int64 { return position(part, s, 1) }))),
		prepared(text, "LOCATE", takes(aText, aText, anInt).orLess(1), always(rows.IntType), byCount(2,
			map2(func(part, s string) int64 { return position(part, s, 1) }), map3(position))),
		prepared(text, "INSTR", takes(aText, aText, anInt, anInt).orLess(2), always(rows.IntType), byCount(2,
			map2(func(s, part string) int64 { return position(part, s, 1) }),
			map3(func(s, part string, from int64) int64 { return occurrence(s, part, from, 1) }), occurrences)),
		prepared(text, "OVERLAY", takes(aText, aText, anInt, anInt).orLess(1), overlaidType, byCount(3,
			map3(func(s, put string, from int64) string {
				return overlaid(s, put, from, int64(utf8.RuneCountInString(put)))
			}), overlaidFor)),
		fn(text, "STARTSWITH", takes(aRaw, aRaw), always(rows.BooleanType), map2(strings.HasPrefix)),
		fn(text, "ENDSWITH", takes(aRaw, aRaw), always(rows.BooleanType), map2(strings.HasSuffix)),
	}
}

// recased makes a kernel that changes the case of letters: ASCII ones one by one, others by the rules of all languages.
// Text without such letters is not copied.
func recased(low, high byte, full cases.Caser) func(*Env, *Call) (Kernel, error) {
	return func(_ *Env, of *Call) (Kernel, error) {
		var kept []int
		write := writing(func(to []byte, args []*rows.Column, i int) []byte {
			s := args[0].Strings[i]
			if keeps(s, low, high) {
				kept = append(kept, i)
				return to
			}
			start := len(to)
			for j := range len(s) {
				c := s[j]
				if c >= utf8.RuneSelf {
					return append(to[:start], full.String(s)...)
				}
				if c >= low && c <= high {
					c ^= 'a' - 'A'
				}
				to = append(to, c)
			}
			return to
		}, of.Of)
		return func(env *Env, of *Call, args []*rows.Column, n int, out *rows.Column) error {
			kept = kept[:0]
			err := write(env, of, args, n, out)
			for _, i := range kept {
				out.Strings[i] = args[0].Strings[i]
			}
			return err
		}, nil
	}
}

// keeps reports whether text is ASCII without any of the letters from low to high.
func keeps(s string, low, high byte) bool {
	for j := range len(s) {
		if c := s[j]; c >= utf8.RuneSelf || c >= low && c <= high {
			return false
		}
	}
	return true
}

// capitalised makes the first letter of each word a capital, and the others small. As in Flink, words are of ASCII letters
// and digits; other characters part them.
func capitalised(s string) string {
	out := []byte(s)
	within := false
	for i, c := range out {
		lower := c | 0x20
		letter := lower >= 'a' && lower <= 'z'
		switch {
		case letter && within:
			out[i] = lower
		case letter:
			out[i] = lower ^ 0x20
		}
		within = letter || c >= '0' && c <= '9'
	}
	return string(out)
}

func reversed(s string) string {
	out := make([]byte, len(s))
	at := len(s)
	for _, r := range s {
		at -= utf8.RuneLen(r)
		utf8.EncodeRune(out[at:], r)
	}
	return string(out)
}

// translated replaces each character of from by the one at the same place of to, or by nothing.
func translated(s, from, to string) string {
	olds, news := []rune(from), []rune(to)
	return strings.Map(func(r rune) rune {
		for i, old := range olds {
			if r == old {
				if i < len(news) {
					return news[i]
				}
				return -1
			}
		}
		return r
	}, s)
}

// offset gives the byte at which the n-th character starts; the string's length if there are fewer.
func offset(s string, n int64) int {
	if n >= int64(len(s)) {
		return len(s)
	}
	var count int64
	for at := range s {
		if count == n {
			return at
		}
		count++
	}
	return len(s)
}

func leftOf(s string, n int64) string { return s[:offset(s, max(n, 0))] }

func rightOf(s string, n int64) string {
	return s[offset(s, max(int64(utf8.RuneCountInString(s))-max(n, 0), 0)):]
}

// substring takes length characters from a place that counts from 1, or from the end if it is negative; false if the
// length is negative.
func substring(s string, from, length int64) (string, bool) {
	if length < 0 {
		return "", false
	}
	switch {
	case from > 0:
		from--
	case from < 0:
		count := int64(utf8.RuneCountInString(s))
		from += count
		if from < 0 {
			return "", true
		}
	}
	if length <= 0 {
		return "", true
	}
	rest := s[offset(s, from):]
	return rest[:offset(rest, length)], true
}

func padded(s string, n int64, pad string, left bool) (string, bool, error) {
	if n < 0 {
		return "", false, nil
	}
	missing := n - int64(utf8.RuneCountInString(s))
	if missing <= 0 {
		return leftOf(s, n), true, nil
	}
	if pad == "" {
		return "", false, nil
	}
	width := int64(utf8.RuneCountInString(pad))
	fill := strings.Repeat(pad, int(missing/width)) + leftOf(pad, missing%width)
	if left {
		return fill + s, true, nil
	}
	return s + fill, true, nil
}

// concatenated writes the rows of all arguments.
func concatenated(_ *Env, of *Call) (Kernel, error) {
	to := of.Of
	to.Kind, to.Length = rows.Varchar, rows.MaxLength // no longer than the arguments: nothing is to cut
	return writing(func(to []byte, args []*rows.Column, i int) []byte {
		for _, arg := range args {
			to = append(to, arg.Strings[i]...)
		}
		return to
	}, to), nil
}

// joinedType is that of ||: as long as both together.
func joinedType(args []Arg) rows.Type {
	a, b := args[0].Type, args[1].Type
	out := rows.Type{Kind: b.Kind, Length: min(a.Length+b.Length, rows.MaxLength), NotNull: a.NotNull && b.NotNull}
	if a.Kind != b.Kind {
		out.Kind = rows.Varchar
	}
	return out
}

func separatedType(args []Arg) rows.Type { return rows.StringType.Nullable(!args[0].Type.NotNull) }

// separated is CONCAT_WS: NULLs among the values are left out, one as separator makes all NULL.
func separated(_ *Env, _ *Call, args []*rows.Column, n int, out *rows.Column) error {
	var t texts
	for i := range n {
		if args[0].Null(i) {
			out.SetNull(i, n)
			t.end()
			continue
		}
		first := true
		for _, arg := range args[1:] {
			if arg.Null(i) {
				continue
			}
			if !first {
				t.buffer = append(t.buffer, args[0].Strings[i]...)
			}
			first = false
			t.buffer = append(t.buffer, arg.Strings[i]...)
		}
		t.end()
	}
	t.into(out.Strings)
	return nil
}

// position finds a part at or after a place; places count from 1, 0 is none.
func position(part, s string, from int64) int64 {
	start := offset(s, max(from-1, 0))
	at := strings.Index(s[start:], part)
	if at < 0 {
		return 0
	}
	return int64(utf8.RuneCountInString(s[:start+at])) + 1
}

// occurrence finds the n-th place of a part from a place on, or backwards from a place before the end if that is negative.
func occurrence(s, part string, from, n int64) int64 {
	if from < 0 {
		return occurrenceBefore(s, part, from, n)
	}
	var at int64
	for range n {
		if at = position(part, s, from); at == 0 {
			return 0
		}
		from = at + 1
	}
	return at
}

func occurrenceBefore(s, part string, from, n int64) int64 {
	end := offset(s, max(int64(utf8.RuneCountInString(s))+from, 0)) // where the last place to look at starts
	for until := min(end+len(part), len(s)); n > 0; n-- {
		at := strings.LastIndex(s[:until], part)
		switch {
		case at < 0:
			return 0
		case n == 1:
			return int64(utf8.RuneCountInString(s[:at])) + 1
		case at+len(part) == 0:
			return 0
		}
		until = at + len(part) - 1
	}
	return 0
}

func occurrences(_ *Env, _ *Call, args []*rows.Column, n int, out *rows.Column) error {
	return each(n, out, func(i int) (bool, error) {
		if args[3].Ints[i] < 1 {
			return false, fmt.Errorf("INSTR looks for occurrence %d, and the first is 1", args[3].Ints[i])
		}
		out.Ints[i] = occurrence(args[0].Strings[i], args[1].Strings[i], args[2].Ints[i], args[3].Ints[i])
		return true, nil
	})
}

func overlaidType(args []Arg) rows.Type {
	return rows.Type{Kind: rows.Varchar, Length: min(args[0].Type.Length+args[1].Type.Length, rows.MaxLength), NotNull: allNotNull(args)}
}

// overlaid puts a string in place of length characters from a place on; a place outside changes nothing.
func overlaid(s, put string, from, length int64) string {
	count := int64(utf8.RuneCountInString(s))
	if from < 1 || from > count {
		return s
	}
	if from+length > count || length < 0 {
		return leftOf(s, from-1) + put
	}
	return leftOf(s, from-1) + put + s[offset(s, from-1+length):]
}

func overlaidFor(_ *Env, _ *Call, args []*rows.Column, n int, out *rows.Column) error {
	return each(n, out, func(i int) (bool, error) {
		out.Strings[i] = overlaid(args[0].Strings[i], args[1].Strings[i], args[2].Ints[i], args[3].Ints[i])
		return true, nil
	})
}
