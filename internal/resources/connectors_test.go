package resources_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/captures"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/contracts/contractstest"
	"github.com/weftmesh/weft/internal/golden"
	"github.com/weftmesh/weft/internal/resources"
)

var update = flag.Bool("update", false, "rewrite the expected connectors")

// TestConnectorsAreDerivedFromContracts: testdata/connectors has a mesh a file, and the connectors that it calls for
// beside it, with the topics that these need for themselves.
func TestConnectorsAreDerivedFromContracts(t *testing.T) {
	meshes, err := filepath.Glob("testdata/connectors/*.txt")
	if err != nil || len(meshes) == 0 {
		t.Fatalf("no situations: %v", err)
	}
	for _, name := range meshes {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			fsys, err := contractstest.Unpack(string(text)).FS()
			if err != nil {
				t.Fatal(err)
			}
			set, problems, err := contracts.Load(fsys)
			if err != nil || problems.HasErrors() {
				t.Fatalf("the mesh: %v %v", problems, err)
			}
			golden.Compare(t, strings.TrimSuffix(name, ".txt")+".want", connectorsOf(set), *update)
		})
	}
}

// prod is the environment that situations are of; its Connect has transactions.
func prod(set contracts.Set) resources.Environment {
	env := set.Mesh.Environments["prod"]
	e := resources.Environment{Name: "prod", Control: "platform", Brokers: 3}
	if env.Connect != nil {
		e.Connect = &resources.Connect{
			Mesh: set.Mesh.Name, Off: env.Manage.Connectors == contracts.ManageOff,
			Worker: captures.Worker{
				Converter: env.Connect.Converter, Settings: env.Connect.Config, Registry: env.Registry.URL, RegistryUser: env.Registry.User,
				RegistryPass: env.Registry.Password, Bootstrap: strings.Join(env.Kafka.Bootstrap, ","), ExactlyOnce: true, Dir: "/etc/weft",
			},
		}
	}
	return e
}

func connectorsOf(set contracts.Set) string {
	graph := resources.Desired(set, prod(set))
	var b strings.Builder
	for _, r := range graph.Resources {
		if r.Connector == nil {
			continue
		}
		fmt.Fprintf(&b, "%s\n  products %v\n  needs %v\n", r.Addr, r.Connector.Products, r.Connector.Needs)
		for _, name := range slices.Sorted(maps.Keys(r.Attributes)) {
			fmt.Fprintf(&b, "  %s = %s  (%s)\n", name, r.Attributes[name].Text, r.Attributes[name].From)
		}
		for _, need := range r.Connector.Needs {
			if _, there := graph.Lookup(need); !there {
				fmt.Fprintf(&b, "  %s is no resource\n", need)
			}
		}
	}
	for _, n := range graph.NotYet {
		if strings.HasPrefix(n.What, "source") {
			fmt.Fprintf(&b, "not captured: %s: %s\n", n.Product, n.What)
		}
	}
	for _, d := range graph.Problems {
		fmt.Fprintf(&b, "%s\n  %s\n", d, d.Fix)
	}
	return b.String()
}

func TestTopicsOfConnectorsAreMadeBeforeThem(t *testing.T) {
	topic := addrs.Resource{Kind: addrs.KindTopic, Name: "z"}
	subject := addrs.Resource{Kind: addrs.KindSubject, Name: "z"}
	connector := addrs.Resource{Kind: addrs.KindConnector, Name: "a"}
	job := addrs.Resource{Kind: addrs.KindJob, Name: "a/a/v1"}
	if !slices.IsSortedFunc([]addrs.Resource{subject, topic, connector, job}, addrs.Resource.Compare) {
		t.Error("the order is not that of making")
	}
}
