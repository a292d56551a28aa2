package main

import (
	"os"
	"path"
	"path/filepath"
	"testing"
)

// addCode adds a file with the code to a package.
func addCode(t *testing.T, src *source, importPath, code string) *file {
	t.Helper()
	name := filepath.Join(t.TempDir(), "added.go")
	text := "package " + path.Base(importPath) + "\n\n" + code + "\n"
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := src.addFile(serverModule, importPath, name); err != nil {
		t.Fatal(err)
	}
	files := src.packages[importPath].files
	return files[len(files)-1]
}
