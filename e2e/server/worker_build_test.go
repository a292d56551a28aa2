package server

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// buildWorker builds one worker program that holds the worker_options.go of
// every variant, each as a package of its own.
func buildWorker(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../goworker")); err != nil {
		t.Fatal(err)
	}
	var imports, entries strings.Builder
	for i, a := range compiled {
		name := fmt.Sprintf("v%d", i)
		write(t, filepath.Join(dir, name, "worker_options.go"), read(t, a, "worker_options.go"))
		fmt.Fprintf(&imports, "\t%s \"github.com/temporal-dsql/temporal-dsql/e2e/goworker/%s\"\n", name, name)
		fmt.Fprintf(&entries, "\tvariants[%q] = variant{%s.Options, %s.Apply}\n", a.Name(), name, name)
	}
	write(t, filepath.Join(dir, "variants.go"),
		fmt.Appendf(nil, "package main\n\nimport (\n%s)\n\nfunc init() {\n%s}\n", &imports, &entries))

	program := filepath.Join(dir, "goworker")
	build := exec.Command("go", "build", "-o", program, ".")
	build.Dir = dir
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the worker with the generated options: %v\n%s", err, out)
	}
	return program
}

func write(t *testing.T, path string, text []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
}
