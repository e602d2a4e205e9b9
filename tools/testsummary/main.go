// Command testsummary reads what `go test -json` prints and writes what a person
// wants to know: a line for each package, the whole output of what failed, the
// suites that were skipped with their reasons, and the counts.
//
//	go test -json ./... | testsummary
//
// It exits with 1 if a test or a build failed, if nothing was tested, or, with
// CI=true, if a test was skipped because the machine lacks something (a skip
// whose reason begins with "needs").
package main

import (
	"fmt"
	"os"
)

func main() {
	summary, err := Read(os.Stdin, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "testsummary:", err)
		os.Exit(3)
	}
	if !summary.Print(os.Stdout, os.Getenv("CI") == "true") {
		os.Exit(1)
	}
}
