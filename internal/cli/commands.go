package cli

import "github.com/spf13/cobra"

// commands lists every command of the program, in the order in which help shows them.
func commands(streams Streams, services Services) []*cobra.Command {
	return []*cobra.Command{
		upCommand(streams, services),
		checkCommand(streams),
		testCommand(streams, services),
		explainCommand(streams),
		fmtCommand(streams),
		initCommand(streams),
		importCommand(streams, services),
		planCommand(streams),
		applyCommand(streams),
		diffCommand(streams),
		statusCommand(streams),
		publishCommand(streams),
		tailCommand(streams),
		queryCommand(streams),
		quarantineCommand(streams),
		searchCommand(streams),
		serveCommand(streams, services),
		gateCommand(streams, services),
		engineCommand(streams, services),
		versionCommand(streams),
	}
}
