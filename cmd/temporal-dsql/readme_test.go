//go:build unix

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// README, typed word for word in a clone: every command line up to the behaviour
// profiles, which need a cluster, does what is said of it.
func TestReadme(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	before, _, found := strings.Cut(string(text), "\n## Behaviour profiles\n")
	if !found {
		t.Fatal("there are no behaviour profiles in it")
	}
	clone, bin := filepath.Join(t.TempDir(), "clone"), t.TempDir()
	copied(t, filepath.Join(bin, "temporal-dsql"))
	for _, dir := range []string{"adapters", "cue.mod", "grafana", "modifiers", "policies", "presets", "profiles", "schema"} {
		if err := os.CopyFS(filepath.Join(clone, dir), os.DirFS(filepath.Join("../..", dir))); err != nil {
			t.Fatal(err)
		}
	}
	typed := 0
	for _, block := range strings.Split(before, "```sh\n")[1:] {
		block, _, _ = strings.Cut(block, "```")
		for line := range strings.Lines(strings.ReplaceAll(block, "\\\n", "")) {
			line = strings.Replace(line, "go run ./cmd/temporal-dsql", "temporal-dsql", 1)
			if !strings.HasPrefix(line, "temporal-dsql ") {
				continue // stock tools, which parity has
			}
			typed++
			line, _, _ = strings.Cut(line, " | ")
			cmd := exec.CommandContext(t.Context(), "sh", "-c", line)
			cmd.Dir, cmd.Env = clone, []string{"PATH=" + bin + string(os.PathListSeparator) + os.Getenv("PATH"), "HOME=" + bin}
			if out, err := cmd.CombinedOutput(); err != nil || len(out) == 0 {
				t.Errorf("%s: %v\n%s", strings.TrimSpace(line), err, out)
			}
		}
	}
	if typed < 25 {
		t.Errorf("only %d commands were found", typed)
	}
}
