//go:build stock

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// BenchmarkLint lints one file as a process, against what it takes to start
// (--help) and to load the CUE module (version). Rounds alternate; what is
// printed are medians of one run and their ratios.
func BenchmarkLint(b *testing.B) {
	bin, dir := binary(b), b.TempDir()
	run(b, dir, []int{0}, bin, "compile", "mid-scale", "--out", "out")
	seeds := filepath.Join(root(b), "internal", "deployed", "testdata")
	commands := map[string][]string{
		"help":               {"--help"},
		"version":            {"version"},
		"lint-dynamic":       {"lint", filepath.Join("out", "dynamic_config.yaml")},
		"lint-dynamic-wrong": {"lint", filepath.Join(seeds, "dynamic_config.yaml")},
		"lint-env":           {"lint", filepath.Join("out", "dsql.env")},
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
