// Package access decides who may do what: which token stands for which domains, and who may read personal data in
// clear.
package access

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"slices"
	"time"

	"github.com/weftmesh/weft/internal/contracts"
)

// Token lets its bearer act for domains. With no domains it may do everything but read in the name of one.
type Token struct {
	Name    string
	Secret  string
	Domains []string
}

// Identity is who sent a request.
type Identity struct {
	Name    string
	Domains []string
	Local   bool // no tokens are configured: whoever reaches the loopback address is the machine's user
}

// Authenticate finds the token with a secret. It compares with all of them, in constant time.
func Authenticate(tokens []Token, secret string) (Identity, bool) {
	given, found, ok := sha256.Sum256([]byte(secret)), Identity{}, false
	for _, token := range tokens {
		held := sha256.Sum256([]byte(token.Secret))
		if subtle.ConstantTimeCompare(given[:], held[:]) == 1 && token.Secret != "" {
			found, ok = Identity{Name: token.Name, Domains: token.Domains}, true
		}
	}
	return found, ok
}

// ActAs says why an identity may not act for a domain; nil if it may.
func (i Identity) ActAs(domain string) error {
	if i.Local || slices.Contains(i.Domains, domain) {
		return nil
	}
	return fmt.Errorf("token %s does not stand for domain %s", i.Name, domain)
}

// ReadClear says why a domain may not read a product's personal data in clear at a time; nil if it may. The product's
// own domain may; another needs a grant with pii: clear, which ends with the day that it names (UTC).
func ReadClear(p contracts.Product, domain string, at time.Time) error {
	if domain == p.Domain {
		return nil
	}
	expired := ""
	for _, g := range p.Access.Grants {
		if g.To != domain || g.PII != contracts.PIIClear {
			continue
		}
		if !g.Ended(at) {
			return nil
		}
		expired = g.Until.String()
	}
	if expired != "" {
		return fmt.Errorf("the grant of %s to %s ended on %s", p.Addr, domain, expired)
	}
	return fmt.Errorf("%s grants %s no personal data in clear; its owner %s can add access.grants: [{to: %s, pii: clear, ...}]", p.Addr, domain, p.Owner, domain)
}

// Read says why a product may not be read in the name of a domain at a time; nil if it may. Without a domain, and without
// a grant, all but restricted products may be read, personal data masked.
func Read(p contracts.Product, domain string, at time.Time) error {
	if p.Classification != contracts.Restricted || domain == p.Domain {
		return nil
	}
	for _, g := range p.Access.Grants {
		if g.To == domain && (g.Until.IsZero() || at.Before(g.Until.AddDate(0, 0, 1))) {
			return nil
		}
	}
	if domain == "" {
		return fmt.Errorf("%s is restricted; read it in the name of a domain that has a grant: --as DOMAIN", p.Addr)
	}
	return fmt.Errorf("%s is restricted and grants %s nothing; its owner %s can add access.grants: [{to: %s, purpose: ..., until: ...}]", p.Addr, domain, p.Owner, domain)
}
