#!/bin/sh
# run.sh [release...]: compares the catalogue with the registry of each named server
# (1.29 1.30 ...), by default of all. Further go test flags: GOTESTFLAGS.
set -eu
cd "$(dirname "$0")"

if [ $# -eq 0 ]; then
	for mod in go.*.mod; do
		release=${mod#go.}
		set -- "$@" "${release%.mod}"
	done
fi

failed=
for release in "$@"; do
	echo "== server $release"
	tag=temporal_$(echo "$release" | tr . _)
	# vet would analyse each of the server's packages as well; a cached result
	# would not notice a change of the catalogue
	# shellcheck disable=SC2086
	go test -count=1 -vet=off -modfile="go.$release.mod" -tags "temporal,$tag" ${GOTESTFLAGS:-} . || failed="$failed $release"
done
if [ -n "$failed" ]; then
	echo "run.sh: the catalogue differs from server$failed" >&2
	exit 1
fi
