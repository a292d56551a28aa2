package cuemod

import (
	"bytes"
	"io/fs"
	"strings"

	dsql "github.com/temporal-dsql/temporal-dsql"
	"github.com/temporal-dsql/temporal-dsql/internal/budget"
)

// VendoredFiles returns the files of this binary that a repository vendors, by name: all but those of its module.
func VendoredFiles() map[string][]byte {
	all := map[string][]byte{}
	_ = fs.WalkDir(dsql.Files, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !strings.HasPrefix(name, "cue.mod/") {
			all[name], err = dsql.Files.ReadFile(name)
		}
		return err // an embedded file always exists
	})
	return all
}

// preferEmbedded returns the tree of this binary for an exact copy of it, as init writes, and any other tree as it is. What
// the binary knows about its own files holds for an exact copy.
func preferEmbedded(vendored fs.FS) fs.FS {
	if isCopyOfEmbedded(vendored) {
		return dsql.Files
	}
	return vendored
}

// isCopyOfEmbedded reports whether a tree has exactly the files of VendoredFiles.
func isCopyOfEmbedded(vendored fs.FS) bool {
	ours, theirs := VendoredFiles(), 0
	for name, data := range ours {
		about, err := fs.Stat(vendored, name)
		if err != nil || about.Size() != int64(len(data)) {
			return false
		}
		if copied, err := budget.SourceFile.ReadFS(vendored, name); err != nil || !bytes.Equal(copied, data) {
			return false
		}
	}
	err := fs.WalkDir(vendored, ".", func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		if theirs++; theirs > len(ours) {
			return fs.SkipAll
		}
		return nil
	})
	return err == nil && theirs == len(ours) // a link to a folder counts as one
}
