package contracts

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/weftmesh/weft/internal/diags"
)

// DefaultControl is the domain of the mesh's own products unless mesh.yaml names another.
const DefaultControl = "platform"

// assembly builds a Set from the parts that files declare.
type assembly struct {
	set      Set
	fsys     fs.FS
	problems diags.List
	drafts   []*Contract
	texts    map[string]string
	tests    map[string][]Test // by folder
}

func assemble(fsys fs.FS, parts []part) (Set, diags.List) {
	a := &assembly{fsys: fsys, texts: map[string]string{}, tests: map[string][]Test{}}
	for _, p := range parts {
		a.problems.Add(p.problems...)
		a.add(p)
	}
	a.mesh()
	a.remote()
	a.defaults()
	for _, c := range a.drafts {
		a.product(c)
	}
	a.lonelyTests()
	sortProducts(a.set.Products)
	a.related()
	a.domains()
	a.subscriptions()
	return a.set, a.problems
}

func (a *assembly) add(p part) {
	switch v := p.value.(type) {
	case *Mesh:
		a.set.Mesh = *v
	case *Remote:
		a.set.Remote = v
	case *Domain:
		a.domain(p, *v)
	case *Policy:
		a.set.Policies = append(a.set.Policies, *v)
	case *Subscription:
		a.set.Subscriptions = append(a.set.Subscriptions, *v)
	case *Contract:
		a.drafts = append(a.drafts, v)
		a.texts[p.path] = p.text
	case *testList:
		folder := path.Dir(path.Dir(p.path))
		a.tests[folder] = append(a.tests[folder], v.placed()...)
	}
}

// lonelyTests reports files of tests that lie beside no contract: nobody would run them.
func (a *assembly) lonelyTests() {
	for _, c := range a.drafts {
		delete(a.tests, path.Dir(c.File))
	}
	for _, tests := range a.tests {
		if len(tests) > 0 {
			at := diags.Range{File: tests[0].At("").File, Line: 1, Column: 1}
			a.report(at, RuleLocation, "the tests lie beside no contract", "Move the file to tests/ in the folder of the contract that it tests.")
		}
	}
}

func (a *assembly) domain(p part, d Domain) {
	if d.Name == "" {
		d.Name = p.domain
	}
	if p.domain != "" && d.Name != p.domain {
		a.report(d.At("domain"), RuleLocation, fmt.Sprintf("domain %s is declared in the folder of %s", d.Name, p.domain),
			fmt.Sprintf("Write domain: %s, or move the file to domains/%s/domain.yaml.", p.domain, d.Name))
	}
	a.set.Domains = append(a.set.Domains, d)
}

func (a *assembly) defaults() {
	mesh := &a.set.Mesh
	if mesh.Control == "" {
		mesh.Control = DefaultControl
	}
	if mesh.Name == "" && mesh.File != "" {
		a.report(mesh.At(""), RuleMissing, "the mesh has no name", "Write name: and a short name, as in name: retail.")
	}
	d := &mesh.Defaults
	fill(&d.Partitions, 6)
	fill(&d.Replication, 3)
	fill(&d.Retention, must("7d"))
	fill(&d.Notice, must("14d"))
}

func must(text string) Duration {
	d, err := ParseDuration(text)
	if err != nil {
		panic(err)
	}
	return d
}

func fill[T comparable](into *T, value T) {
	var zero T
	if *into == zero {
		*into = value
	}
}

func (a *assembly) report(at diags.Range, rule, summary, fix string) {
	a.problems.Add(diags.Diagnostic{Severity: diags.Error, Rule: rule, Range: at, Summary: summary, Fix: fix})
}

// location holds the contract's words against its folder: domains/<domain>/<product>/[vN/]data-contract.yaml.
func (a *assembly) location(c *Contract) {
	parts := strings.Split(c.File, "/")
	if parts[0] != "domains" || len(parts) < 4 {
		return
	}
	if c.Domain != "" && parts[1] != c.Domain {
		a.report(c.At("domain"), RuleLocation, fmt.Sprintf("a contract of domain %s lies in the folder of %s", c.Domain, parts[1]),
			fmt.Sprintf("Write domain: %s, or move the file below domains/%s/.", parts[1], c.Domain))
	}
	if c.Name != "" && parts[2] != c.Name {
		a.report(c.At("product"), RuleLocation, fmt.Sprintf("the contract of %s lies in the folder %s", c.Name, parts[2]),
			fmt.Sprintf("Write product: %s, or rename the folder to %s.", parts[2], c.Name))
	}
	if folder := parts[len(parts)-2]; len(parts) == 5 && folder != "v"+strconv.Itoa(c.Version.Major) && c.Version.Major > 0 {
		a.report(c.At("version"), RuleLocation, fmt.Sprintf("version %s lies in the folder %s", c.Version, folder),
			fmt.Sprintf("Move the file to v%d/, or write a version that starts with %s.", c.Version.Major, strings.TrimPrefix(folder, "v")))
	}
}

// related checks what needs the whole set: repeated products, topics of one name, subscriptions' folders.
func (a *assembly) related() {
	topics := map[string]Product{}
	for i, p := range a.set.Products {
		if i > 0 && a.set.Products[i-1].Addr == p.Addr {
			a.report(p.At("product"), RuleRepeatedProduct, fmt.Sprintf("%s is declared twice", p.Addr),
				fmt.Sprintf("It is also in %s; keep one, or give this one another major version.", a.set.Products[i-1].File))
			continue
		}
		for _, t := range p.Topics {
			other, taken := topics[string(t.Name)]
			switch {
			case taken && other.Addr == p.Addr:
				a.boundTwice(p, t)
			case taken:
				a.report(nameOf(p), RuleRepeatedTopic, fmt.Sprintf("%s and %s have the same topic %s", other.Addr, p.Addr, t.Name),
					"Give one of them another entity or other events.")
			}
			topics[string(t.Name)] = p
		}
	}
	slices.SortStableFunc(a.set.Domains, func(x, y Domain) int { return strings.Compare(x.Name, y.Name) })
	slices.SortStableFunc(a.set.Subscriptions, func(x, y Subscription) int { return strings.Compare(x.File, y.File) })
}

// nameOf is where a contract says what its topics are named after.
func nameOf(p Product) diags.Range {
	if p.Has("entity") {
		return p.At("entity")
	}
	return p.At("product")
}

// boundTwice reports two events of one product that are bound to one topic, where that has not been said.
func (a *assembly) boundTwice(p Product, t ProductTopic) {
	i := slices.IndexFunc(p.Events, func(e Event) bool { return e.Type == t.Event })
	if i >= 0 && p.Events[i].Topic.Name != "" {
		a.report(p.At(p.EventPath(i)+".topic.name"), RuleRepeatedTopic, fmt.Sprintf("two events of %s are bound to topic %s", p.Addr, t.Name), "Bind each event to a topic of its own.")
	}
}
