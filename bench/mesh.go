package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weftmesh/weft/internal/contracts/contractstest"
)

// retail copies the example's contracts into a folder of the run.
func (h *host) retail() (string, error) {
	dir, err := os.MkdirTemp(h.dir, "retail")
	if err != nil {
		return "", err
	}
	for _, part := range []string{"mesh.yaml", "policies", "domains"} {
		if text, err := exec.Command("cp", "-r", filepath.Join("examples/retail", part), dir).CombinedOutput(); err != nil {
			return "", fmt.Errorf("copy %s: %w\n%s", part, err, text)
		}
	}
	return dir, nil
}

var free = []string{"--kafka", "127.0.0.1:0", "--registry", "127.0.0.1:0", "--flink-gateway", "127.0.0.1:0", "--flink-rest", "127.0.0.1:0", "--http", "127.0.0.1:0"}

// start times `weft up` of the retail mesh on a fresh data directory, until everything is applied.
func start(h *host) (string, error) {
	var fastest time.Duration
	for i := range 5 {
		dir, err := h.retail()
		if err != nil {
			return "", err
		}
		before := time.Now()
		cmd, _, err := h.server(`retail is up after \S+`, h.weft, append([]string{"up", dir}, free...)...)
		if err != nil {
			return "", err
		}
		if took := time.Since(before); i == 0 || took < fastest {
			fastest = took
		}
		end(cmd)
	}
	return fmt.Sprintf("## Starting the retail mesh\n\n`go run ./bench -only start`\n\nFrom the start of the process on a fresh data directory until 28 products are applied and the API answers, best of five: **%s**.\n", ms(fastest)), nil
}

// Sizes of the plan that is measured.
const (
	existingTopics = 10_000
	newProducts    = 1_000
)

// plan times a plan and an apply of many products on a cluster with many topics of others.
func plan(h *host) (string, error) {
	mesh := filepath.Join(h.dir, "planned")
	if err := writeFiles(mesh, contractstest.Mesh(newProducts)); err != nil {
		return "", err
	}
	empty := filepath.Join(h.dir, "empty")
	if err := writeFiles(empty, map[string]string{"mesh.yaml": "name: generated\n"}); err != nil {
		return "", err
	}
	_, said, err := h.server(`generated is up after .*API \S+`, h.weft, append([]string{"up", empty}, free...)...)
	if err != nil {
		return "", err
	}
	if err := others(after(said, "kafka")); err != nil {
		return "", err
	}
	api := after(said, "API")
	first, err := timed(h.dir, h.weft, "plan", mesh, "--server", api)
	if err != nil {
		return "", err
	}
	applied, err := timed(h.dir, h.weft, "apply", mesh, "--server", api)
	if err != nil {
		return "", err
	}
	again, err := timed(h.dir, h.weft, "plan", mesh, "--server", api)
	if err != nil {
		return "", err
	}
	made := regexp.MustCompile(`Made \d+ changes in \S+`).FindString(applied.out)
	return fmt.Sprintf("## Plan and apply\n\n`go run ./bench -only plan`: %d new products on the embedded bus, beside %d topics of others; wall time of the command.\n\n| | |\n|---|---|\n| `weft plan`, all to make | %s |\n| `weft apply` (%s) | %s |\n| `weft plan` again, empty | %s |\n",
		newProducts, existingTopics, ms(first.wall), made, ms(applied.wall), ms(again.wall)), nil
}

// others makes topics that are not Weft's.
func others(bootstrap string) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(bootstrap))
	if err != nil {
		return err
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	for i := 0; i < existingTopics; i += 500 {
		names := make([]string, 500)
		for j := range names {
			names[j] = fmt.Sprintf("legacy.topic-%05d", i+j)
		}
		if _, err := admin.CreateTopics(context.Background(), 1, 1, nil, names...); err != nil {
			return err
		}
	}
	return nil
}

// loadRate is how many records a second flow while the mesh is watched.
const loadRate = 5000

// load watches `weft up` while the retail applications write.
func load(h *host) (string, error) {
	dir, err := h.retail()
	if err != nil {
		return "", err
	}
	up, _, err := h.server(`retail is up after \S+`, h.weft, append([]string{"up", dir}, free...)...)
	if err != nil {
		return "", err
	}
	defer end(up)
	applications, _, err := h.server(`records/s written`, h.simulate, "--rate", fmt.Sprint(loadRate), dir)
	if err != nil {
		return "", err
	}
	defer end(applications)
	const watched = 20 * time.Second
	cpu, before, peak := cpuOf(up.Process.Pid), time.Now(), int64(0)
	for time.Since(before) < watched {
		<-time.After(250 * time.Millisecond)
		peak = max(peak, resident(up.Process.Pid))
	}
	used := (cpuOf(up.Process.Pid) - cpu).Seconds() / time.Since(before).Seconds()
	return fmt.Sprintf("## The retail mesh under load\n\n`go run ./bench -only load`: %d records/s from 11 applications, 17 groups reading, every product measured each second.\n\n| | |\n|---|---|\n| peak resident memory of `weft up` | %s |\n| CPU of `weft up` | %.2f cores |\n",
		loadRate, mb(peak), used), nil
}
