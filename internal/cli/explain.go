package cli

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/diags"
	"github.com/weftmesh/weft/internal/plans"
	"github.com/weftmesh/weft/internal/policy"
	"github.com/weftmesh/weft/internal/reconcile"
)

// explanation is what is known of a rule, wherever it is checked.
type explanation struct {
	id, severity, purpose, bad, good string
	waivable                         bool
}

func explainCommand(streams Streams) *cobra.Command {
	return &cobra.Command{
		Use:   "explain [RULE]",
		Short: "Say what a rule is for, with an example; without a name, list the rules",
		Args:  words(cobra.MaximumNArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			all := explanations()
			if len(args) == 0 {
				listRules(streams, all)
				return nil
			}
			for _, e := range all {
				if e.id == args[0] {
					e.show(streams)
					return nil
				}
			}
			names := make([]string, len(all))
			for i, e := range all {
				names[i] = e.id
			}
			if closest, ok := diags.Closest(args[0], names); ok {
				return usagef("no rule %s; did you mean %s?", args[0], closest)
			}
			return usagef("no rule %s; `weft explain` lists them", args[0])
		},
	}
}

func explanations() []explanation {
	var all []explanation
	for _, r := range contracts.Rules {
		all = append(all, explanation{id: r.ID, severity: "error", purpose: r.Purpose})
	}
	for _, r := range policy.Rules() {
		all = append(all, explanation{r.ID, string(r.Severity), r.Purpose, r.Bad, r.Good, r.Severity == diags.Error})
	}
	for _, r := range [][2]string{
		{"transform-inputs", "The tables that a transform's SQL names are topics or products of the mesh."},
		{"policy-form", "Rules that people write are CEL that compiles, with tests that pass."},
		{plans.RuleUnowned, "What Weft did not make it does not touch, unless it is told to adopt it."},
		{plans.RuleBound, "A topic that a product is bound to exists."},
		{plans.RulePartitions, "Records of one key stay in one partition, so a keyed topic keeps its number of partitions."},
		{reconcile.RuleIncompatible, "A new schema can be read as the subject's compatibility level says."},
	} {
		all = append(all, explanation{id: r[0], severity: "error", purpose: r[1]})
	}
	slices.SortFunc(all, func(a, b explanation) int { return strings.Compare(a.id, b.id) })
	return all
}

func listRules(streams Streams, all []explanation) {
	table := tabwriter.NewWriter(streams.Out, 0, 0, 2, ' ', 0)
	for _, e := range all {
		fmt.Fprintf(table, "%s\t%s\t%s\n", e.id, e.severity, e.purpose)
	}
	_ = table.Flush()
}

func (e explanation) show(streams Streams) {
	fmt.Fprintf(streams.Out, "%s (%s)\n\n%s\n", e.id, e.severity, e.purpose)
	if e.bad != "" {
		fmt.Fprintf(streams.Out, "\nBreaks it:\n  %s\n\nKeeps it:\n  %s\n", strings.ReplaceAll(e.bad, "\n", "\n  "), strings.ReplaceAll(e.good, "\n", "\n  "))
	}
	if e.waivable {
		fmt.Fprintf(streams.Out, "\nTo break it for a while, with a reason, in domain.yaml:\n  waivers:\n    - {rule: %s, product: PRODUCT/vMAJOR, reason: WHY, until: YYYY-MM-DD, by: WHO}\n", e.id)
	}
}
