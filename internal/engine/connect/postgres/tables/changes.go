package tables

import (
	"crypto/md5"  //nolint:gosec // an algorithm that the configuration may name
	"crypto/sha1" //nolint:gosec // as above
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/weftmesh/weft/internal/engine/connect/data"
)

// Change is a rule that changes the text columns which it matches: column.mask.with.N.chars, column.mask.hash...,
// column.truncate.to.N.chars.
type Change struct {
	Columns []*regexp.Regexp // schema.table.column
	// Of is the text that comes out; nil stays null unless Null is set.
	Of   func(text []byte) []byte
	Null bool // also of null
	// Parameter is what the schema of such a column says: masked=true, truncateLength=5.
	Parameter data.Parameter
}

// Mask hides the texts of columns, also their nulls, behind so many asterisks.
func Mask(columns []*regexp.Regexp, length int) Change {
	mask := []byte(strings.Repeat("*", length))
	return Change{Columns: columns, Of: func([]byte) []byte { return mask }, Null: true, Parameter: data.Parameter{Name: "masked", Value: "true"}}
}

// Truncate keeps so many characters of the texts of columns.
func Truncate(columns []*regexp.Regexp, length int) Change {
	return Change{
		Columns: columns, Of: func(text []byte) []byte { return truncated(text, length) },
		Parameter: data.Parameter{Name: "truncateLength", Value: fmt.Sprint(length)},
	}
}

// truncated counts UTF-16 units, as Java's String does.
func truncated(text []byte, length int) []byte {
	at := 0
	for units := 0; at < len(text); {
		r, n := utf8.DecodeRune(text[at:])
		units++
		if r > 0xffff {
			units++
		}
		if units > length {
			break
		}
		at += n
	}
	return text[:at]
}

// Hash writes the digest of a salt and a text in place of the texts of columns. version 1 hashes the text as Java
// writes the object, version 2 its UTF-8.
func Hash(columns []*regexp.Regexp, algorithm, salt string, version int) (Change, error) {
	algorithms := map[string]func() hash.Hash{
		"MD5": md5.New, "SHA-1": sha1.New, "SHA": sha1.New, "SHA-224": sha256.New224, "SHA-256": sha256.New,
		"SHA-384": sha512.New384, "SHA-512": sha512.New,
	}
	digest, ok := algorithms[strings.ToUpper(algorithm)]
	if !ok {
		return Change{}, fmt.Errorf("the hash algorithm %q is not one of MD5, SHA-1, SHA-224, SHA-256, SHA-384, SHA-512", algorithm)
	}
	return Change{Columns: columns, Parameter: data.Parameter{Name: "masked", Value: "true"}, Of: func(text []byte) []byte {
		h := digest()
		h.Write([]byte(salt))
		if version == 1 {
			h.Write(serializedHead(len(text)))
		}
		h.Write(text)
		return []byte(hex.EncodeToString(h.Sum(nil)))
	}}, nil
}

// serializedHead opens a String in the form of Java's ObjectOutputStream (stream version 5, TC_STRING or TC_LONGSTRING).
func serializedHead(length int) []byte {
	if length <= 0xffff {
		return binary.BigEndian.AppendUint16([]byte{0xac, 0xed, 0, 5, 0x74}, uint16(length))
	}
	return binary.BigEndian.AppendUint64([]byte{0xac, 0xed, 0, 5, 0x7c}, uint64(length))
}
