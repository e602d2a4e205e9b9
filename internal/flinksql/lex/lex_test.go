package lex_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/weftmesh/weft/internal/flinksql/lex"
)

func TestTextsComeApartIntoTokens(t *testing.T) {
	kinds := map[lex.Kind]string{lex.Word: "w", lex.Quoted: "q", lex.Text: "t", lex.Number: "n", lex.Symbol: "s", lex.Binary: "b"}
	cases := []struct{ text, want string }{
		{"SELECT a_1, $b", "w:SELECT w:a_1 s:, w:$b"},
		{"1 1.5 .5 1. 1e3 1E-3 1.5e+10 1e 1.a", "n:1 n:1.5 n:.5 n:1. n:1e3 n:1E-3 n:1.5e+10 n:1 w:e n:1. w:a"},
		{"'it''s' '' `a``b` x'0aF0' X''", "t:it's t: q:a`b b:0aF0 b:"},
		{`U&'caf\00e9 \+01F600 \\' u&'!0041' UESCAPE '!' _utf8'x' N'y'`, `t:café 😀 \ t:A t:x t:y`},
		{"a<>b<=c>=d=>e::f||g!=h", "w:a s:<> w:b s:<= w:c s:>= w:d s:=> w:e s::: w:f s:|| w:g s:!= w:h"},
		{"a /* b */ c -- d\ne /*+ f */ */", "w:a w:c w:e s:/*+ w:f s:*/ s:* s:/"},
		{"größe", "w:größe"},
	}
	for _, c := range cases {
		tokens, err := lex.Lex(c.text)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
		}
		var got []string
		for _, token := range tokens {
			got = append(got, kinds[token.Kind]+":"+token.Text)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.text, strings.Join(got, " "), c.want)
		}
	}
}

func TestPlacesAreCountedInCharacters(t *testing.T) {
	tokens, err := lex.Lex("ü 'ß\nä' x\n  `日本` y")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, token := range tokens {
		got = append(got, fmt.Sprintf("%d:%d", token.Line, token.Column))
	}
	if want := "1:1 1:3 2:4 3:3 3:8"; strings.Join(got, " ") != want {
		t.Errorf("got %s, want %s", strings.Join(got, " "), want)
	}
}

func TestMistakesOfLettersHaveAPlace(t *testing.T) {
	cases := []struct{ text, want string }{
		{"a 'b", "line 1, column 3: a string does not end"},
		{"a `b", "line 1, column 3: an identifier in backticks does not end"},
		{"a ``", "line 1, column 3: a name in backticks is empty"},
		{"\n /* b", "line 2, column 2: a comment does not end"},
		{`a "b"`, "line 1, column 3: double quotes are not of Flink SQL"},
		{"x'0'", "line 1, column 2: X'...' holds bytes, each two of the digits 0-9 and a-f"},
		{`U&'\00'`, "line 1, column 3: U&'...' has an escape that is no character"},
		{`U&'\+11ffff'`, "line 1, column 3: U&'...' has an escape that is no character"},
		{`U&'a' UESCAPE '+'`, "line 1, column 15: UESCAPE takes one character that is no digit, letter a-f, plus, quote or space"},
		{"a \xff", "line 1, column 3: this is not text in UTF-8"},
	}
	for _, c := range cases {
		if _, err := lex.Lex(c.text); err == nil || err.Error() != c.want {
			t.Errorf("%q\n got %v\nwant %s", c.text, err, c.want)
		}
	}
}

func TestFlinksReservedWordsAreKnown(t *testing.T) {
	for _, word := range strings.Fields("value timestamp date user order day method result COUNT Year") {
		if !lex.Reserved(word) {
			t.Errorf("%s is reserved", word)
		}
	}
	for _, word := range strings.Fields("name type key data status amount version week id") {
		if lex.Reserved(word) {
			t.Errorf("%s is not reserved", word)
		}
	}
}
