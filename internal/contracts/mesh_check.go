package contracts

import (
	"fmt"
	"maps"
	"net/url"
	"slices"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/diags"
)

// mesh checks mesh.yaml.
func (a *assembly) mesh() {
	mesh := a.set.Mesh
	if mesh.Control != "" && !addrs.Segment(mesh.Control) {
		a.report(mesh.At("control"), RuleName, fmt.Sprintf("control %q is not a domain's name", mesh.Control), "Use lower-case letters, digits and hyphens.")
	}
	if mesh.Name != "" && !addrs.Segment(mesh.Name) {
		a.report(mesh.At("name"), RuleName, fmt.Sprintf("name %q is not a mesh's name", mesh.Name), "Use lower-case letters, digits and hyphens, starting with a letter.")
	}
	if at := mesh.At("defaults.retention"); mesh.Has("defaults.retention") && mesh.Defaults.Retention == 0 && !a.faultAt(at) {
		a.report(at, RuleField, "defaults.retention is zero: nothing would be kept", "Write how long, as in 7d.")
	}
	for _, d := range []struct {
		path string
		n    int
	}{{"defaults.partitions", mesh.Defaults.Partitions}, {"defaults.replication", mesh.Defaults.Replication}} {
		if mesh.Has(d.path) && (d.n < 1 || d.n > 10000) {
			a.report(mesh.At(d.path), RuleField, fmt.Sprintf("%s: %d is out of range", d.path, d.n), "Write 1 to 10000.")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(mesh.Environments)) {
		e := &environmentCheck{assembly: a, path: "environments." + name, at: mesh.Positions, env: mesh.Environments[name]}
		e.run(name)
	}
}

// domains checks what domain.yaml files say by themselves.
func (a *assembly) domains() {
	seen := map[string]Domain{}
	for _, d := range a.set.Domains {
		if first, again := seen[d.Name]; again {
			a.report(d.At("domain"), RuleRepeatedDomain, fmt.Sprintf("domain %s is declared twice", d.Name), fmt.Sprintf("It is also in %s; keep one.", first.File))
		}
		seen[d.Name] = d
		if !addrs.Segment(d.Name) {
			a.report(d.At("domain"), RuleName, fmt.Sprintf("domain %q is not a name", d.Name), "Use lower-case letters, digits and hyphens, starting with a letter.")
		}
		for _, app := range slices.Sorted(maps.Keys(d.Apps)) {
			if !addrs.Segment(app) {
				a.report(d.KeyAt("apps."+app), RuleName, fmt.Sprintf("app %q is not a name", app), "Use lower-case letters, digits and hyphens, starting with a letter.")
			}
		}
		a.quota("quota.produce", d, d.Quota.Produce)
		a.quota("quota.consume", d, d.Quota.Consume)
		(&environmentCheck{assembly: a, at: d.Positions}).connections(d.Connections)
	}
}

func (a *assembly) quota(path string, d Domain, rate Rate) {
	if d.Has(path) && rate == 0 && !a.faultAt(d.At(path)) {
		a.report(d.At(path), RuleField, path+" is zero: the domain could do nothing", "Write a rate, as in 20MB/s, or leave it out.")
	}
}

// faultAt reports whether a problem stands at a place already.
func (a *assembly) faultAt(at diags.Range) bool {
	return slices.ContainsFunc(a.problems, func(p diags.Diagnostic) bool { return p.Range == at })
}

// subscriptions checks that each lies where it says whose it is.
func (a *assembly) subscriptions() {
	for _, sub := range a.set.Subscriptions {
		if sub.Domain == "" {
			a.report(sub.At(""), RuleLocation, "a subscription lies in no domain's folder, so nobody subscribes", "Move it to domains/<domain>/subscriptions/.")
		}
	}
}

// remote checks weft.yaml.
func (a *assembly) remote() {
	r := a.set.Remote
	if r == nil {
		return
	}
	if r.Mesh == "" {
		a.report(r.At(""), RuleMissing, "weft.yaml names no mesh", "Write mesh: and the name of the mesh that this repository is a part of.")
	}
	if len(r.Owns) == 0 {
		a.report(r.At(""), RuleMissing, "weft.yaml does not say which domains the repository owns", "Write owns: [DOMAIN].")
	}
	for i, name := range r.Owns {
		if !addrs.Segment(name) {
			a.report(r.At(fmt.Sprintf("owns[%d]", i)), RuleName, fmt.Sprintf("%q is not a domain's name", name), "Use lower-case letters, digits and hyphens.")
		}
	}
	if u, err := url.Parse(r.Server); r.Server != "" && (err != nil || u.Host == "") {
		a.report(r.At("server"), RuleAddress, fmt.Sprintf("server %q is not a URL", r.Server), "Write https://HOST:PORT.")
	}
}
