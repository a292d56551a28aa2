package main

import (
	"path"
	"testing"
)

// addCode adds a file with the code to a package.
func addCode(t *testing.T, src *source, importPath, code string) *file {
	t.Helper()
	text := "package " + path.Base(importPath) + "\n\n" + code + "\n"
	if err := src.addFile(serverModule, importPath, "added.go", []byte(text)); err != nil {
		t.Fatal(err)
	}
	files := src.packages[importPath].files
	return files[len(files)-1]
}
