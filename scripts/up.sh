#!/bin/sh
# up.sh MESH: runs bin/weft up MESH with bin/simulate beside it and, where the
# mesh has one, bin/database before both, until Ctrl-C or until the mesh ends by
# itself, and leaves no process behind. The simulator waits for the mesh by
# itself. UP_FLAGS and SIM_FLAGS are handed on as words.
set -u

mesh=$1
up= simulator= database=

# Asks all to end, the writers first and the database last, and waits until they have.
stop() {
	trap '' INT TERM HUP
	for pid in $simulator $up $database; do
		kill -TERM "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
}
trap 'stop; exit 0' INT TERM HUP

# Starts the databases of the applications, and waits until they tell how they
# are reached. Without them the rest of the mesh runs: who is missing is said.
databases() {
	ready=$mesh/.weft/postgres/flags
	rm -f "$ready"
	bin/database "$mesh" &
	database=$!
	while [ ! -f "$ready" ]; do
		if ! kill -0 "$database" 2>/dev/null; then
			echo "The mesh runs without these databases: the products that are captured from them stay empty."
			database=
			return
		fi
		sleep 0.1
	done
	UP_FLAGS="${UP_FLAGS:-} $(cat "$ready")"
}
[ ! -x bin/database ] || databases

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
