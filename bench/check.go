package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/contracts/contractstest"
)

// contractsChecked is how many contracts are checked at once.
const contractsChecked = 1000

// lintedByPeer is how many files the peer is given, as it takes one process a file; its time is scaled up.
const lintedByPeer = 5

// check times `weft check` of a generated mesh, and datacontract-cli's lint of contracts of the same size.
func check(h *host) (string, error) {
	dir := filepath.Join(h.dir, "generated")
	if err := writeFiles(dir, contractstest.Mesh(contractsChecked)); err != nil {
		return "", err
	}
	ours, err := best(3, func() (cost, error) { return timed(dir, h.weft, "check") })
	if err != nil {
		return "", err
	}
	version, err := best(5, func() (cost, error) { return timed(dir, h.weft, "version") })
	if err != nil {
		return "", err
	}
	text := fmt.Sprintf("## Checking %d contracts\n\n`go run ./bench -only check`\n\n| | wall | CPU | peak memory |\n|---|---|---|---|\n| `weft check`, all problems with their places | %s | %s | %s |\n",
		contractsChecked, ms(ours.wall), ms(ours.cpu), mb(ours.peak))
	theirs, err := h.peerLint()
	if err != nil {
		text += fmt.Sprintf("| `datacontract lint` (PyPI datacontract-cli) | not measured: %s | | |\n", strings.SplitN(err.Error(), "\n", 2)[0])
	} else {
		scale := contractsChecked / lintedByPeer
		text += fmt.Sprintf("| `datacontract lint` (PyPI datacontract-cli), %d files, scaled to %d | %s | %s | %s |\n", lintedByPeer, contractsChecked,
			ms(theirs.wall*time.Duration(scale)), ms(theirs.cpu*time.Duration(scale)), mb(theirs.peak))
	}
	return text + fmt.Sprintf("\n`weft version`: %s.\n", ms(version.wall)), nil
}

func writeFiles(dir string, files contracts.Bundle) error {
	for name, text := range files {
		full := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// best runs a measurement several times and gives the fastest.
func best(times int, measure func() (cost, error)) (cost, error) {
	var fastest cost
	for i := range times {
		c, err := measure()
		if err != nil {
			return c, err
		}
		if i == 0 || c.wall < fastest.wall {
			fastest = c
		}
	}
	return fastest, nil
}

// odcs is a contract in the peer's own format, of about the size of ours.
const odcs = `apiVersion: v3.0.2
kind: DataContract
id: order-%d
name: orders
version: 1.0.0
status: active
schema:
  - name: orders
    physicalType: topic
    properties:
      - {name: order_id, logicalType: string, required: true, primaryKey: true, primaryKeyPosition: 1}
      - {name: status, logicalType: string}
      - {name: total, logicalType: number}
      - {name: placed_at, logicalType: date}
`

func (h *host) peerLint() (cost, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		return cost{}, err
	}
	venv := filepath.Join(base, "weft-engines", "datacontract-cli")
	cli := filepath.Join(venv, "bin", "datacontract")
	if _, err := os.Stat(cli); err != nil {
		if text, err := exec.Command("python3", "-m", "venv", venv).CombinedOutput(); err != nil {
			return cost{}, fmt.Errorf("make a venv: %w\n%s", err, text)
		}
		if text, err := exec.Command(filepath.Join(venv, "bin", "pip"), "install", "-q", "datacontract-cli").CombinedOutput(); err != nil {
			return cost{}, fmt.Errorf("install datacontract-cli: %w\n%s", err, text)
		}
	}
	var total cost
	for i := range lintedByPeer {
		name := filepath.Join(h.dir, fmt.Sprintf("odcs-%d.yaml", i))
		if err := os.WriteFile(name, fmt.Appendf(nil, odcs, i), 0o644); err != nil {
			return total, err
		}
		c, err := timed(h.dir, cli, "lint", name)
		if err != nil {
			return total, err
		}
		total.wall, total.cpu, total.peak = total.wall+c.wall, total.cpu+c.cpu, max(total.peak, c.peak)
	}
	return total, nil
}
