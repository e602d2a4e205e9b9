package cli

import (
	"github.com/spf13/cobra"
)

// connectionUsage tells of a flag that says where the database of a connection is.
const connectionUsage = "NAME=postgres://USER@HOST:PORT/DATABASE?password_file=PATH (or password_env=NAME): where a connection is reached, whatever mesh.yaml says"

func upCommand(streams Streams, services Services) *cobra.Command {
	options := UpOptions{Out: streams.Out}
	cmd := &cobra.Command{
		Use:   "up [DIR]",
		Short: "Run a whole mesh in one process on this machine",
		Long: `Run an event bus, a schema registry, a stream processor, Kafka Connect and a server in one process, and apply the mesh in
DIR now and whenever a file changes. Everything listens on loopback and is kept in the data directory.`,
		Args: words(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			options.Dir = "."
			if len(args) == 1 {
				options.Dir = args[0]
			}
			if _, inMesh := rootAbove(options.Dir, true); !inMesh {
				if _, err := contractsBelow(options.Dir); isUsage(err) {
					return err
				}
			}
			return services.Up(cmd.Context(), options)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&options.Kafka, "kafka", "127.0.0.1:9092", "address of the event bus; port 0 picks a free one")
	flags.StringVar(&options.Registry, "registry", "127.0.0.1:8081", "address of the schema registry")
	flags.StringVar(&options.Flink, "flink-gateway", "127.0.0.1:8084", "address of the stream processor's SQL gateway")
	flags.StringVar(&options.FlinkREST, "flink-rest", "127.0.0.1:8085", "address of the stream processor's REST API")
	flags.StringVar(&options.Connect, "connect", "127.0.0.1:8083", "address of Kafka Connect's REST API")
	flags.StringVar(&options.HTTP, "http", "127.0.0.1:8080", "address of the API")
	flags.StringArrayVar(&options.Connections, "connection", nil, connectionUsage)
	flags.StringVar(&options.Data, "data", "", "data directory (default: .weft in DIR)")
	flags.StringVar(&options.Advertise, "advertise", "", "host that Kafka clients are told to connect to, for clients in containers")
	flags.BoolVarP(&options.Verbose, "verbose", "v", false, "log what the engines do")
	return cmd
}
