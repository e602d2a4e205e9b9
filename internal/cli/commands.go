package cli

import "github.com/spf13/cobra"

// commands lists every command of the program, in the order in which help shows them.
func commands(streams Streams) []*cobra.Command {
	return []*cobra.Command{
		versionCommand(streams),
	}
}
