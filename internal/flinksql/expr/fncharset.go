package expr

import (
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// encoded writes text in a character set.
func encoded(s, charset string) (string, bool, error) {
	switch strings.ToUpper(charset) {
	case "UTF-8", "UTF8":
		return s, true, nil
	case "UTF-16":
		return "\xfe\xff" + utf16Bytes(s, true), true, nil
	case "UTF-16BE":
		return utf16Bytes(s, true), true, nil
	case "UTF-16LE":
		return utf16Bytes(s, false), true, nil
	case "US-ASCII", "ASCII":
		return narrowBytes(s, 0x7f), true, nil
	case "ISO-8859-1", "LATIN1":
		return narrowBytes(s, 0xff), true, nil
	}
	return "", false, fmt.Errorf("the character set %s is missing here; there are UTF-8, UTF-16, UTF-16BE, UTF-16LE, US-ASCII, ISO-8859-1", charset)
}

func utf16Bytes(s string, big bool) string {
	var out []byte
	for _, unit := range utf16.Encode([]rune(s)) {
		if big {
			out = append(out, byte(unit>>8), byte(unit))
		} else {
			out = append(out, byte(unit), byte(unit>>8))
		}
	}
	return string(out)
}

// narrowBytes writes one byte for each character, and ? for those that do not fit.
func narrowBytes(s string, most rune) string {
	var out []byte
	for _, r := range s {
		if r > most {
			r = '?'
		}
		out = append(out, byte(r))
	}
	return string(out)
}

// decoded reads text from bytes in a character set.
func decoded(raw, charset string) (string, bool, error) {
	switch strings.ToUpper(charset) {
	case "UTF-8", "UTF8":
		return strings.ToValidUTF8(raw, "\uFFFD"), true, nil
	case "UTF-16":
		switch {
		case strings.HasPrefix(raw, "\xff\xfe"):
			return utf16Text(raw[2:], false), true, nil
		case strings.HasPrefix(raw, "\xfe\xff"):
			return utf16Text(raw[2:], true), true, nil
		}
		return utf16Text(raw, true), true, nil
	case "UTF-16BE":
		return utf16Text(raw, true), true, nil
	case "UTF-16LE":
		return utf16Text(raw, false), true, nil
	case "US-ASCII", "ASCII":
		return wideText(raw, 0x7f), true, nil
	case "ISO-8859-1", "LATIN1":
		return wideText(raw, 0xff), true, nil
	}
	return "", false, fmt.Errorf("the character set %s is missing here; there are UTF-8, UTF-16, UTF-16BE, UTF-16LE, US-ASCII, ISO-8859-1", charset)
}

func utf16Text(raw string, big bool) string {
	units := make([]uint16, len(raw)/2)
	for i := range units {
		high, low := raw[2*i], raw[2*i+1]
		if !big {
			high, low = low, high
		}
		units[i] = uint16(high)<<8 | uint16(low)
	}
	text := string(utf16.Decode(units))
	if len(raw)%2 == 1 {
		text += string(utf8.RuneError)
	}
	return text
}

func wideText(raw string, most byte) string {
	var out strings.Builder
	for i := range len(raw) {
		if raw[i] > most {
			out.WriteRune(utf8.RuneError)
		} else {
			out.WriteRune(rune(raw[i]))
		}
	}
	return out.String()
}
