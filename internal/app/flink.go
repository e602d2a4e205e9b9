package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"

	"github.com/weftmesh/weft/internal/cli"
	"github.com/weftmesh/weft/internal/engine/flink"
	"github.com/weftmesh/weft/internal/engine/flink/gateway"
	"github.com/weftmesh/weft/internal/engine/flink/rest"
	flinkweb "github.com/weftmesh/weft/internal/engine/flink/web"
	"github.com/weftmesh/weft/internal/engine/web"
)

// EngineFlink runs the stream processor by itself until the context ends.
func EngineFlink(ctx context.Context, options cli.EngineFlinkOptions) error {
	stream, err := openFlink(options, flinkFlags{"--gateway", "--rest"}, logger(options.Out, options.Verbose))
	if err != nil {
		return err
	}
	defer stream.close()
	fmt.Fprintf(options.Out, "flink gateway %s, rest %s, data %s\n", stream.gateway.URL(), stream.rest.URL(), options.Data)
	select {
	case <-ctx.Done():
		return nil
	case err := <-stream.gateway.Failed():
		return err
	case err := <-stream.rest.Failed():
		return err
	}
}

// flinkFlags are the flags that name the addresses.
type flinkFlags struct{ gateway, rest string }

// flinkEngine is the stream processor with its two servers.
type flinkEngine struct {
	engine        *flink.Engine
	sessions      *gateway.Gateway
	jobs          *rest.API
	gateway, rest *web.Server
}

func openFlink(options cli.EngineFlinkOptions, flags flinkFlags, log *slog.Logger) (_ *flinkEngine, err error) {
	e := &flinkEngine{}
	defer func() {
		if err != nil {
			e.close()
		}
	}()
	settings, err := flinkSettings(options.Data)
	if err != nil {
		return nil, err
	}
	e.engine, err = flink.New(flink.Config{Dir: options.Data, Settings: settings, Logger: log, Files: options.Files, Confined: len(options.Hosts) > 0})
	if err != nil {
		return nil, flinkError(err)
	}
	e.jobs = rest.New(e.engine)
	e.sessions = gateway.New(gateway.Config{Engine: e.engine, Logger: log})
	e.gateway, err = web.Open(web.Config{Name: "the SQL gateway", Listen: options.Gateway, Hosts: options.Hosts, Refuse: flinkweb.Refuse, Handler: e.sessions.Handler(), Logger: log})
	if err != nil {
		return nil, webError(flags.gateway, options.Gateway, err)
	}
	e.rest, err = web.Open(web.Config{Name: "Flink's REST API", Listen: options.REST, Hosts: options.Hosts, Refuse: flinkweb.Refuse, Handler: e.jobs.Handler(), Logger: log})
	if err != nil {
		return nil, webError(flags.rest, options.REST, err)
	}
	return e, nil
}

// flinkSettings are what every session starts with: jobs take a checkpoint each second, to go on from after a crash.
func flinkSettings(data string) (map[string]string, error) {
	dir, err := filepath.Abs(data)
	if err != nil {
		return nil, err
	}
	return map[string]string{
		"execution.checkpointing.interval":      "1 s",
		"execution.checkpointing.savepoint-dir": "file://" + filepath.Join(dir, "savepoints"),
	}, nil
}

func flinkError(err error) error {
	if errors.Is(err, flink.ErrDir) {
		return fmt.Errorf("%w; give a directory that can be written with --data", err)
	}
	return err
}

func webError(flag, address string, err error) error {
	if errors.Is(err, web.ErrAddress) {
		return flagError(flag, address, err)
	}
	return err
}

func (e *flinkEngine) close() {
	for _, s := range []*web.Server{e.gateway, e.rest} {
		if s != nil {
			_ = s.Close() // it stops in any case
		}
	}
	if e.sessions != nil {
		e.sessions.Close()
	}
	if e.engine != nil {
		e.engine.Close()
	}
	if e.jobs != nil {
		e.jobs.Close()
	}
}
