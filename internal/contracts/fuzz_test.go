package contracts_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/contracts/contractstest"
	"github.com/weftmesh/weft/internal/diags"
)

func seeds(f *testing.F, pattern string) {
	f.Helper()
	names, err := filepath.Glob(pattern)
	if err != nil || len(names) == 0 {
		f.Fatalf("no seeds in %s: %v", pattern, err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
}

// lines is how many lines a text has, with the one that a last line break begins.
func lines(text string) int { return 1 + strings.Count(text, "\n") }

// placed makes sure that each problem has a rule, a place within the file and something to say.
func placed(t *testing.T, problems diags.List, text string) {
	t.Helper()
	for _, d := range problems {
		if d.Rule == "" || d.Summary == "" || d.Fix == "" || d.Line < 1 || d.Column < 1 || strings.ContainsRune(d.Summary, '\n') {
			t.Errorf("a problem without rule, place, line or way out: %+v", d)
		}
		if most := lines(text) + strings.Count(text, "\r") + strings.Count(text, "\u0085") + strings.Count(text, "\u2028") + strings.Count(text, "\u2029"); d.Line > most {
			t.Errorf("%s stands behind the end of the file, which has %d lines", d, most)
		}
	}
}

// Whatever a contract's file holds, reading it ends, says where what is wrong, and says the same again.
func FuzzContractFile(f *testing.F) {
	seeds(f, "testdata/bad/*.yaml")
	seeds(f, "../../examples/*/data-contract.yaml")
	f.Fuzz(func(t *testing.T, text string) {
		set, problems := contracts.LoadContract("data-contract.yaml", []byte(text))
		placed(t, problems, text)
		again, same := contracts.LoadContract("data-contract.yaml", []byte(text))
		if !reflect.DeepEqual(problems, same) || len(set.Products) != len(again.Products) {
			t.Errorf("read twice, it says\n%s\nand\n%s", contractstest.Listed(problems), contractstest.Listed(same))
		}
	})
}

// The same for the files around contracts, in one text: mesh, domains, subscriptions, policies.
func FuzzMeshFiles(f *testing.F) {
	seeds(f, "testdata/bad-mesh/*.txt")
	f.Fuzz(func(t *testing.T, text string) {
		files, err := contractstest.Unpack(text).FS()
		if err != nil {
			return
		}
		if _, problems, err := contracts.Load(files); err == nil {
			placed(t, problems, text)
		}
	})
}

// What is read as a value is written in a form that reads as the same value.
func FuzzValues(f *testing.F) {
	for _, text := range []string{"30s", "1h30m", "99.9%", "2027-06-30", "2.1", "20MB/s", "weekdays 06:00-22:00 Europe/Prague", "24/7", "on-change", "", "-1s", "1e400%"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if d, err := contracts.ParseDuration(text); err == nil {
			if again, err := contracts.ParseDuration(d.String()); err != nil || again != d {
				t.Errorf("%q is %s, which reads as %s (%v)", text, d, again, err)
			}
		}
		if v, err := contracts.ParseVersion(text); err == nil && v.String() != text {
			t.Errorf("version %q is written %s", text, v)
		}
		var day, dayAgain contracts.Date
		if day.UnmarshalText([]byte(text)) == nil && (dayAgain.UnmarshalText([]byte(day.String())) != nil || day != dayAgain) {
			t.Errorf("day %q is written %s", text, day)
		}
		var percent, percentAgain contracts.Percent
		if percent.UnmarshalText([]byte(text)) == nil && (percentAgain.UnmarshalText([]byte(percent.String())) != nil || percent != percentAgain) {
			t.Errorf("percentage %q is written %s", text, percent)
		}
		var rate contracts.Rate
		_ = rate.UnmarshalText([]byte(text))
		_, _ = contracts.ParseCadence(text)
	})
}
