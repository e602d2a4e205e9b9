package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	jobs "github.com/weftmesh/weft/internal/adapter/flink"
	adapter "github.com/weftmesh/weft/internal/adapter/registry"
	"github.com/weftmesh/weft/internal/cli"
	"github.com/weftmesh/weft/internal/cli/views"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/diags"
	"github.com/weftmesh/weft/internal/engine/kafka"
	"github.com/weftmesh/weft/internal/engine/registry"
	"github.com/weftmesh/weft/internal/reconcile"
	"github.com/weftmesh/weft/internal/resources"
	"github.com/weftmesh/weft/internal/runfile"
)

// savepointDir is Flink's setting of where jobs leave what their successors begin with.
const savepointDir = "execution.checkpointing.savepoint-dir"

// Up runs a whole mesh in this process until the context ends: the event bus, the registry, the stream
// processor, Kafka Connect, the server; it applies the folder's contracts now and whenever a file changes.
func Up(ctx context.Context, options cli.UpOptions) error { //nolint:funlen // it reads from top to bottom
	start := time.Now()
	if err := loopbackOnly(options); err != nil {
		return err
	}
	mesh, _, err := readMesh(options.Dir) // its problems are told by the first apply
	if err != nil {
		return err
	}
	moved, err := movedConnections(options.Connections)
	if err != nil {
		return err
	}
	data := options.Data
	if data == "" {
		data = filepath.Join(options.Dir, runfile.Dir)
	}
	log := logger(options.Out, options.Verbose)

	bus, err := kafka.Open(ctx, kafka.Config{Dir: filepath.Join(data, "kafka"), Listen: options.Kafka, Advertise: options.Advertise, Logger: log})
	if err != nil {
		return engineError("--kafka", options.Kafka, err)
	}
	defer bus.Close()
	clients := []kgo.Opt{kgo.SeedBrokers(bus.Addr()), kgo.ClientID("weft"), kgo.MetadataMinAge(50 * time.Millisecond)}

	schemas, err := registry.Open(ctx, registry.Config{Listen: options.Registry, Kafka: clients, Replication: 1, Logger: log})
	if err != nil {
		return engineError("--registry", options.Registry, err)
	}
	defer schemas.Close()

	stream, err := openFlink(cli.EngineFlinkOptions{
		Data: filepath.Join(data, "flink"), Gateway: options.Flink, REST: options.FlinkREST, Hosts: advertised(options), Out: options.Out,
	}, flinkFlags{"--flink-gateway", "--flink-rest"}, log)
	if err != nil {
		return err
	}
	defer stream.close()

	savepoints, err := filepath.Abs(filepath.Join(data, "flink", "savepoints"))
	if err != nil {
		return err
	}
	maskKey, err := keyFile(filepath.Join(data, "mask.key"))
	if err != nil {
		return err
	}
	tables, err := openCapture(ctx, mesh, options, bus.Addr(), schemas.URL(), moved, log)
	if err != nil {
		return err
	}
	defer tables.close()
	server, err := newServer(ctx, outside{
		connect: tables.capture, environment: localEnvironment, mesh: mesh.Name, control: mesh.Control, bootstrap: []string{bus.Addr()}, kafka: clients,
		registry: adapter.Config{URL: schemas.URL()}, by: "weft up", maskKey: maskKey, instance: "up",
		flink: &jobs.Config{Gateway: stream.gateway.URL(), REST: stream.rest.URL()},
		jobs:  &resources.Jobs{Bootstrap: bus.Addr(), Registry: schemas.URL(), Config: map[string]string{savepointDir: "file://" + savepoints}},
	}, options.HTTP, log)
	if err != nil {
		return err
	}
	defer server.close()

	up := runfile.Up{PID: os.Getpid(), Kafka: bus.Addr(), Registry: schemas.URL(), FlinkGateway: stream.gateway.URL(), FlinkREST: stream.rest.URL(), Connect: tables.url, Connections: moved, HTTP: server.url()}
	local := &folder{dir: options.Dir, control: server.control, out: options.Out}
	local.apply(ctx)
	if err := runfile.Write(data, up); err != nil {
		return err
	}
	defer runfile.Remove(data) //nolint:errcheck // what is left counts as none: its process is gone
	fmt.Fprintf(options.Out, "%s is up after %s: kafka %s, registry %s, flink %s, connect %s, API %s\n", mesh.Name, time.Since(start).Round(time.Millisecond), up.Kafka, up.Registry, up.FlinkGateway, up.Connect, up.HTTP)

	return local.follow(ctx, failures{bus.Failed(), schemas.Failed(), stream.gateway.Failed(), stream.rest.Failed(), tables.failed, server.failed})
}

// failures tell of parts of a mesh that cannot go on.
type failures struct{ bus, registry, gateway, rest, connect, server <-chan error }

// follow applies the folder whenever it changes, until the context ends or a part of the mesh fails.
func (f *folder) follow(ctx context.Context, failed failures) (err error) {
	watching, stop := context.WithCancel(ctx)
	defer stop()
	watched := make(chan error, 1)
	go func() { watched <- watch(watching, f.dir, func() { f.apply(watching) }) }()
	select {
	case <-ctx.Done():
	case err = <-watched:
	case err = <-failed.bus:
	case err = <-failed.registry:
	case err = <-failed.gateway:
	case err = <-failed.rest:
	case err = <-failed.connect:
	case err = <-failed.server:
	}
	return err
}

func loopbackOnly(options cli.UpOptions) error {
	for flag, address := range map[string]string{"--kafka": options.Kafka, "--registry": options.Registry, "--flink-gateway": options.Flink, "--flink-rest": options.FlinkREST, "--connect": options.Connect, "--http": options.HTTP} {
		if !loopback(address) && options.Advertise == "" {
			return fmt.Errorf("%s %s reaches beyond this machine; `weft up` is for one machine and asks nobody who they are. Use 127.0.0.1, say --advertise HOST if containers shall reach it, or run `weft serve` with a token", flag, address)
		}
	}
	return nil
}

// advertised are the hosts that containers reach this process by.
func advertised(options cli.UpOptions) []string {
	if options.Advertise == "" {
		return nil
	}
	return []string{options.Advertise}
}

// readMesh reads mesh.yaml, with its errors; a folder without one is a mesh by the folder's name.
func readMesh(dir string) (contracts.Mesh, diags.List, error) {
	info, err := os.Stat(dir)
	if err != nil || !info.IsDir() {
		return contracts.Mesh{}, nil, fmt.Errorf("%s is not a folder; name the folder of a mesh, or make one with `weft init mesh`", dir)
	}
	set, problems, err := contracts.Load(os.DirFS(dir))
	if err != nil {
		return contracts.Mesh{}, nil, err
	}
	if set.Mesh.Name == "" {
		absolute, err := filepath.Abs(dir)
		if err != nil {
			return contracts.Mesh{}, nil, err
		}
		set.Mesh.Name = filepath.Base(absolute)
	}
	return set.Mesh, slices.DeleteFunc(problems, func(d diags.Diagnostic) bool { return d.File != "mesh.yaml" || d.Severity != diags.Error }), nil
}

// engineError names the flag or the remedy for an engine that does not start.
func engineError(flag, address string, err error) error {
	if errors.Is(err, kafka.ErrAddress) || errors.Is(err, registry.ErrAddress) {
		return flagError(flag, address, err)
	}
	if errors.Is(err, kafka.ErrDir) {
		return fmt.Errorf("%w; give a directory that can be written with --data", err)
	}
	return err
}

// folder is a mesh's folder that is applied as it changes.
type folder struct {
	dir     string
	control *control
	out     io.Writer
	pending string
	bad     bool // the last edit was
}

// apply brings the mesh to what the folder says. A bad edit is reported and changes nothing: the last good state stays.
func (f *folder) apply(ctx context.Context) {
	bundle, err := contracts.Collect(os.DirFS(f.dir))
	if err != nil {
		f.say("The folder cannot be read, the last good state stays: %v", err)
		return
	}
	plan, outcome, err := f.control.Apply(ctx, bundle, "", reconcile.Options{}, nil)
	switch {
	case ctx.Err() != nil:
	case err != nil && !plan.Problems.HasErrors():
		f.say("The apply stopped and goes on with the next change: %v", err)
	case plan.Problems.HasErrors():
		f.refuse(plan.Problems)
	case !plan.Empty() || f.newlyPending(plan.Pending):
		views.Applied(f.out, plan, outcome)
	case f.bad:
		f.say("The contracts are sound again; nothing is to change.")
	}
	f.bad = plan.Problems.HasErrors()
}

// refuse says what is wrong with an edit. Warnings are left to `weft check`.
func (f *folder) refuse(problems diags.List) {
	for _, d := range problems {
		if d.Severity == diags.Error {
			d.File = filepath.Join(f.dir, d.File)
			f.say("%s\n    %s", d, d.Fix)
		}
	}
	f.say("Nothing was changed, the last good state stays, until this is mended.")
}

// newlyPending reports whether other deletions wait than were shown last.
func (f *folder) newlyPending(pending any) bool {
	before := f.pending
	f.pending = fmt.Sprint(pending)
	return f.pending != before && f.pending != "[]"
}

func (f *folder) say(format string, args ...any) {
	fmt.Fprintf(f.out, format+"\n", args...)
}
