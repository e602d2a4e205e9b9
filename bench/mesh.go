package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
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

var free = []string{"--kafka", "127.0.0.1:0", "--registry", "127.0.0.1:0", "--flink-gateway", "127.0.0.1:0", "--flink-rest", "127.0.0.1:0", "--connect", "127.0.0.1:0", "--http", "127.0.0.1:0"}

// start times `weft up` of the retail mesh on a fresh data directory, until everything is applied.
func start(h *host) (string, error) {
	var fastest, slowest time.Duration
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
		took := time.Since(before)
		if i == 0 || took < fastest {
			fastest = took
		}
		slowest = max(slowest, took)
		end(cmd)
	}
	return fmt.Sprintf("## Starting the retail mesh\n\n`go run ./bench -only start`\n\nFrom the start of the process on a fresh data directory until 28 products are applied and the API answers, in five runs: **%s to %s**.\n", ms(fastest), ms(slowest)), nil
}

// loadRate is how many records a second flow while the mesh is watched.
const loadRate = 5000

// load watches `weft up` while the retail applications write.
func load(h *host) (string, error) {
	dir, err := h.retail()
	if err != nil {
		return "", err
	}
	up, said, err := h.server(`retail is up after .*API \S+`, h.weft, append([]string{"up", dir}, free...)...)
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
	cpu, before := cpuOf(up.Process.Pid), time.Now()
	first, err := written(after(said, "kafka"))
	if err != nil {
		return "", err
	}
	<-time.After(watched)
	last, err := written(after(said, "kafka"))
	if err != nil {
		return "", err
	}
	took := time.Since(before).Seconds()
	used := (cpuOf(up.Process.Pid) - cpu).Seconds() / took
	return fmt.Sprintf(loadText, loadRate, float64(last-first)/took, mb(peakResident(up.Process.Pid)), used), nil
}

const loadText = "## The retail mesh under load\n\n`go run ./bench -only load`: %d records/s asked of 11 applications, 17 groups reading, every product measured each second, for 20 s.\n\n" +
	"| | |\n|---|---|\n| offsets written | %.0f a second |\n| peak resident memory of `weft up` | %s |\n| CPU of `weft up` | %.2f cores |\n"

// written is the sum of the end offsets of all topics.
func written(bootstrap string) (total int64, err error) {
	client, err := kgo.NewClient(kgo.SeedBrokers(bootstrap))
	if err != nil {
		return 0, err
	}
	defer client.Close()
	ends, err := kadm.NewClient(client).ListEndOffsets(context.Background())
	if err != nil {
		return 0, err
	}
	ends.Each(func(o kadm.ListedOffset) { total += o.Offset })
	return total, nil
}
