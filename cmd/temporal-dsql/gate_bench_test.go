//go:build stock

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// BenchmarkGateAgainstStock holds 200 deployments of one repository against the
// guard rails: gate over their folders, gate over their profile.json files, and
// stock conftest over the same files with the same policies. Rounds alternate;
// what is printed are medians of one run and their ratios.
func BenchmarkGateAgainstStock(b *testing.B) {
	const deployments, rounds = 200, 3
	conftest, repo, bin := stock(b, "CONFTEST"), root(b), binary(b)
	work := b.TempDir()
	write := func(name, text string) {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(work, name)), 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(work, name), []byte(text), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	if err := os.CopyFS(filepath.Join(work, "shipped"), os.DirFS(filepath.Join(repo, "policies"))); err != nil {
		b.Fatal(err)
	}
	write("cue.mod/module.cue", "module: \"acme.example/infra@v0\"\nlanguage: version: \"v0.17.0\"\n")
	presets := []string{"starter", "mid-scale", "high-throughput"}
	for i := range deployments {
		write(fmt.Sprintf("profiles/d%03d/d.cue", i), fmt.Sprintf(`package d

import (
	"github.com/temporal-dsql/temporal-dsql/presets"
	"github.com/temporal-dsql/temporal-dsql/schema"
)

schema.#Deployment & {
	name:   "d%03d"
	preset: presets[%q]
	overrides: {
		"frontend.rps":   %d
		"sdk.worker_count": %d
	}
}
`, i, presets[i%len(presets)], 20000+i, 40+i%7))
	}
	profiles := make([]string, 0, deployments)
	for i := range deployments {
		name := fmt.Sprintf("build/d%03d", i)
		run(b, work, []int{0, 1}, bin, "compile", fmt.Sprintf("./profiles/d%03d", i), "--out", name)
		profiles = append(profiles, filepath.Join(name, "profile.json"))
	}
	timed := func(name string, args ...string) time.Duration {
		start := time.Now()
		run(b, work, []int{0, 1}, name, args...)
		return time.Since(start)
	}
	var folders, files, stocked []time.Duration
	for b.Loop() {
		folders, files, stocked = nil, nil, nil
		for range rounds {
			folders = append(folders, timed(bin, "gate", "./profiles/..."))
			files = append(files, timed(bin, append([]string{"gate"}, profiles...)...))
			stocked = append(
				stocked,
				timed(
					conftest,
					append([]string{"test", "-p", "shipped/guardrails", "-p", "shipped/lib", "--all-namespaces"}, profiles...)...),
			)
		}
	}
	median := func(all []time.Duration) float64 {
		slices.Sort(all)
		return all[len(all)/2].Seconds()
	}
	folder, file, peer := median(folders), median(files), median(stocked)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(folder, "gate-folders-s")
	b.ReportMetric(file, "gate-profiles-s")
	b.ReportMetric(peer, "conftest-s")
	b.ReportMetric(folder/peer, "folders/stock")
	b.ReportMetric(file/peer, "profiles/stock")
	b.ReportMetric(peak(b, work, bin, "gate", "./profiles/..."), "peak-MB")
}
