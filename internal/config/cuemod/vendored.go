package cuemod

import (
	"bytes"
	"io/fs"
	"strings"

	dsql "github.com/temporal-dsql/temporal-dsql"
	"github.com/temporal-dsql/temporal-dsql/internal/budget"
)

// isCopyOfEmbedded reports whether a repository vendors exactly the files of this binary, as init writes them. Such a
// copy needs no reading of its own: what the binary knows about its files holds for the copy's.
func isCopyOfEmbedded(vendored fs.FS) bool {
	ours, theirs := 0, 0
	err := fs.WalkDir(dsql.Files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !isVendored(name) {
			return err
		}
		ours++
		return requireEqual(vendored, name)
	})
	if err != nil {
		return false
	}
	err = fs.WalkDir(vendored, ".", func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		if theirs++; theirs > ours {
			return fs.SkipAll
		}
		return nil
	})
	return err == nil && theirs == ours // a link to a folder counts as one
}

// isVendored reports whether a repository has a file of this binary: all but those of the binary's own module.
func isVendored(name string) bool { return !strings.HasPrefix(name, "cue.mod/") }

// requireEqual returns an error if a vendored file is not that of the binary.
func requireEqual(vendored fs.FS, name string) error {
	ours, err := dsql.Files.ReadFile(name)
	if err != nil {
		return err
	}
	about, err := fs.Stat(vendored, name)
	if err != nil {
		return err
	}
	if about.Size() != int64(len(ours)) {
		return fs.ErrInvalid
	}
	theirs, err := budget.SourceFile.ReadFS(vendored, name)
	if err == nil && !bytes.Equal(ours, theirs) {
		err = fs.ErrInvalid
	}
	return err
}
