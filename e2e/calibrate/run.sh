#!/usr/bin/env bash
# Measures what a transition costs, with the newest server, and writes the costs: half an
# hour once the server is built.
#   run.sh                costs
#   run.sh -ramp all      loads at which scarce resources are full
# TEMPORAL_PROGRAMS names a folder with temporal-server and temporal-sql-tool, if they are built already.
set -euo pipefail
cd "$(dirname "$0")"

if ! compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; then
	apt-get update -q
	apt-get install -q -y --no-install-recommends postgresql
fi
if [ -z "${TEMPORAL_PROGRAMS:-}" ]; then
	TEMPORAL_PROGRAMS=$(mktemp -d)
	export TEMPORAL_PROGRAMS
	trap 'rm -rf "$TEMPORAL_PROGRAMS"' EXIT
	(cd .. && go build -o "$TEMPORAL_PROGRAMS/temporal-server" go.temporal.io/server/cmd/server)
	(cd .. && go build -o "$TEMPORAL_PROGRAMS/temporal-sql-tool" go.temporal.io/server/cmd/tools/sql)
fi
[ $# -gt 0 ] || set -- -measure
go run . "$@" -cue ../../schema/capacity_measured.cue -page ../../docs/capacity.md
