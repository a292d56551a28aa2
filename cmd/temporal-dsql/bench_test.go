//go:build stock

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"testing"
	"time"

	dsql "github.com/temporal-dsql/temporal-dsql"
	"github.com/temporal-dsql/temporal-dsql/internal/cli/command"
	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
)

// everything is a deployment with all adapters.
const everything = `package everything

import (
	"github.com/temporal-dsql/temporal-dsql/adapters/compose"
	"github.com/temporal-dsql/temporal-dsql/adapters/dotnet_sdk"
	"github.com/temporal-dsql/temporal-dsql/adapters/ecs"
	"github.com/temporal-dsql/temporal-dsql/adapters/go_sdk"
	"github.com/temporal-dsql/temporal-dsql/adapters/helm"
	"github.com/temporal-dsql/temporal-dsql/adapters/java_sdk"
	"github.com/temporal-dsql/temporal-dsql/adapters/python_sdk"
	"github.com/temporal-dsql/temporal-dsql/adapters/typescript_sdk"
	"github.com/temporal-dsql/temporal-dsql/modifiers"
	"github.com/temporal-dsql/temporal-dsql/presets"
	"github.com/temporal-dsql/temporal-dsql/schema"
)

schema.#Deployment
preset:   presets."mid-scale"
modifier: modifiers."batch-processor"
adapters: {
	"go": go_sdk.#Adapter, python: python_sdk.#Adapter, java: java_sdk.#Adapter
	typescript: typescript_sdk.#Adapter, dotnet: dotnet_sdk.#Adapter
	"compose": compose.#Adapter, "ecs": ecs.#Adapter, "helm": helm.#Adapter
}
`

// BenchmarkAgainstStock compiles one deployment with every artefact and guard
// rail: cold, as a process, against stock cue export followed by stock conftest
// test of the result; and warm, in process: to a judged profile, as the gate does
// it, and to every file. Rounds alternate, so that both see
// the same machine; what is printed are medians of one run and their ratios.
func BenchmarkAgainstStock(b *testing.B) {
	cue, conftest, repo := stock(b, "CUE"), stock(b, "CONFTEST"), root(b)
	bin := binary(b)
	module := b.TempDir()
	for _, dir := range []string{"cue.mod", "schema", "presets", "modifiers", "adapters", "policies"} {
		if err := os.CopyFS(filepath.Join(module, dir), os.DirFS(filepath.Join(repo, dir))); err != nil {
			b.Fatal(err)
		}
	}
	pkg := filepath.Join(module, "profiles", "everything")
	if err := os.MkdirAll(pkg, 0o755); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(pkg, "d.cue"), []byte(everything), 0o644); err != nil {
		b.Fatal(err)
	}
	out := filepath.Join(module, "out")

	timed := func(name string, args ...string) time.Duration {
		cmd := exec.Command(name, args...)
		cmd.Dir = module
		start := time.Now()
		if data, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%s %v: %v\n%s", name, args, err, data)
		}
		return time.Since(start)
	}

	// as gate, which compiles many deployments, has it
	defer debug.SetGCPercent(debug.SetGCPercent(command.PacedGC))
	ctx := context.Background()
	engine, err := compile.New(module)
	if err != nil {
		b.Fatal(err)
	}
	rules, err := policy.PrepareGuardRails(ctx, dsql.Files)
	if err != nil {
		b.Fatal(err)
	}
	n := 0
	inProcess := func(resolve func(compile.Request) (*artefact.Result, error)) time.Duration {
		n++
		// another value each time: nothing can be remembered from one to the next
		o, err := engine.ParseOverride(fmt.Sprintf("frontend.rps=%d", 3000+n))
		if err != nil {
			b.Fatal(err)
		}
		start := time.Now()
		r, err := resolve(compile.Request{Preset: "mid-scale", Modifier: "batch-processor", Overrides: []compile.Override{o}})
		if err != nil || len(r.Violations) > 0 {
			b.Fatal(err, r)
		}
		if _, err := rules.Evaluate(ctx, r.JSON); err != nil {
			b.Fatal(err)
		}
		return time.Since(start)
	}
	inProcess(engine.Compile)
	engine.ExpectMany()
	// with its second compile an engine evaluates its packages
	inProcess(engine.Resolve)

	const rounds, inARow = 15, 4
	var cold, exported, tested, warm, rendered []time.Duration
	for b.Loop() {
		cold, exported, tested, warm, rendered = nil, nil, nil, nil, nil
		for range rounds {
			cold = append(cold, timed(bin, "compile", "./profiles/everything", "--out", out))
			exported = append(exported, timed(cue, "export", "./profiles/everything", "-e", "files"))
			tested = append(
				tested,
				timed(conftest, "test", "out/profile.json", "-p", "policies/guardrails", "-p", "policies/lib", "--all-namespaces"),
			)
			// several in a row, as a gate over many deployments compiles them
			for range inARow {
				warm = append(warm, inProcess(engine.Resolve))
			}
			for range inARow {
				rendered = append(rendered, inProcess(engine.Compile))
			}
		}
	}
	median := func(all []time.Duration) float64 {
		slices.Sort(all)
		return float64(all[len(all)/2]) / float64(time.Millisecond)
	}
	c, peer, w := median(cold), median(exported)+median(tested), median(warm)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(c, "cold-ms")
	b.ReportMetric(median(exported), "cue-export-ms")
	b.ReportMetric(median(tested), "conftest-ms")
	b.ReportMetric(w, "warm-ms")
	b.ReportMetric(median(rendered), "warm-files-ms")
	b.ReportMetric(c/peer, "cold/stock")
	b.ReportMetric(w/c, "warm/cold")
	b.ReportMetric(peak(b, module, bin, "compile", "./profiles/everything", "--out", out), "peak-MB")
}

// BenchmarkExplain explains a key as a process, against what a process costs
// that only starts, and one that reads the schema too.
func BenchmarkExplain(b *testing.B) {
	bin, dir := binary(b), b.TempDir()
	all := map[string][]string{
		"help":    {"--help"},
		"version": {"version"},
		"explain": {"explain", "--key", "dsql.connection_rate_limit", "mid-scale"},
	}
	took := map[string][]time.Duration{}
	for b.Loop() {
		clear(took)
		for range 15 {
			for name, args := range all {
				cmd := exec.Command(bin, args...)
				cmd.Dir = dir
				start := time.Now()
				if data, err := cmd.CombinedOutput(); err != nil {
					b.Fatalf("%v: %v\n%s", args, err, data)
				}
				took[name] = append(took[name], time.Since(start))
			}
		}
	}
	median := func(name string) float64 {
		slices.Sort(took[name])
		return float64(took[name][len(took[name])/2]) / float64(time.Millisecond)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median("explain"), "explain-ms")
	b.ReportMetric(median("explain")/median("version"), "explain/version")
	b.ReportMetric(median("explain")/median("help"), "explain/help")
}

// peak is the largest resident set of a command, in MiB.
func peak(b *testing.B, dir, name string, args ...string) float64 {
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	measure := filepath.Join(b.TempDir(), measureName)
	if err := os.Symlink(self, measure); err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	kilobytes, err := runWithPeak(measure, cmd)
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != command.ExitRefused) {
		b.Fatalf("measure: %v", err)
	}
	return float64(kilobytes) / 1024
}
