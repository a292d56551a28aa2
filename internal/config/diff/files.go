package diff

import (
	"bytes"
	"maps"
	"slices"

	"github.com/rogpeppe/go-internal/diff"
)

// Kinds of differences.
const (
	Added   = "added"
	Removed = "removed"
	Changed = "changed"
)

// A File is a file that differs. A file of one side only has no diff.
type File struct {
	Path    string `json:"path"`
	Change  string `json:"change"`
	Unified string `json:"diff,omitempty"`
}

// Files compares the files of two sides by name, and returns those that differ in order.
func Files(a, b map[string]string) []File {
	names := map[string]bool{}
	for _, side := range []map[string]string{a, b} {
		for name := range side {
			names[name] = true
		}
	}
	found := []File{}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		before, inA := a[name]
		after, inB := b[name]
		switch {
		case !inA:
			found = append(found, File{Path: name, Change: Added})
		case !inB:
			found = append(found, File{Path: name, Change: Removed})
		case before != after:
			found = append(found, File{name, Changed, Unified(name, before, after)})
		}
	}
	return found
}

// Unified returns the difference of a file as a unified diff, for patch.
func Unified(name, before, after string) string {
	out := diff.Diff("a/"+name, []byte(before), "b/"+name, []byte(after))
	// the first line is the command that would print the diff
	if first, rest, ok := bytes.Cut(out, []byte("\n")); ok && bytes.HasPrefix(first, []byte("diff ")) {
		out = rest
	}
	return string(out)
}
