// Package addrs holds the typed, printable addresses of everything that Weft names: products, topics, subjects,
// principals and resources. An address is parsed once, at the edge, and is a plain value from then on.
package addrs

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// segment is the form of every name that Weft derives topics from.
var segment = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)

// Segment reports whether name can be a part of an address: a lower-case letter, then letters, digits and hyphens.
func Segment(name string) bool { return len(name) <= 100 && segment.MatchString(name) }

// Product is the identity of a data product: one major version of one product of one domain.
type Product struct {
	Domain string
	Name   string
	Major  int
}

// String gives the form that people write everywhere: logistics/shipment-events/v2.
func (p Product) String() string { return p.Family() + "/v" + strconv.Itoa(p.Major) }

// Family is the product without its major version: logistics/shipment-events.
func (p Product) Family() string { return p.Domain + "/" + p.Name }

// Short is the product within its domain: shipment-events/v2.
func (p Product) Short() string { return p.Name + "/v" + strconv.Itoa(p.Major) }

// Compare orders products by domain, name and major version.
func (p Product) Compare(other Product) int {
	if c := strings.Compare(p.Domain, other.Domain); c != 0 {
		return c
	}
	if c := strings.Compare(p.Name, other.Name); c != 0 {
		return c
	}
	return p.Major - other.Major
}

// MarshalText writes the form of String, so that products can be JSON values and keys.
func (p Product) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads the form of String.
func (p *Product) UnmarshalText(text []byte) error {
	parsed, err := ParseProduct(string(text))
	*p = parsed
	return err
}

// ParseProduct reads domain/product/vMAJOR. The error says what is wrong with the text in words for its author.
func ParseProduct(text string) (Product, error) {
	parts := strings.Split(text, "/")
	if len(parts) != 3 {
		return Product{}, fmt.Errorf("%q is not a product address; write domain/product/vMAJOR, as in logistics/shipment-events/v2", text)
	}
	for _, part := range parts[:2] {
		if !Segment(part) {
			return Product{}, fmt.Errorf("%q in %q is not a name; use lower-case letters, digits and hyphens", part, text)
		}
	}
	major, err := ParseMajor(parts[2])
	if err != nil {
		return Product{}, fmt.Errorf("%q in %q is not a major version; write v1, v2 ...", parts[2], text)
	}
	return Product{Domain: parts[0], Name: parts[1], Major: major}, nil
}

// ParseMajor reads the vN of topics, folders and product addresses; N is 1 to 9999 without leading zeros.
func ParseMajor(text string) (int, error) {
	digits, ok := strings.CutPrefix(text, "v")
	n, err := strconv.Atoi(digits)
	if !ok || err != nil || n < 1 || n > 9999 || digits[0] == '0' || digits[0] == '+' {
		return 0, fmt.Errorf("%q is not a major version; write v1, v2 ...", text)
	}
	return n, nil
}
