package cli

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func engineCommand(streams Streams, services Services) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "engine",
		Short: "Run one of the embedded engines by itself",
		Args:  words(cobra.NoArgs),
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(engineKafkaCommand(streams, services), engineRegistryCommand(streams, services), engineFlinkCommand(streams, services), engineConnectCommand(streams, services))
	return cmd
}

func engineKafkaCommand(streams Streams, services Services) *cobra.Command {
	options := EngineKafkaOptions{Out: streams.Out}
	cmd := &cobra.Command{
		Use:   "kafka",
		Short: "Run the event bus: the Kafka protocol on a data directory",
		Args:  words(cobra.NoArgs),
		RunE:  func(cmd *cobra.Command, _ []string) error { return services.EngineKafka(cmd.Context(), options) },
	}
	cmd.Flags().StringVar(&options.Listen, "listen", "127.0.0.1:9092", "address; port 0 picks a free one")
	cmd.Flags().StringVar(&options.Data, "data", ".weft/kafka", "data directory")
	cmd.Flags().StringVar(&options.Advertise, "advertise", "", "host that clients are told to connect to")
	return cmd
}

func engineRegistryCommand(streams Streams, services Services) *cobra.Command {
	options := EngineRegistryOptions{Out: streams.Out}
	cmd := &cobra.Command{
		Use:   "registry",
		Short: "Run the schema registry: Confluent's API on the topic _schemas of a Kafka",
		Args:  words(cobra.NoArgs),
		RunE:  func(cmd *cobra.Command, _ []string) error { return services.EngineRegistry(cmd.Context(), options) },
	}
	cmd.Flags().StringVar(&options.Listen, "listen", "127.0.0.1:8081", "address; port 0 picks a free one")
	cmd.Flags().StringVar(&options.Kafka, "kafka", "127.0.0.1:9092", "brokers, with commas between")
	cmd.Flags().BoolVar(&options.Takeover, "takeover", false, "start although another registry leads the topic")
	return cmd
}

func engineFlinkCommand(streams Streams, services Services) *cobra.Command {
	options := EngineFlinkOptions{Out: streams.Out}
	cmd := &cobra.Command{
		Use:   "flink",
		Short: "Run the stream processor: Flink's SQL gateway and REST API on a data directory",
		Args:  words(cobra.NoArgs),
		RunE:  func(cmd *cobra.Command, _ []string) error { return services.EngineFlink(cmd.Context(), options) },
	}
	flags := cmd.Flags()
	flags.SetNormalizeFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		if name == "listen" { // as the other engines call theirs
			name = "gateway"
		}
		return pflag.NormalizedName(name)
	})
	flags.StringVar(&options.Gateway, "gateway", "127.0.0.1:8084", "address of the SQL gateway; port 0 picks a free one")
	flags.StringVar(&options.REST, "rest", "127.0.0.1:8085", "address of the REST API of jobs")
	flags.StringVar(&options.Data, "data", ".weft/flink", "data directory")
	flags.StringSliceVar(&options.Hosts, "host", nil, "name by which it may be reached from other machines; whoever can is asked for nothing")
	flags.StringSliceVar(&options.Files, "files", nil, "folder that filesystem tables may lie in (default: any, unless --host is given)")
	flags.BoolVarP(&options.Verbose, "verbose", "v", false, "log what the jobs do")
	return cmd
}

func engineConnectCommand(streams Streams, services Services) *cobra.Command {
	options := EngineConnectOptions{Out: streams.Out}
	cmd := &cobra.Command{
		Use:   "connect",
		Short: "Run Kafka Connect with Debezium's PostgreSQL connector: Connect's REST API on the topics of a Kafka",
		Args:  words(cobra.NoArgs),
		RunE:  func(cmd *cobra.Command, _ []string) error { return services.EngineConnect(cmd.Context(), options) },
	}
	flags := cmd.Flags()
	flags.StringVar(&options.Listen, "listen", "127.0.0.1:8083", "address; port 0 picks a free one")
	flags.StringVar(&options.Kafka, "kafka", "127.0.0.1:9092", "brokers, with commas between")
	flags.StringVar(&options.Registry, "registry", "http://127.0.0.1:8081", "registry of Avro converters that name none")
	flags.StringVar(&options.Advertise, "advertise", "", "host:port that statuses name the worker by")
	flags.StringSliceVar(&options.Hosts, "host", nil, "name by which it may be reached from other machines; whoever can is asked for nothing")
	flags.StringSliceVar(&options.Files, "files", nil, "folder that config providers (${file:...}) may read (default: any, unless --host is given)")
	flags.BoolVarP(&options.Verbose, "verbose", "v", false, "log what the connectors do")
	return cmd
}
