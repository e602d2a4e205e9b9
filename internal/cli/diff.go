package cli

import (
	"github.com/spf13/cobra"
)

func diffCommand(streams Streams) *cobra.Command {
	var flags planFlags
	cmd := &cobra.Command{
		Use:   "diff [DIR]",
		Short: "Show where the world differs from the contracts; exit 1 if it does",
		Args:  words(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			plan, _, err := flags.plan(cmd.Context(), args)
			if err != nil {
				return err
			}
			if err := flags.show(streams, plan); err != nil {
				return err
			}
			if plan.Drifted() {
				return errProblems
			}
			return nil
		},
	}
	flags.register(cmd)
	return cmd
}
