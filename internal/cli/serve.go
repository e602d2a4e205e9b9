package cli

import (
	"github.com/spf13/cobra"
)

func serveCommand(streams Streams, services Services) *cobra.Command {
	options := ServeOptions{Out: streams.Out}
	cmd := &cobra.Command{
		Use:   "serve --env ENV [DIR]",
		Short: "Run a server for an environment of mesh.yaml: plans, applies, status",
		Long: `Run a server against the Kafka, the schema registry and the Flink of one environment of DIR/mesh.yaml. Where the
environment names no registry, Weft's own runs here, on the environment's Kafka; where it names no flink, no jobs run; where it names
connections and no connect, tables are captured here. Beyond loopback a server needs a token
in WEFT_SERVER_TOKEN; commands send theirs from WEFT_TOKEN.`,
		Args: words(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			options.Dir = "."
			if len(args) == 1 {
				options.Dir = args[0]
			}
			if options.Environment == "" {
				return usagef("serve needs --env and the name of an environment of mesh.yaml")
			}
			return services.Serve(cmd.Context(), options)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&options.Environment, "env", "", "environment of mesh.yaml")
	flags.StringVar(&options.HTTP, "http", "127.0.0.1:8080", "address of the API; port 0 picks a free one")
	flags.StringVar(&options.Registry, "registry", "127.0.0.1:8081", "address of Weft's own registry, where the environment names none")
	flags.StringVar(&options.Connect, "connect", "127.0.0.1:8083", "address of Kafka Connect here, where the environment names connections and no connect")
	flags.BoolVar(&options.Takeover, "takeover", false, "start the registry although another one leads its topic")
	flags.BoolVarP(&options.Verbose, "verbose", "v", false, "log what the engines do")
	return cmd
}
