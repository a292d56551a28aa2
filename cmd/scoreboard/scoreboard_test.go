package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/catalogue"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
)

// A folder as the benchmark has it: two quiet series, one of them with something
// labelled.
func benchmark(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	write := func(name, text string) {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"a", "b"} {
		random := rand.New(rand.NewPCG(1, 2))
		var csv strings.Builder
		csv.WriteString("timestamp,value\n")
		at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		for range 600 {
			fmt.Fprintf(&csv, "%s,%.3f\n", at.Format(time.DateTime), 100+3*random.NormFloat64())
			at = at.Add(5 * time.Minute)
		}
		write("one/"+name+".csv", csv.String())
	}
	write("combined_windows.json", `{"one/b.csv": [["2026-01-01 05:00:00.000000", "2026-01-01 06:00:00.000000"]]}`)
	return root
}

func TestScoreboard(t *testing.T) {
	defer func(n int) { copies = n }(copies)
	copies = 1 // this test checks none of their rows
	root := benchmark(t)
	all, err := loadSeries(root)
	if err != nil {
		t.Fatal(err)
	}
	j, err := compile.Embedded().Thresholds()
	if err != nil {
		t.Fatal(err)
	}
	// ten windows of 60 are nine pairs; what is labelled touches windows 1 and 2
	for _, c := range listContenders(j) {
		if got := scoreContender(all[:1], 60, 1, c.differ); got.pairs != 9 || got.alive != 9 || got.seen[2] != 9 {
			t.Errorf("%s sees %d of %d doubled windows, of %d pairs", c.name, got.seen[2], got.alive, got.pairs)
		}
		if got := scoreContender(all[1:], 60, 1, c.differ); got.pairs != 7 {
			t.Errorf("%s: %d pairs of which none is labelled", c.name, got.pairs)
		}
	}
	if got := scoreContender(all[:1], 60, 1, listContenders(j)[0].differ); got.alarms != 0 {
		t.Errorf("%d false alarms over noise", got.alarms)
	}
	page := filepath.Join(root, "page.md")
	if err := os.WriteFile(page, []byte("before\n<!-- scoreboard -->\nstale\n<!-- end of scoreboard -->\nafter\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := writeTables(io.Discard, root, page); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(
		text,
	); strings.Contains(got, "stale") || !strings.HasPrefix(got, "before\n") || !strings.HasSuffix(got, "after\n") ||
		!strings.Contains(got, "| this judge | 16 | 0.0 | 0.0 |") {
		t.Errorf("%s", got)
	}
	if err := writeTables(io.Discard, filepath.Join(root, "absent"), page); err == nil || !strings.Contains(err.Error(), "-nab FOLDER") {
		t.Errorf("%v", err)
	}
}

// Each series by itself, and under thresholds that it had no say in.
func TestTuning(t *testing.T) {
	var out strings.Builder
	if err := writeTables(&out, benchmark(t), ""); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| one/a.csv | 9 | 0.0 |", "| one/b.csv | 7 | 0.0 |", "| all of them | 16 | 0.0 |",
		"| all of them | | 16 | 0.0 |",
	} {
		if got := out.String(); !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

// A series has no say in the thresholds that it is judged by.
func TestChooseWithoutASeries(t *testing.T) {
	alarming, seeing := tally{
		pairs:  100,
		alarms: 5,
		alive:  100,
		seen:   [3]int{90, 90, 90},
	}, tally{
		pairs: 100,
		alive: 100,
		seen:  [3]int{80, 80, 80},
	}
	calm := tally{pairs: 100, alive: 100, seen: [3]int{70, 70, 70}}
	settings := []setting{
		{catalogue.Thresholds{CLES: 0.6}, []tally{seeing, alarming}},
		{catalogue.Thresholds{CLES: 0.7}, []tally{calm, calm}},
	}
	if got := chooseSetting(settings, only(1)); got.CLES != 0.6 {
		t.Errorf("without the second series it alarms of nothing and sees more, and CLES %v was chosen", got.CLES)
	}
	if got := chooseSetting(settings, only(0)); got.CLES != 0.7 {
		t.Errorf("the second series has false alarms, and CLES %v was chosen", got.CLES)
	}
}

// The first hard case: Mann and Whitney tell 0.003, and Kayenta's rule passes it.
func TestKayentaPassesTheFirstHardCase(t *testing.T) {
	before := []float64{96, 118, 104, 91, 150, 99, 162, 108, 93, 102, 155, 97}
	after := []float64{151, 170, 135, 181, 129, 165, 119, 176, 140, 158, 100, 190}
	if got := kayentaVerdict(before, after); got != 0 {
		t.Errorf("Kayenta's rule says %d", got)
	}
}

// only leaves out one series.
func only(left int) func(int) bool { return func(series int) bool { return series == left } }

// Instances of one kind of metric are one category.
func TestCategories(t *testing.T) {
	for name, want := range map[string]string{
		"realAWSCloudwatch/ec2_cpu_utilization_24ae8d.csv":         "realAWSCloudwatch/ec_cpu_utilization",
		"realAWSCloudwatch/ec2_cpu_utilization_fe7f93.csv":         "realAWSCloudwatch/ec_cpu_utilization",
		"realAWSCloudwatch/rds_cpu_utilization_cc0c53.csv":         "realAWSCloudwatch/rds_cpu_utilization",
		"realAWSCloudwatch/iio_us-east-1_i-a2eb1cd9_NetworkIn.csv": "realAWSCloudwatch/iio_us-east",
		"realAdExchange/exchange-2_cpc_results.csv":                "realAdExchange/exchange_cpc",
		"realAdExchange/exchange-4_cpc_results.csv":                "realAdExchange/exchange_cpc",
		"one/a.csv": "one/a",
	} {
		if got := (series{name: name}).category(); got != want {
			t.Errorf("%s is of %s, want %s", name, got, want)
		}
	}
}
