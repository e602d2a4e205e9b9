package cli

import (
	"io"

	"github.com/spf13/cobra"
)

// GateOptions say how gates run in a process of their own.
type GateOptions struct {
	Dir         string // with mesh.yaml
	Environment string
	Products    []string // domain/product/vN; none: all
	Registry    string   // URL of the registry, where the environment names none
	Instance    string   // names the process among those that share the gates; "" for one that is its own
	Metrics     string   // host:port of /metrics; "": none
	Verbose     bool
	Out         io.Writer
}

func gateCommand(streams Streams, services Services) *cobra.Command {
	options := GateOptions{Out: streams.Out}
	cmd := &cobra.Command{
		Use:   "gate --env ENV [PRODUCT...]",
		Short: "Run gates in a process of their own, beside those of the server",
		Long: `Run the gates of an environment's live products, or of some: they judge raw records by the contracts and write products,
masked copies and quarantines. Processes of gates, and the server, share the partitions of the raw topics; all that they know is in Kafka, so
any of them can be ended and started at any time. Give all the same WEFT_MASK_KEY.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if options.Environment == "" {
				return usagef("gate needs --env and the name of an environment of mesh.yaml")
			}
			options.Products = args
			return services.Gate(cmd.Context(), options)
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&options.Dir, "dir", "C", ".", "folder with mesh.yaml")
	flags.StringVar(&options.Environment, "env", "", "environment of mesh.yaml")
	flags.StringVar(&options.Registry, "registry", "", "URL of the registry, where the environment names none")
	flags.StringVar(&options.Instance, "instance", "", "name that stays the same when this process is started again: it then takes over at once what was left open")
	flags.StringVar(&options.Metrics, "metrics", "", "address of /metrics, as in 127.0.0.1:9100; none without")
	flags.BoolVarP(&options.Verbose, "verbose", "v", false, "log what the gates do")
	return cmd
}
