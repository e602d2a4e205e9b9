// Package quality judges rows by what a contract says of its fields: limits, patterns, formats, and checks in SQL. Types,
// enums and missing fields are found where a row is read (codecs). Checks with memory are not run yet.
package quality

import (
	"fmt"
	"math/big"
	"net/mail"
	"net/netip"
	"net/url"
	"regexp"

	"github.com/weftmesh/weft/internal/codecs"
	"github.com/weftmesh/weft/internal/contracts"
)

// Checks are a contract's schema checks, compiled once; they may be used from several goroutines.
type Checks struct{ fields []check }

// check is what one field asks of its values.
type check struct {
	name     string
	min, max *big.Rat
	pattern  *regexp.Regexp
	format   string
	members  []check // of a record, or of the records in an array or a map
}

// Compile prepares the checks of fields. Limits and patterns that are wrong are the contract's problems and are left
// out here.
func Compile(fields []contracts.Field) Checks { return Checks{compile(fields)} }

func compile(fields []contracts.Field) []check {
	var checks []check
	for _, f := range fields {
		c := check{name: f.Name, min: number(f.Min), max: number(f.Max), format: f.Format, members: compile(members(f))}
		if f.Pattern != "" {
			c.pattern, _ = regexp.Compile(f.Pattern)
		}
		if c.min != nil || c.max != nil || c.pattern != nil || c.format != "" || len(c.members) > 0 {
			checks = append(checks, c)
		}
	}
	return checks
}

func members(f contracts.Field) []contracts.Field {
	switch {
	case f.Items != nil:
		return f.Items.Fields
	case f.Values.Of != nil:
		return f.Values.Of.Fields
	}
	return f.Fields
}

func number(text string) *big.Rat {
	if n, ok := new(big.Rat).SetString(text); ok {
		return n
	}
	return nil
}

// Judge gives everything that is wrong with a row.
func (c Checks) Judge(row codecs.Row) []codecs.Fault { return judge("", c.fields, row) }

func judge(prefix string, checks []check, row codecs.Row) []codecs.Fault {
	var faults []codecs.Fault
	for _, c := range checks {
		faults = append(faults, c.judge(prefix+c.name, row[c.name])...)
	}
	return faults
}

func (c check) judge(name string, value any) []codecs.Fault {
	switch v := value.(type) {
	case nil:
		return nil
	case map[string]any:
		return c.object(name, v)
	case []any:
		var faults []codecs.Fault
		for i, item := range v {
			if record, ok := item.(map[string]any); ok {
				faults = append(faults, judge(fmt.Sprintf("%s[%d].", name, i), c.members, record)...)
			}
		}
		return faults
	case string:
		return c.text(name, v)
	}
	return c.limits(name, value)
}

// object judges a record, or each record of a map.
func (c check) object(name string, object map[string]any) []codecs.Fault {
	faults := judge(name+".", c.members, object)
	for key, value := range object {
		if record, ok := value.(map[string]any); ok && !c.has(key) {
			faults = append(faults, judge(name+"."+key+".", c.members, record)...)
		}
	}
	return faults
}

func (c check) has(name string) bool {
	for _, m := range c.members {
		if m.name == name {
			return true
		}
	}
	return false
}

func (c check) limits(name string, value any) []codecs.Fault {
	n := rational(value)
	switch {
	case n == nil:
		return nil
	case c.min != nil && n.Cmp(c.min) < 0:
		return []codecs.Fault{{Field: name, Text: fmt.Sprintf("%s is less than min %s", shown(n), shown(c.min))}}
	case c.max != nil && n.Cmp(c.max) > 0:
		return []codecs.Fault{{Field: name, Text: fmt.Sprintf("%s is greater than max %s", shown(n), shown(c.max))}}
	}
	return nil
}

func rational(value any) *big.Rat {
	switch v := value.(type) {
	case int64:
		return new(big.Rat).SetInt64(v)
	case int32:
		return new(big.Rat).SetInt64(int64(v))
	case float32:
		return new(big.Rat).SetFloat64(float64(v))
	case float64:
		return new(big.Rat).SetFloat64(v)
	case *big.Rat:
		return v
	}
	return nil
}

func shown(n *big.Rat) string {
	digits, exact := n.FloatPrec()
	if !exact {
		digits = 12
	}
	return n.FloatString(digits)
}

func (c check) text(name, text string) []codecs.Fault {
	switch {
	case c.pattern != nil && !c.pattern.MatchString(text):
		return []codecs.Fault{{Field: name, Text: fmt.Sprintf("does not match the pattern %s", c.pattern)}}
	case c.format != "" && !formatted(c.format, text):
		return []codecs.Fault{{Field: name, Text: fmt.Sprintf("is not a %s", c.format)}}
	}
	return nil
}

var forms = map[string]*regexp.Regexp{
	"hostname": regexp.MustCompile(`^([a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)*[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$`),
	"iban":     regexp.MustCompile(`^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$`),
	"phone":    regexp.MustCompile(`^\+?[0-9 ()/.-]{5,30}$`),
	"country":  regexp.MustCompile(`^[A-Z]{2}$`),
	"currency": regexp.MustCompile(`^[A-Z]{3}$`),
	"language": regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$`),
}

// formatted reports whether text has one of the formats that a contract can ask for.
func formatted(format, text string) bool {
	switch format {
	case "email":
		address, err := mail.ParseAddress(text)
		return err == nil && address.Address == text
	case "uri":
		u, err := url.Parse(text)
		return err == nil && u.Scheme != ""
	case "ipv4":
		ip, err := netip.ParseAddr(text)
		return err == nil && ip.Is4()
	case "ipv6":
		ip, err := netip.ParseAddr(text)
		return err == nil && ip.Is6()
	}
	form, known := forms[format]
	return !known || form.MatchString(text)
}
