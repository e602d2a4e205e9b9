package cli

import (
	"context"
	"io"

	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/databases"
	"github.com/weftmesh/weft/internal/trials"
)

// Services are the parts of the program that run, which the caller of Run wires together.
type Services struct {
	Up             func(context.Context, UpOptions) error
	Serve          func(context.Context, ServeOptions) error
	EngineKafka    func(context.Context, EngineKafkaOptions) error
	EngineRegistry func(context.Context, EngineRegistryOptions) error
	EngineFlink    func(context.Context, EngineFlinkOptions) error
	EngineConnect  func(context.Context, EngineConnectOptions) error
	Gate           func(context.Context, GateOptions) error
	// Table describes a table of a database; secrets in files are relative to the mesh's folder.
	Table func(ctx context.Context, dir string, of contracts.Connection, name string) (databases.Table, error)
	Tests trials.Engine // what the tests of contracts run on
}

// UpOptions say how a mesh is run in one process.
type UpOptions struct {
	Dir         string // of the mesh
	Data        string // "" for .weft in Dir
	Kafka       string // host:port to listen on
	Registry    string
	Flink       string // the SQL gateway
	FlinkREST   string
	Connect     string // Kafka Connect's REST API
	HTTP        string
	Connections []string // NAME=postgres://USER@HOST:PORT/DATABASE?password_file=PATH, before what mesh.yaml says
	Advertise   string   // host that clients are told; "" for that of Kafka
	Verbose     bool
	Out         io.Writer
}

// ServeOptions say how a server runs against the outside systems of an environment.
type ServeOptions struct {
	Dir         string // with mesh.yaml
	Environment string
	HTTP        string
	Registry    string // host:port of Weft's own registry, where the environment names none
	Connect     string // host:port of the Kafka Connect here, where the environment names databases and no connect
	Takeover    bool   // start that registry although another leads its topic
	Verbose     bool
	Out         io.Writer
}

// EngineKafkaOptions say how the event bus runs by itself.
type EngineKafkaOptions struct {
	Data      string
	Listen    string
	Advertise string
	Out       io.Writer
}

// EngineRegistryOptions say how the schema registry runs by itself.
type EngineRegistryOptions struct {
	Kafka    string // host:port of brokers, with commas between
	Listen   string
	Takeover bool
	Out      io.Writer
}

// EngineFlinkOptions say how the stream processor runs by itself.
type EngineFlinkOptions struct {
	Data    string
	Gateway string   // host:port of the SQL gateway
	REST    string   // host:port of Flink's REST API
	Hosts   []string // names beside loopback that it may be reached by
	Files   []string // the folders that filesystem tables may lie in; none: anywhere on loopback, nowhere otherwise
	Verbose bool
	Out     io.Writer
}

// EngineConnectOptions say how Kafka Connect runs by itself.
type EngineConnectOptions struct {
	Listen    string
	Kafka     string   // host:port of brokers, with commas between
	Registry  string   // URL of the registry of Avro converters that name none; "": they must
	Advertise string   // host:port that statuses name; "" for that of Listen
	Hosts     []string // names beside loopback that it may be reached by
	Files     []string // the folders that config providers may read; none: any on loopback, none otherwise
	Verbose   bool
	Out       io.Writer
}

// Environment variables of a server: the token that it asks for, and the key of hashes of personal data.
const (
	ServerTokenVariable = "WEFT_SERVER_TOKEN"
	MaskKeyVariable     = "WEFT_MASK_KEY"
)
