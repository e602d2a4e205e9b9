package main

import "testing"

func TestASectionTakesThePlaceOfTheOneWithItsHeading(t *testing.T) {
	doc := "# Benchmarks\n\nWhat this is.\n"
	doc = withSection(doc, "## One", "\nfirst\n")
	doc = withSection(doc, "## Two", "second\n\n")
	doc = withSection(doc, "## One", "third")
	if want := "# Benchmarks\n\nWhat this is.\n\n## One\n\nthird\n\n## Two\n\nsecond\n"; doc != want {
		t.Errorf("%q, not %q", doc, want)
	}
}
