package databases

import (
	"regexp"
	"strings"

	"github.com/weftmesh/weft/internal/schemas"
)

// hint tells personal data by the name of a column, and how text of the kind is masked: hash where equal values should
// stay equal, partial where the end is of use, redact for the rest.
type hint struct {
	name *regexp.Regexp
	mask string
}

// word matches one of words in a name that is written with underscores.
func word(words string) *regexp.Regexp { return regexp.MustCompile(`(^|_)(` + words + `)($|_)`) }

// hints in the order in which they are tried.
var hints = []hint{
	{word(`e?mails?|e_mail`), "hash"},
	{word(`phones?|mobile|cell|fax|msisdn|tel|telephone`), "partial"},
	{word(`(first|last|middle|maiden|given|family|full|display|nick|contact|holder|recipient)_?names?|surname|forename|nickname`), "redact"},
	{word(`birth|birth_?(date|day|place)|date_of_birth|dob|born(_on|_at)?`), "redact"},
	{word(`street|address(_?line)?[0-9]*|addr[0-9]*|house_?(no|number)|post_?code|postal_?code|zip|zip_?code`), "redact"},
	{word(`iban|bic|account_?(no|number)|credit_?card|card_?(no|number)|pan`), "partial"},
	{word(`ssn|passport(_?(no|number))?|tax_?id|vat_?id|national_?id|id_?card|driver_?licen[cs]e|social_?security(_?number)?`), "hash"},
	{word(`ip|ip_?addr(ess)?|mac_?addr(ess)?|device_?id|user_?agent|fingerprint`), "hash"},
	{word(`user_?name|login`), "hash"},
	{word(`gender|sex|nationality|ethnicity|religion|marital_?status`), "redact"},
	{word(`lat(itude)?|lon(gitude)?|lng|geo_?location|gps`), "redact"},
}

// credentials are columns that no product should have.
var credentials = word(CredentialWords)

// CredentialWords is a regular expression of the words in names of columns that hold secrets: Java's and Go's alike, and
// without a comma, as it stands in lists.
const CredentialWords = `password|passwd|pwd|password_?(hash|salt|digest)|secret|api_?key|private_?key|access_?token|refresh_?token|token|salt|otp|pin|cvv|cvc`

// Credential reports whether a column is named as secrets are.
func Credential(column string) bool { return credentials.MatchString(column) }

// people are tables whose rows are persons: a column that is called name is theirs.
var people = word(`customers?|persons?|people|users?|employees?|contacts?|patients?|members?|clients?|guests?|drivers?|students?|teachers?|subscribers?|profiles?|accounts?|citizens?|applicants?|candidates?|staff`)

// deviceTypes are types whose values are addresses of devices, and so of their owners.
var deviceTypes = map[string]bool{"inet": true, "cidr": true, "macaddr": true, "macaddr8": true}

// personal reports whether a column looks like personal data, and the mask that suits it. key says that the
// column is of the key.
func (c Column) personal(table string, t schemas.Type, key bool) (mask string, likely bool) {
	name := snakeCase(c.Name)
	for _, h := range hints {
		if h.name.MatchString(name) {
			return suited(h.mask, t, c.NotNull, key), true
		}
	}
	_, of, _ := strings.Cut(table, ".")
	if name == "name" && people.MatchString(snakeCase(of)) {
		return suited("redact", t, c.NotNull, key), true
	}
	if deviceTypes[c.Base] {
		return suited("hash", t, c.NotNull, key), true
	}
	return "", false
}

// suited is the mask for a type: text can be cut and blotted out; of other values nothing is left, unless one must be.
func suited(mask string, t schemas.Type, required, key bool) string {
	switch {
	case key:
		return "hash"
	case t.Kind == schemas.String:
		return mask
	case t.Kind == schemas.UUID && mask == "hash":
		return mask
	case required:
		return "hash"
	}
	return "null"
}

var hump = regexp.MustCompile(`([a-z0-9])([A-Z])`)

// snakeCase writes a name as most columns are: birthDate and Birth Date become birth_date.
func snakeCase(name string) string {
	name = hump.ReplaceAllString(name, "${1}_${2}")
	return strings.Trim(odd.ReplaceAllString(strings.ToLower(name), "_"), "_")
}
