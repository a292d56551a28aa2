#!/usr/bin/env bash
# Builds the binary twice, from two copies of the committed source and with two build caches, and compares the digests.
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'chmod -R u+w "$work" && rm -rf "$work"' EXIT
for copy in first second/deeper; do
	mkdir -p "$work/$copy"
	git archive HEAD | tar -x -C "$work/$copy"
	(cd "$work/$copy" && GOCACHE="$work/cache-${copy%%/*}" CGO_ENABLED=0 \
		go build -trimpath -buildvcs=false -ldflags='-s -w -buildid=' -o "$work/${copy%%/*}.bin" ./cmd/temporal-dsql)
done
sha256sum "$work/first.bin" "$work/second.bin"
cmp "$work/first.bin" "$work/second.bin"
echo "two builds are equal"
