// Package golden compares what a test got with the text that a file holds.
package golden

import (
	"os"
	"testing"
)

// Compare fails the test where a file holds another text, or writes the file anew where rewrite is set.
func Compare(t *testing.T, name, got string, rewrite bool) {
	t.Helper()
	if rewrite {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s\n got:\n%s\nwant:\n%s", name, got, want)
	}
}
