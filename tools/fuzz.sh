#!/usr/bin/env bash
# Fuzzes every target there is, two at a time with one worker each. What each
# says is kept in build/fuzz; where one fails, its log is printed and so is the
# input that it fails on, which belongs into the repository as a seed.
#
#   tools/fuzz.sh [TIME] [PATTERN]
set -euo pipefail
cd "$(dirname "$0")/.."
export FUZZTIME=${1:-60s} PATTERN=${2:-.} LOGS=$PWD/build/fuzz
rm -rf "$LOGS" && mkdir -p "$LOGS"

# Nothing is said but that the time is over. Before 1.27 Go's fuzzing can take
# its own deadline for a failure (go.dev/issue/75804); an input that fails is
# always named, with the file it was written to.
over() {
	local said
	said=$(grep -vE '^(fuzz: |FAIL|exit status)' "$2")
	[[ $said =~ ^'--- FAIL: '"$1"' ('[0-9.]+'s)'$'\n''    context deadline exceeded'$ ]]
}

one() {
	local dir=$1 target=$2
	local log=$LOGS/${dir//\//-}-$target.log
	if go test -run - -fuzz "^$target\$" -fuzztime "$FUZZTIME" -fuzzminimizetime 100x -parallel 1 "./$dir" >"$log" 2>&1 || over "$target" "$log"; then
		printf '%-24s %-32s %s\n' "$target" "$dir" "$(grep -o 'execs: [0-9]*' "$log" | tail -n 1)"
		return
	fi
	printf '%s in %s FAILS\n' "$target" "$dir"
	sed 's/^/\t/' "$log"
	git ls-files --others --exclude-standard "$dir" | sed 's/^/\tseed: /'
	return 1
} >&2
export -f one over

grep -rl --include='*_test.go' '^func Fuzz' cmd internal | sort | while read -r file; do
	sed -n "s|^func \\(Fuzz[A-Za-z0-9]*\\)(.*|$(dirname "$file") \\1|p" "$file"
done | { grep -E "$PATTERN" || { echo "no fuzz target is like $PATTERN" >&2; exit 1; }; } | xargs -P 2 -L 1 bash -c 'one "$@"' one
