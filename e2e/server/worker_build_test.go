package server

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/e2e/product"
)

// buildWorker builds one worker program that holds the worker_options.go of
// each of these, each as a package of its own.
func buildWorker(t *testing.T, all []product.Artefacts) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../goworker")); err != nil {
		t.Fatal(err)
	}
	var imports, entries strings.Builder
	for i, a := range all {
		name := fmt.Sprintf("v%d", i)
		text := read(t, a, "worker_options.go")
		write(t, filepath.Join(dir, name, "worker_options.go"), text)
		call := name + ".Options(), nil"
		if bytes.Contains(text, []byte("SysInfoProvider")) {
			call = name + ".Options(hostUsage{})"
		}
		fmt.Fprintf(&imports, "\t%s \"github.com/temporal-dsql/temporal-dsql/e2e/goworker/%s\"\n", name, name)
		fmt.Fprintf(&entries, "\tvariants[%q] = variant{func() (worker.Options, error) { return %s }, %s.Apply}\n", a.Name(), call, name)
	}
	write(t, filepath.Join(dir, "variants.go"),
		fmt.Appendf(nil, "package main\n\nimport (\n\t\"go.temporal.io/sdk/worker\"\n%s)\n\nfunc init() {\n%s}\n", &imports, &entries))

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
