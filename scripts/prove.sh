#!/usr/bin/env bash
# The longer proofs: every test with WEFT_PROVE=1, which lengthens kill loops,
# soaks and searches, then each fuzz target for FUZZTIME.
# PACKAGES narrows both, as in: PACKAGES=./internal/contracts/... make prove
set -uo pipefail
cd "$(dirname "$0")/.."

GO=${GO:-go}
FUZZTIME=${FUZZTIME:-30s}
PACKAGES=${PACKAGES:-./...}
failed=0
"$GO" build -C tools -o ../bin/testsummary ./testsummary || exit 1

# Prints "package target" for each fuzz target.
fuzz_targets() {
	local dir
	"$GO" list -buildvcs=false -f '{{.Dir}} {{.ImportPath}}' $PACKAGES | while read -r dir package; do
		sed -nE "s|^func (Fuzz[A-Za-z0-9_]*)\(.*|$package \1|p" "$dir"/*_test.go 2>/dev/null
	done
}

echo "== tests with WEFT_PROVE=1"
WEFT_PROVE=1 "$GO" test -json -count=1 -timeout "${PROVE_TIMEOUT:-2h}" $PACKAGES |
	bin/testsummary || failed=1

while read -r package target; do
	echo "== $target in $package for $FUZZTIME"
	"$GO" test -run '^$' -fuzz "^$target\$" -fuzztime "$FUZZTIME" -fuzzminimizetime 20x "$package" || failed=1
done < <(fuzz_targets)
exit "$failed"
