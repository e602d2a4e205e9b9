package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestWhatTheStreamSaysIsSummedUp(t *testing.T) {
	for _, c := range []struct {
		name   string
		events string
		strict bool
		well   bool
		says   []string // each must stand in what is printed
	}{
		{
			name: "a test that passes",
			events: `{"Action":"pass","Package":"github.com/weftmesh/weft/internal/addrs","Test":"TestParse","Elapsed":0.1}
{"Action":"output","Package":"github.com/weftmesh/weft/internal/addrs","Output":"ok\t(cached)\n"}
{"Action":"pass","Package":"github.com/weftmesh/weft/internal/addrs","Elapsed":0.2}`,
			well: true,
			says: []string{"ok   internal/addrs 0.2s (cached)\n", "1 passed, 0 failed, 0 skipped\n"},
		},
		{
			name: "a failure shows its output",
			events: `{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:3: got 1\n"}
{"Action":"fail","Package":"p","Test":"TestA"}
{"Action":"fail","Package":"p","Elapsed":1}`,
			says: []string{"FAIL p TestA\n    a_test.go:3: got 1\n", "0 passed, 1 failed, 0 skipped\n"},
		},
		{
			name: "a skip gives its reason",
			events: `{"Action":"output","Package":"p","Test":"TestJava","Output":"=== RUN   TestJava\n"}
{"Action":"output","Package":"p","Test":"TestJava","Output":"    java_test.go:9: needs JDK 17 and Maven\n"}
{"Action":"skip","Package":"p","Test":"TestJava"}
{"Action":"pass","Package":"p"}`,
			well: true,
			says: []string{"SKIPPED p TestJava: needs JDK 17 and Maven\n", "0 passed, 0 failed, 1 skipped\n"},
		},
		{
			name:   "in CI a test may not lack what it needs",
			strict: true,
			events: `{"Action":"output","Package":"p","Test":"TestJava","Output":"    java_test.go:9: needs JDK 17 and Maven\n"}
{"Action":"skip","Package":"p","Test":"TestJava"}
{"Action":"pass","Package":"p"}`,
			says: []string{"with CI=true nothing may be missing: 1 tests lacked what they need\n"},
		},
		{
			name:   "in CI a test may be left to make prove",
			strict: true,
			events: `{"Action":"output","Package":"p","Test":"TestSoak","Output":"    soak_test.go:9: runs under make prove\n"}
{"Action":"skip","Package":"p","Test":"TestSoak"}
{"Action":"pass","Package":"p"}`,
			well: true,
			says: []string{"SKIPPED p TestSoak: runs under make prove\n"},
		},
		{
			name: "a package that does not build",
			events: `{"ImportPath":"p [p.test]","Action":"build-output","Output":"a.go:1:1: undefined: x\n"}
{"ImportPath":"p [p.test]","Action":"build-fail"}
{"Action":"fail","Package":"p","FailedBuild":"p [p.test]"}`,
			says: []string{"a.go:1:1: undefined: x\n", "FAILED  p (does not build)\n"},
		},
		{
			name: "a panic takes the package down",
			events: `{"Action":"output","Package":"p","Test":"TestA","Output":"panic: oh\n"}
{"Action":"fail","Package":"p","Elapsed":1}`,
			says: []string{"panic: oh\n", "FAILED  p\n"},
		},
		{
			name:   "no test at all",
			events: "go: cannot find main module\n",
			says:   []string{"go: cannot find main module\n", "nothing was tested\n"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out bytes.Buffer
			summary, err := Read(strings.NewReader(c.events), &out)
			if err != nil {
				t.Fatal(err)
			}
			if well := summary.Print(&out, c.strict); well != c.well {
				t.Errorf("all is well: %v, want %v", well, c.well)
			}
			for _, want := range c.says {
				if !strings.Contains(out.String(), want) {
					t.Errorf("does not say %q:\n%s", want, out.String())
				}
			}
		})
	}
}
