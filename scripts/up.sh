#!/bin/sh
# up.sh MESH: runs bin/weft up MESH with bin/simulate beside it, until Ctrl-C or
# until the mesh ends by itself, and leaves no process behind. The simulator
# waits for the mesh by itself. UP_FLAGS and SIM_FLAGS are handed on as words.
set -u

mesh=$1
up= simulator=

# Asks both to end, the writers first, and waits until they have.
stop() {
	trap '' INT TERM HUP
	for pid in $simulator $up; do
		kill -TERM "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
}
trap 'stop; exit 0' INT TERM HUP

# shellcheck disable=SC2086 # the flags are words
bin/weft up $UP_FLAGS "$mesh" &
up=$!
# shellcheck disable=SC2086
bin/simulate $SIM_FLAGS "$mesh" &
simulator=$!

wait "$up"
status=$?
stop
exit "$status"
