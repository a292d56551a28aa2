package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
)

// compare fails if a file is not what would be generated, and shows the lines
// that differ: one row of the table is one line.
func compare(stdout io.Writer, files map[string][]byte) error {
	stale := false
	for _, name := range slices.Sorted(maps.Keys(files)) {
		got, err := os.ReadFile(name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("read a committed file: %w", err)
		}
		want := files[name]
		if bytes.Equal(got, want) {
			continue
		}
		stale = true
		fmt.Fprintf(stdout, "--- %s as committed\n+++ %s as generated\n", name, name)
		for _, line := range without(got, want) {
			fmt.Fprintln(stdout, "-", line)
		}
		for _, line := range without(want, got) {
			fmt.Fprintln(stdout, "+", line)
		}
	}
	if stale {
		return errStale
	}
	return nil
}

// without lists the lines of a that b lacks.
func without(a, b []byte) []string {
	has := map[string]bool{}
	for line := range strings.Lines(string(b)) {
		has[strings.TrimSpace(line)] = true
	}
	var lines []string
	for line := range strings.Lines(string(a)) {
		if line = strings.TrimSpace(line); !has[line] {
			lines = append(lines, line)
		}
	}
	return lines
}
