package main

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weftmesh/weft/internal/contracts/contractstest"
)

// Sizes of the plan that is measured.
const (
	existingTopics = 10_000
	newProducts    = 1_000
)

// planSteps are measured one after the other on one mesh.
var planSteps = []struct{ says, command string }{{"`weft plan`, all to make", "plan"}, {"`weft apply`", "apply"}, {"`weft plan` again, empty", "plan"}}

// plan times a plan and an apply of many products on a cluster with many topics of others. Then it does the same behind a
// proxy, and counts what is asked of the cluster and of its registry.
func plan(h *host) (string, error) {
	mesh := filepath.Join(h.dir, "planned")
	if err := writeFiles(mesh, contractstest.Mesh(newProducts)); err != nil {
		return "", err
	}
	walls, err := h.timedSteps(mesh)
	if err != nil {
		return "", err
	}
	asked, err := h.countedSteps(mesh)
	if err != nil {
		return "", err
	}
	text := fmt.Sprintf(planIntroduction, newProducts, existingTopics)
	for i, step := range planSteps {
		text += fmt.Sprintf("| %s | %s | %s |\n", step.says, walls[i], asked[i])
	}
	return text, nil
}

const planIntroduction = "## Plan and apply\n\n`go run ./bench -only plan`: %d new products on the embedded bus, beside %d topics of others. Wall time of the command against `weft up`;\n" +
	"then the requests that a `weft serve` made meanwhile to a bus and a registry behind a proxy, those of its observer among them.\n\n| | wall | requests |\n|---|---|---|\n"

func (h *host) timedSteps(mesh string) (walls []string, err error) {
	empty := filepath.Join(h.dir, "empty")
	if err := writeFiles(empty, map[string]string{"mesh.yaml": "name: generated\n"}); err != nil {
		return nil, err
	}
	up, said, err := h.server(`generated is up after .*API \S+`, h.weft, append([]string{"up", empty}, free...)...)
	if err != nil {
		return nil, err
	}
	defer end(up)
	if err := others(after(said, "kafka")); err != nil {
		return nil, err
	}
	for _, step := range planSteps {
		took, err := timed(h.dir, h.weft, step.command, mesh, "--server", after(said, "API"))
		if err != nil {
			return nil, err
		}
		wall := ms(took.wall)
		if made := regexp.MustCompile(`Made \d+ changes`).FindString(took.out); made != "" {
			wall += " (" + made + ")"
		}
		walls = append(walls, wall)
	}
	return walls, nil
}

func (h *host) countedSteps(mesh string) (asked []string, err error) {
	requests := &counter{counts: map[string]int{}}
	api, err := h.counted(requests)
	if err != nil {
		return nil, err
	}
	for _, step := range planSteps {
		requests.begin()
		if _, err := timed(h.dir, h.weft, step.command, mesh, "--server", api); err != nil {
			return nil, err
		}
		asked = append(asked, requests.said())
	}
	return asked, nil
}

// counted serves an empty mesh on a bus with many topics of others, and gives the address of its API.
func (h *host) counted(requests *counter) (api string, err error) {
	const advertised = "127.0.0.2"
	_, said, err := h.server(`kafka \S+`, h.weft, "engine", "kafka", "--listen", "127.0.0.1:0", "--advertise", advertised, "--data", filepath.Join(h.dir, "counted"))
	if err != nil {
		return "", err
	}
	_, port, err := net.SplitHostPort(after(said, "kafka"))
	if err != nil {
		return "", err
	}
	bootstrap := net.JoinHostPort(advertised, port)
	if err := requests.kafka(h, bootstrap, net.JoinHostPort("127.0.0.1", port)); err != nil {
		return "", err
	}
	if err := others(bootstrap); err != nil {
		return "", err
	}
	_, said, err = h.server(`registry \S+`, h.weft, "engine", "registry", "--listen", "127.0.0.1:0", "--kafka", bootstrap)
	if err != nil {
		return "", err
	}
	registry, err := requests.registry(h, after(said, "registry"))
	if err != nil {
		return "", err
	}
	empty := filepath.Join(h.dir, "served")
	mesh := fmt.Sprintf("name: generated\nenvironments:\n  local:\n    kafka: {bootstrap: [%q]}\n    registry: {url: %q}\n", bootstrap, registry)
	if err := writeFiles(empty, map[string]string{"mesh.yaml": mesh}); err != nil {
		return "", err
	}
	_, said, err = h.server(`serves environment .*API \S+`, h.weft, "serve", "--env", "local", "--http", "127.0.0.1:0", empty)
	return strings.TrimSuffix(after(said, "API"), ";"), err
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
