//go:build stock

package main

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	dsql "github.com/temporal-dsql/temporal-dsql"
)

// BenchmarkLint lints one file as a process, against what it takes to start
// (--help) and to load the CUE module (version). Rounds alternate; what is
// printed are medians of one run and their ratios.
func BenchmarkLint(b *testing.B) {
	bin, dir := binary(b), b.TempDir()
	run(b, dir, []int{0}, bin, "compile", "mid-scale", "--out", "out")
	seeds := filepath.Join(root(b), "internal", "running", "configfile", "testdata")
	commands := map[string][]string{
		"help":               {"--help"},
		"version":            {"version"},
		"lint-dynamic":       {"lint", filepath.Join("out", "dynamic_config.yaml")},
		"lint-dynamic-wrong": {"lint", filepath.Join(seeds, "dynamic_config.yaml")},
		"lint-env":           {"lint", filepath.Join("out", "dsql.env")},
		"lint-static":        {"lint", filepath.Join("out", "server_config.yaml")},
		"lint-helm":          {"lint", filepath.Join("out", "helm-values.yaml")},
		"lint-ecs":           {"lint", filepath.Join("out", "ecs-task-definition-history.json")},
		"lint-compose":       {"lint", filepath.Join("out", "compose.override.yaml")},
	}
	timed := func(args []string) time.Duration {
		cmd := exec.Command(bin, args...)
		cmd.Dir, cmd.Env = dir, os.Environ()
		start := time.Now()
		if err := cmd.Run(); err != nil && cmd.ProcessState.ExitCode() != 1 {
			b.Fatalf("%v: %v", args, err)
		}
		return time.Since(start)
	}
	took := map[string][]time.Duration{}
	for b.Loop() {
		clear(took)
		for range 15 {
			for name, args := range commands {
				took[name] = append(took[name], timed(args))
			}
		}
	}
	median := func(name string) float64 {
		slices.Sort(took[name])
		return float64(took[name][len(took[name])/2]) / float64(time.Millisecond)
	}
	b.ReportMetric(0, "ns/op")
	for name := range commands {
		b.ReportMetric(median(name), name+"-ms")
		if name != "help" && name != "version" {
			b.ReportMetric(median(name)/median("version"), name+"/version")
			b.ReportMetric(median(name)/median("help"), name+"/help")
		}
	}
}

// BenchmarkManySettings reads files that are as different as files can be, and fails over its goals for memory:
// 100 files of 50 settings, a file of 1,900 settings under constraints, and one of all keys with whole numbers.
func BenchmarkManySettings(b *testing.B) {
	bin, dir := binary(b), b.TempDir()
	catalogue, err := fs.ReadFile(dsql.Files, "schema/temporal/catalogue_gen.cue")
	if err != nil {
		b.Fatal(err)
	}
	var keys []string
	row := regexp.MustCompile(`(?m)^\t"[^"]+": \{key: "([^"]+)", precedence: "Namespace", kind: "int"`)
	for _, found := range row.FindAllSubmatch(catalogue, -1) {
		keys = append(keys, string(found[1]))
	}
	random := rand.New(rand.NewPCG(1, 2))
	write := func(name string, keys []string, values int) {
		var text strings.Builder
		for _, key := range keys {
			fmt.Fprintf(&text, "%s:\n", key)
			for n := range values {
				fmt.Fprintf(&text, "- value: %d\n", random.IntN(10_000))
				if values > 1 {
					fmt.Fprintf(&text, "  constraints: {namespace: n%d}\n", n)
				}
			}
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text.String()), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	commands := map[string][]string{
		"lint-files": {"lint"}, "lint-values": {"lint", "values.yaml"}, "migrate-values": {"migrate", "--dynamic-config", "values.yaml"},
		"migrate-keys": {"migrate", "--dynamic-config", "keys.yaml"},
	}
	for i := range 100 {
		name := fmt.Sprintf("%d.yaml", i)
		random.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
		write(name, keys[:50], 1)
		commands["lint-files"] = append(commands["lint-files"], name)
	}
	write("values.yaml", keys[:38], 50)
	write("keys.yaml", keys, 1)
	for b.Loop() {
		for name, args := range commands {
			start := time.Now()
			megabytes := peak(b, dir, bin, args...)
			b.ReportMetric(time.Since(start).Seconds(), name+"-s")
			b.ReportMetric(megabytes, name+"-MB")
			if megabytes > 500 {
				b.Errorf("%s takes %.0f MB", name, megabytes)
			}
		}
	}
	b.ReportMetric(0, "ns/op")
}
