#!/usr/bin/env bash
# Holds the compiled artefacts against the real parts: see README.md.
#   run.sh              everything
#   run.sh 1.29 1.32    these servers only, and everything else
set -euo pipefail
cd "$(dirname "$0")"

say() { printf '\n== %s\n' "$*"; }

# need COMMAND PACKAGE installs Debian's package where the command is missing.
need() {
	command -v "$1" >/dev/null && return
	say "installing $2"
	apt-get update -q
	apt-get install -q -y --no-install-recommends "$2"
}

# modfile VERSION names the go.mod that requires that server; the newest is go.mod.
modfile() {
	if [ -f "go.$1.mod" ]; then echo "go.$1.mod"; else echo go.mod; fi
}

# lines names the servers, the newest last: one for each go.LINE.mod, and the newest, which go.mod requires.
lines() {
	local file
	for file in go.*.mod; do
		file=${file#go.}
		echo "${file%.mod}"
	done
	sed -n 's|^\tgo\.temporal\.io/server v\([0-9]*\.[0-9]*\)\..*|\1|p' go.mod
}

versions=("$@")
[ $# -gt 0 ] || mapfile -t versions < <(lines | tac)

need python3 python3
need npm npm
need javac default-jdk-headless
need prometheus prometheus
need chromium chromium
need ip iproute2
# Debian keeps the server off PATH
compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || need initdb postgresql

work=$(mktemp -d)
builder=
# ends the whole process group: a build starts further processes
trap '[ -z "$builder" ] || kill -- "-$builder" 2>/dev/null || true; rm -rf "$work"' EXIT
if [ -z "${TEMPORAL_DSQL:-}" ]; then
	say "building temporal-dsql"
	(cd .. && go build -o "$work/temporal-dsql" ./cmd/temporal-dsql)
	export TEMPORAL_DSQL=$work/temporal-dsql
fi

# Servers take minutes to build, and many tests wait for something: build while they wait, and yield to them. The tests of
# the store do not wait: they keep both cores busy.
build_servers() {
	local version programs file
	for version in "${versions[@]}"; do
		programs=$work/programs/$version
		file=$(modfile "$version")
		mkdir -p "$programs"
		{
			go build -modfile="$file" -o "$programs/temporal-server" go.temporal.io/server/cmd/server &&
			go build -modfile="$file" -o "$programs/temporal-sql-tool" go.temporal.io/server/cmd/tools/sql &&
			go test -c -vet=off -modfile="$file" -tags="temporal$version" -o "$programs/server.test" ./server &&
			go test -c -vet=off -modfile="$file" -tags="temporal$version" -o "$programs/cluster.test" ./cluster
		} 2>"$programs/errors" || { touch "$programs/failed"; return 1; }
		touch "$programs/built"
	done
}
# built VERSION waits for a server's programs and tests.
built() {
	local programs=$work/programs/$1
	until [ -e "$programs/built" ]; do
		if [ -e "$programs/failed" ]; then
			cat "$programs/errors" >&2
			return 1
		fi
		sleep 1
	done
}

say "Compose, Python, TypeScript, Java, Helm"
go test -count=1 ./compose ./python ./typescript ./java ./helm

say "the store on PostgreSQL and S3"
(cd store && go test -count=1 ./...)

setsid nice -n 19 bash -c "work='$work' versions=(${versions[*]}); $(declare -f modfile build_servers); build_servers" &
builder=$!

say "the pages in Chromium; pictures are in build/pages"
(cd pages && npm ci --no-audit --no-fund --silent && go test -count=1 ./...)

say "Grafana's schema, and dashboards of a cluster that runs"
(cd grafana && go test -short -count=1 -timeout 20m ./...)

for version in "${versions[@]}"; do
	say "Temporal server $version"
	built "$version"
	programs=$work/programs/$version
	time (cd server && "$programs/server.test" -test.count=1 -test.timeout=30m)

	say "Temporal server $version, started from the Compose file and the ECS task definitions"
	time (cd cluster && TEMPORAL_PROGRAMS=$programs "$programs/cluster.test" -test.count=1 -test.timeout=20m)
	# the counts have not differed between neighbouring versions: the oldest and the newest are enough
	if [[ $version == "${versions[0]}" || $version == "${versions[-1]}" ]]; then
		say "what a transition costs on Temporal server $version"
		(cd calibrate && TEMPORAL_PROGRAMS=$programs go test -count=1 -tags=e2e ./...)
	fi
done
