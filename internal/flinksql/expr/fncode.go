package expr

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/bits"
	"net/url"
	"strconv"
	"strings"

	"github.com/weftmesh/weft/internal/rows"
)

// codeFunctions turn strings into other writings of the same, and back.
func codeFunctions() []*Function {
	t := rows.StringType
	return []*Function{
		fn(String, "ASCII", takes(aText), always(rows.IntType), map1(func(s string) int64 {
			if s == "" {
				return 0
			}
			return int64(int8(s[0]))
		})),
		fn(String, "CHR", takes(aLong), always(t), map1(func(v int64) string {
			if v < 0 {
				return ""
			}
			return string(rune(v & 0xff))
		})),
		fn(String, "TO_BASE64", takes(aRaw), always(t), map1(func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) })),
		fn(String, "FROM_BASE64", takes(aText), always(t), try1(fromBase64)),
		prepared(Arithmetic, "HEX", takes(param{accepts: func(t rows.Type) bool { return t.Kind.IsInteger() || t.Kind.IsText() }, want: "a whole number or a string"}), always(t), hexKernel),
		fn(String, "UNHEX", takes(aText), maybe(rows.BytesType), try1(unhex)),
		fn(Arithmetic, "BIN", takes(aLong), always(t), map1(func(v int64) string { return strconv.FormatUint(uint64(v), 2) })),
		fn(String, "URL_ENCODE", takes(aText), maybe(t), map1(func(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "~", "%7E") })),
		fn(String, "URL_DECODE", takes(aText), maybe(t), try1(func(s string) (string, bool, error) {
			plain, err := url.QueryUnescape(s)
			return plain, err == nil, nil
		})),
		fn(String, "ENCODE", takes(aText, aText), maybe(rows.BytesType), try2(encoded)),
		fn(String, "DECODE", takes(aBytes, aText), maybe(t), try2(decoded)),
		fn(String, "INET_ATON", takes(aText), maybe(rows.BigIntType), try1(addressNumber)),
		fn(String, "INET_NTOA", takes(aLong), maybe(t), try1(numberAddress)),
		prepared(String, "PARSE_URL", takes(aText, aText, aText).orLess(1), maybe(t), byCount(2,
			try2(func(s, part string) (string, bool, error) { return urlPart(s, part, "") }), try3(urlPart))),
	}
}

func hexKernel(_ *Env, of *Call) (Kernel, error) {
	if of.Args[0].Type().Kind.IsInteger() {
		return map1(func(v int64) string { return strings.ToUpper(strconv.FormatUint(uint64(v), 16)) }), nil
	}
	return map1(func(s string) string { return strings.ToUpper(hex.EncodeToString([]byte(s))) }), nil
}

func fromBase64(s string) (string, bool, error) {
	raw, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		raw, err = base64.RawStdEncoding.DecodeString(s)
	}
	if err != nil {
		return "", false, fmt.Errorf("FROM_BASE64: %q is not base64", s)
	}
	return string(raw), true, nil
}

// unhex reads pairs of digits; one digit without another is a byte by itself.
func unhex(s string) (string, bool, error) {
	if len(s)%2 == 1 {
		s = "0" + s
	}
	raw, err := hex.DecodeString(s)
	return string(raw), err == nil, nil
}

// addressNumber reads an IPv4 address as a number; one with fewer parts has the last fill the rest, as with inet_aton.
func addressNumber(s string) (int64, bool, error) {
	parts := strings.Split(s, ".")
	if len(parts) > 4 {
		return 0, false, nil
	}
	var address int64
	for i, part := range parts {
		v, ok := shortNumber(part)
		last := i == len(parts)-1
		width := 8
		if last {
			width = 8 * (5 - len(parts))
		}
		if !ok || bits.Len64(uint64(v)) > width {
			return 0, false, nil
		}
		address = address<<width | int64(v)
	}
	return address, true, nil
}

func numberAddress(v int64) (string, bool, error) {
	if v < 0 || v > 1<<32-1 {
		return "", false, nil
	}
	return fmt.Sprintf("%d.%d.%d.%d", v>>24, v>>16&255, v>>8&255, v&255), true, nil
}

// urlPart takes a part out of a URL: HOST, PATH, QUERY, REF, PROTOCOL, AUTHORITY, FILE, USERINFO; of QUERY also the value
// of one key.
func urlPart(s, part, key string) (string, bool, error) { //nolint:gocyclo // one case for each part
	u, err := url.Parse(s)
	if err != nil || u.Scheme == "" {
		return "", false, nil //nolint:nilerr // what is no URL gives NULL
	}
	user := ""
	if u.User != nil {
		user = u.User.String()
	}
	var text string
	switch part {
	case "HOST":
		text = u.Hostname()
	case "PATH":
		text = u.EscapedPath()
		return text, key == "", nil
	case "QUERY":
		if key != "" {
			return queryValue(u.RawQuery, key)
		}
		text = u.RawQuery
	case "REF":
		text = u.EscapedFragment()
	case "PROTOCOL":
		text = u.Scheme
	case "AUTHORITY":
		text = u.Host
		if user != "" {
			text = user + "@" + u.Host
		}
	case "FILE":
		text = u.EscapedPath()
		if u.RawQuery != "" {
			text += "?" + u.RawQuery
		}
	case "USERINFO":
		text = user
	}
	return text, text != "" && key == "", nil
}

// queryValue gives the value of a key as it stands in the query.
func queryValue(query, key string) (string, bool, error) {
	for _, pair := range strings.Split(query, "&") {
		if name, value, ok := strings.Cut(pair, "="); ok && name == key {
			return value, true, nil
		}
	}
	return "", false, nil
}
