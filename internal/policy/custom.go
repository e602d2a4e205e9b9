package policy

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/ext"

	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/diags"
)

// ruleForm is the rule that policies themselves are held against.
const ruleForm = "policy-form"

// costLimit bounds what one evaluation of a rule may take.
const costLimit = 1_000_000

// custom holds the set against the rules that people wrote in CEL (Common Expression Language).
func custom(set contracts.Set, now time.Time, into *found) {
	if len(set.Policies) == 0 {
		return
	}
	env, err := cel.NewEnv(cel.Variable("contract", cel.MapType(cel.StringType, cel.DynType)), ext.Strings())
	if err != nil {
		panic("policy: the CEL environment cannot be made: " + err.Error())
	}
	for _, p := range set.Policies {
		c := &customRule{policy: p, set: set, now: now, into: into}
		c.run(env)
	}
}

// customRule is one rule that people wrote, being run.
type customRule struct {
	policy contracts.Policy
	set    contracts.Set
	now    time.Time
	into   *found
}

var ruleName = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)

func (c *customRule) problem(path, summary, fix string) {
	*c.into = append(*c.into, finding{problem: diags.Diagnostic{Severity: diags.Error, Rule: ruleForm, Range: c.policy.At(path), Summary: summary, Fix: fix}})
}

func (c *customRule) run(env *cel.Env) {
	p := c.policy
	if p.Rule == "" {
		c.problem("", "the policy has no name", "Write rule: and a name, as in no-free-text-pii.")
	} else if !ruleName.MatchString(p.Rule) {
		c.problem("rule", fmt.Sprintf("rule %q is not a name", p.Rule), "Use lower-case letters, digits and hyphens.")
	}
	if _, taken := Lookup(p.Rule); taken {
		c.problem("rule", fmt.Sprintf("rule %s is built in", p.Rule), "Give it another name; built-in rules can be waived, not replaced.")
	}
	if p.Enforce != "" && p.Enforce != "must" && p.Enforce != "should" {
		c.problem("enforce", fmt.Sprintf("enforce: %q is not known", p.Enforce), "Write must or should.")
	}
	c.waivable()
	where := c.compile(env, "where", p.Where)
	check := c.compile(env, "check", p.Check)
	if p.Check == "" {
		c.problem("", "the policy has no check", "Write check: and a CEL expression that is true for good contracts.")
	}
	if check == nil || p.Where != "" && where == nil {
		return
	}
	for _, product := range c.set.Products {
		if p.Domain == "" || product.Domain == p.Domain {
			c.judge(product, where, check)
		}
	}
	c.test(where, check)
}

func (c *customRule) waivable() {
	w := c.policy.Waivable
	if w.By != "" && w.By != waivedByDomain && w.By != waivedByGovernance {
		c.problem("waivable.by", fmt.Sprintf("waivable.by: %q is not known", w.By), "Write domain or governance.")
	}
	if w.Max == 0 && c.policy.Has("waivable.max") {
		c.problem("waivable.max", "waivable.max is zero, so nothing could be waived", "Write how long, as in 90d.")
	}
}

func (c *customRule) compile(env *cel.Env, path, text string) cel.Program {
	if text == "" {
		return nil
	}
	ast, issues := env.Compile(text)
	if issues.Err() != nil {
		first, _, _ := strings.Cut(issues.Err().Error(), "\n")
		c.problem(path, fmt.Sprintf("%s of rule %s is no CEL: %s", path, c.policy.Rule, strings.TrimPrefix(first, "ERROR: <input>:")), "Check names and quotes; contract.<key> and contract.allFields can be asked for.")
		return nil
	}
	program, err := env.Program(ast, cel.CostLimit(costLimit))
	if err != nil {
		c.problem(path, fmt.Sprintf("%s of rule %s cannot be run: %v", path, c.policy.Rule, err), "Simplify it.")
		return nil
	}
	return program
}

func (c *customRule) judge(p contracts.Product, where, check cel.Program) {
	facts := facts(p)
	applies, err := holds(where, facts)
	if err == nil && !applies {
		return
	}
	ok := false
	if err == nil {
		ok, err = holds(check, facts)
	}
	d := diags.Diagnostic{Severity: diags.Error, Rule: c.policy.Rule, Range: p.At("product"), Summary: c.message(p)}
	switch {
	case err != nil:
		d.Summary = fmt.Sprintf("rule %s could not be held against %s: %v", c.policy.Rule, p.Addr, err)
	case ok:
		return
	}
	if c.policy.Enforce == "should" || !c.policy.From.IsZero() && c.now.Before(c.policy.From.Time) {
		d.Severity = diags.Warning
	}
	if !c.policy.From.IsZero() && c.now.Before(c.policy.From.Time) {
		d.Detail = fmt.Sprintf("From %s on this blocks.", c.policy.From)
	}
	*c.into = append(*c.into, finding{p, d})
}

func (c *customRule) message(p contracts.Product) string {
	if c.policy.Message == "" {
		return fmt.Sprintf("%s breaks rule %s", p.Addr, c.policy.Rule)
	}
	return fmt.Sprintf("%s: %s", p.Addr, strings.TrimSuffix(c.policy.Message, "."))
}

func holds(program cel.Program, facts map[string]any) (bool, error) {
	if program == nil {
		return true, nil
	}
	value, _, err := program.Eval(map[string]any{"contract": facts})
	if err != nil {
		return false, err
	}
	truth, ok := value.Value().(bool)
	if !ok {
		return false, fmt.Errorf("it gives %v, not true or false", value.Value())
	}
	return truth, nil
}

// test runs a rule's own examples.
func (c *customRule) test(where, check cel.Program) {
	for i, test := range c.policy.Tests {
		facts := test.Contract
		applies, err := holds(where, facts)
		ok := true
		if err == nil && applies {
			ok, err = holds(check, facts)
		}
		at := fmt.Sprintf("tests[%d]", i)
		switch {
		case err != nil:
			c.problem(at, fmt.Sprintf("test %q of rule %s cannot be run: %v", test.Name, c.policy.Rule, err), "Give the test's contract all keys that the rule asks for, or mend the rule.")
		case ok != test.Pass:
			c.problem(at, fmt.Sprintf("test %q of rule %s fails: pass is %t, expected is %t", test.Name, c.policy.Rule, ok, test.Pass), "Mend the rule or the test.")
		}
	}
}

// facts is a contract as rules see it: absent marks have their defaults.
func facts(p contracts.Product) map[string]any {
	all := []any{}
	for _, f := range p.AllFields() {
		all = append(all, map[string]any{
			"name": f.Name, "type": f.Type, "required": f.Required, "pii": f.PII, "mask": f.Mask, "description": f.Description,
			"deprecated": f.Deprecated, "unique": f.Unique, "format": f.Format,
		})
	}
	topics := []any{}
	for _, t := range p.Topics {
		topics = append(topics, map[string]any{"name": string(t.Name), "event": t.Event, "partitions": t.Partitions, "replication": t.Replication})
	}
	return map[string]any{
		"domain": p.Domain, "product": p.Name, "version": p.Version.String(), "major": p.Addr.Major, "owner": p.Owner, "kind": p.Kind, "description": p.Description,
		"tags": texts(p.Tags), "classification": p.Classification, "lifecycle": p.Lifecycle, "entity": p.Entity, "ingest": p.Ingest, "app": p.App, "key": texts(p.Key),
		"format": p.Schema.Type, "compatibility": p.Schema.Compatibility, "allFields": all, "topics": topics,
		"sla": map[string]any{
			"freshness": p.SLA.Freshness.Std(), "availability": float64(p.SLA.Availability), "retention": p.SLA.Retention.Std(), "quality": float64(p.SLA.Quality), "cadence": p.SLA.Cadence,
		},
		"derived": p.Transform != nil, "captured": p.Source != nil,
	}
}

func texts(list []string) []any {
	all := make([]any, len(list))
	for i, text := range list {
		all[i] = text
	}
	return all
}
