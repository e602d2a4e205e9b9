#!/usr/bin/env bash
# Everything that CI runs: vet, format, the tests, the tests of concurrent
# packages under the race detector. Results of unchanged packages come from Go's
# cache, except with CI=true. Ends with what was skipped and why.
set -uo pipefail
cd "$(dirname "$0")/.."

GO=${GO:-go}
go_flags=(-json -timeout "${TEST_TIMEOUT:-15m}")
[ "${CI:-}" = true ] && go_flags+=(-count=1)

# Packages whose work is shared between goroutines.
concurrent='/internal/(adapter|app|api|catalog|engine|gate|observe|reconcile)(/|$)'

failed=0
step() { # step NAME COMMAND...: runs it, says so if it fails, and goes on
	local name=$1
	shift
	if ! "$@"; then
		echo "FAIL: $name" >&2
		failed=1
	fi
}

formatted() {
	local unformatted
	unformatted=$("$GO" tool -modfile=tools/go.mod gofumpt -l .) || return 1
	[ -z "$unformatted" ] && return 0
	printf 'not formatted; run `make fmt`:\n%s\n' "$unformatted" >&2
	return 1
}

# The race detector needs cgo and a C compiler.
race_flag() {
	if [ "$("$GO" env CGO_ENABLED)" = 1 ] && command -v "$("$GO" env CC)" >/dev/null; then
		echo -race
	elif [ "${CI:-}" = true ]; then
		echo "FAIL: the race detector needs a C compiler" >&2
		return 1
	else
		echo "the race detector needs a C compiler: running without it" >&2
	fi
}

# test_each FLAG PACKAGES: the tests of the listed packages, if there are any.
test_each() {
	[ -z "$2" ] && return
	# shellcheck disable=SC2086 # FLAG may be empty, PACKAGES are words
	"$GO" test "${go_flags[@]}" $1 $2
}

tests() {
	local packages race
	packages=$("$GO" list -buildvcs=false ./...) || return 1
	"$GO" build -C tools -o ../bin/testsummary ./testsummary || return 1
	race=$(race_flag) || return 1
	{
		local status=0
		test_each '' "$(grep -Ev "$concurrent" <<<"$packages")" || status=1
		test_each "$race" "$(grep -E "$concurrent" <<<"$packages")" || status=1
		"$GO" test -C tools "${go_flags[@]}" ./... || status=1
		(exit "$status")
	} | bin/testsummary
}

step 'go vet' "$GO" vet ./...
step 'go vet, tools' "$GO" vet -C tools ./...
step 'gofumpt' formatted
step 'go test' tests
exit "$failed"
