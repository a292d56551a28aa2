package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/prometheustest"
)

// windowStart is where the history begins that scripts ask for.
var windowStart = time.Date(2026, 1, 15, 10, 0, 0, 0, time.UTC)

// history is an hour and a little more of a cluster, a sample every 15 s, in
// numbers that can be told by hand: 2 workflows started a second, 100 open
// connections at its start and one more with every sample. From the half-hour on
// the reservoir is found empty three times a second, and once before it.
func history() string {
	var text strings.Builder
	sampled := func(series string, value func(i int) float64) {
		name, _, _ := strings.Cut(series, "{")
		fmt.Fprintf(&text, "# TYPE %s unknown\n", name)
		for i := -40; i <= 260; i++ {
			fmt.Fprintf(&text, "%s %v %d\n", series, value(i), windowStart.Unix()+int64(15*i))
		}
	}
	sampled(
		`service_requests{operation="StartWorkflowExecution",service_name="frontend",namespace="payments"}`,
		func(i int) float64 { return float64(1000 + 30*(i+40)) },
	)
	sampled(`state_transition_count_count{namespace="payments"}`, func(i int) float64 { return float64(1000 + 450*(i+40)) })
	sampled(`dsql_pool_open`, func(i int) float64 { return float64(100 + i) })
	sampled(`dsql_reservoir_empty_total`, func(i int) float64 { return float64(1000 + 15*(i+40) + 30*max(0, i-120)) })
	return text.String() + "# EOF\n"
}

// prometheus runs one with the history, for a script: prometheus sets $PROMETHEUS.
func prometheus(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: prometheus")
	}
	server, err := prometheustest.Start(history())
	ts.Check(err)
	ts.Defer(func() { ts.Check(server.Stop()) })
	ts.Setenv("PROMETHEUS", server.URL)
}

// serving runs temporal-dsql serve with flags until the script ends: serving FLAG…
// sets $SERVER.
func serving(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("usage: serving FLAG…")
	}
	path := ts.Getenv("PATH")
	binary := ""
	for _, dir := range filepath.SplitList(path) {
		if at := filepath.Join(dir, "temporal-dsql"); binary == "" {
			if _, err := os.Stat(at); err == nil {
				binary = at
			}
		}
	}
	cmd := exec.Command(binary, append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...)
	cmd.Dir = ts.Getenv("WORK")
	for _, name := range []string{"PATH", "HOME", "XDG_DATA_HOME", "TMPDIR"} {
		cmd.Env = append(cmd.Env, name+"="+ts.Getenv(name))
	}
	said, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	ts.Defer(func() {
		ts.Check(cmd.Process.Signal(syscall.SIGTERM))
		ts.Check(cmd.Wait())
	})
	line, err := bufio.NewReader(said).ReadString('\n')
	ts.Check(err)
	_, url, ok := strings.Cut(strings.TrimSpace(line), "serving at ")
	if !ok {
		ts.Fatalf("serve says %q", line)
	}
	ts.Setenv("SERVER", url)
}

// id runs a command that prints one id and keeps it: id NAME temporal-dsql ARGUMENTS… in a worker, id NAME
// COMMAND… as a process.
func id(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: id NAME COMMAND…")
	}
	printed := ""
	if args[1] == commandName {
		said := runInWorker(ts, args[2:])
		if printed = said.Stdout; said.Code != 0 {
			ts.Fatalf("%v exits with %d", args[1:], said.Code)
		}
	} else {
		ts.Check(ts.Exec(args[1], args[2:]...))
		printed = ts.ReadFile("stdout")
	}
	ts.Setenv(args[0], strings.TrimSpace(printed))
}

// made makes a profile of a window with the command line and reads it.
func made(t *testing.T, url string, from, to time.Time, flags ...string) behaviour.Profile {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	// the test binary is the command where it is called so
	binary := filepath.Join(t.TempDir(), "temporal-dsql")
	if err := os.Symlink(exe, binary); err != nil {
		t.Fatal(err)
	}
	data := t.TempDir()
	run := func(args ...string) []byte {
		t.Helper()
		cmd := exec.Command(binary, append(args, "--data-dir", data)...)
		var stderr strings.Builder
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil || stderr.Len() > 0 {
			t.Fatalf("%v: %v: %s", args, err, stderr.String())
		}
		return out
	}
	args := append(
		[]string{
			"profile",
			"create",
			"by hand",
			"--cluster",
			"c",
			"--from",
			from.Format(time.RFC3339),
			"--to",
			to.Format(time.RFC3339),
			"--prometheus-url",
			url,
		},
		flags...)
	made := strings.TrimSpace(string(run(args...)))
	var p behaviour.Profile
	if err := json.Unmarshal(run("profile", "export", made), &p); err != nil {
		t.Fatal(err)
	}
	return p
}

func near(t *testing.T, what string, got *float64, want float64) {
	t.Helper()
	if got == nil || math.Abs(*got-want) > 1e-6*math.Max(1, math.Abs(want)) {
		t.Errorf("%s is %v, want %v", what, value(got), want)
	}
}

func value(v *float64) any {
	if v == nil {
		return nil
	}
	return *v
}

// A profile of a history in OpenMetrics has the numbers that a hand comes to. A
// rate looks back a minute: the samples that count are those from 10:01:00 to
// 11:00:00, which are 237, the numbers 4 to 240.
func TestNumbersByHand(t *testing.T) {
	server, err := prometheustest.Start(history())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	p := made(t, server.URL, windowStart, windowStart.Add(time.Hour))
	started, open := p.Telemetry["throughput"]["workflows_started_per_sec"], p.Telemetry["dsql_pool"]["pool_open_count"]
	for name, got := range map[string]*float64{
		"min": started.Min, "max": started.Max, "mean": started.Mean, "p50": started.P50, "p95": started.P95,
		"p99": started.P99,
	} {
		near(t, "workflows started: "+name, got, 2)
	}
	near(t, "state transitions: mean", p.Telemetry["throughput"]["state_transitions_per_sec"].Mean, 30)
	near(t, "open connections: min", open.Min, 104)
	near(t, "open connections: max", open.Max, 340)
	near(t, "open connections: mean", open.Mean, 222)
	near(t, "open connections: p50", open.P50, 222)
	near(t, "open connections: p95", open.P95, 104+0.95*236)
	near(t, "open connections: p99", open.P99, 104+0.99*236)
	if open.Samples != 237 || open.Expected != 237 || open.Status != behaviour.OK {
		t.Errorf("open connections: %d of %d samples, %s", open.Samples, open.Expected, open.Status)
	}
	if s := p.Telemetry["errors"]["occ_conflicts_per_sec"]; s.Status != behaviour.NoData || s.Mean != nil || s.Reason == "" {
		t.Errorf("what nobody exports is %+v", s)
	}
}

// A load test of our own making, as OpenMetrics, gives a profile with the numbers
// that another program has computed. A sample is a second old when it is asked
// for: whether a range has its left end in it is another matter in every version
// of Prometheus.
func TestLoadTest(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "load_test.json"))
	if err != nil {
		t.Fatal(err)
	}
	var load struct {
		Start, End    int64
		Step          int64 `json:"step_seconds"`
		Restart       int   // counters start anew after this sample
		Rates, Gauges map[string][]float64
		Expected      map[string]struct {
			Min, Max, Mean, P50, P95, P99 float64
			Samples                       int
		}
	}
	if err := json.Unmarshal(data, &load); err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	family := func(series string) string {
		name, _, _ := strings.Cut(series, "{")
		fmt.Fprintf(&text, "# TYPE %s unknown\n", name)
		return series
	}
	for series, rates := range load.Rates {
		family(series)
		total := 1e9 // far from 0, which a rate would not look behind
		for i, rate := range rates {
			fmt.Fprintf(&text, "%s %v %d\n", series, total, load.Start+int64(i)*load.Step-1)
			if i == load.Restart {
				total = 0
			}
			total += rate * float64(load.Step)
		}
	}
	for series, values := range load.Gauges {
		family(series)
		for i, v := range values {
			fmt.Fprintf(&text, "%s %v %d\n", series, v, load.Start+int64(i)*load.Step-1)
		}
	}
	server, err := prometheustest.Start(text.String() + "# EOF\n")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	p := made(t, server.URL, time.Unix(load.Start, 0), time.Unix(load.End, 0), "--scrape-interval", "30s")
	for name, want := range load.Expected {
		category, metric, _ := strings.Cut(name, ".")
		got := p.Telemetry[category][metric]
		near(t, name+": min", got.Min, want.Min)
		near(t, name+": max", got.Max, want.Max)
		near(t, name+": mean", got.Mean, want.Mean)
		near(t, name+": p50", got.P50, want.P50)
		near(t, name+": p95", got.P95, want.P95)
		near(t, name+": p99", got.P99, want.P99)
		if got.Samples != want.Samples || got.Expected != want.Samples || got.Status != behaviour.OK {
			t.Errorf("%s: %d of %d samples, %s", name, got.Samples, got.Expected, got.Status)
		}
	}
}

// The published benchmark of the field, which is not ours to keep: where
// FIELD_BENCHMARK names the file with its series, these as OpenMetrics give a
// profile with its numbers. Of four samples that a rate sees, 30 s apart, three
// rates follow, and it is their mean.
func TestFieldBenchmark(t *testing.T) {
	name := os.Getenv("FIELD_BENCHMARK")
	if name == "" {
		t.Skip("FIELD_BENCHMARK names no file: TestLoadTest has one of our own")
	}
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var field struct {
		Start, End int64
		Step       int64 `json:"step_seconds"`
		Series     map[string][][2]float64
	}
	if err := json.Unmarshal(data, &field); err != nil {
		t.Fatal(err)
	}
	transitions, inUse := field.Series["state_transitions_per_sec"], field.Series["history_pool_in_use_max"]
	var text strings.Builder
	text.WriteString("# TYPE state_transition_count_count unknown\n")
	total := 1e9 // far from 0, which a rate would not look behind
	for _, p := range transitions {
		fmt.Fprintf(&text, "state_transition_count_count %v %d\n", total, int64(p[0])-1)
		total += p[1] * float64(field.Step)
	}
	text.WriteString("# TYPE dsql_pool_in_use unknown\n")
	for _, p := range inUse {
		fmt.Fprintf(&text, "dsql_pool_in_use %v %d\n", p[1], int64(p[0])-1)
	}
	server, err := prometheustest.Start(text.String() + "# EOF\n")
	if err != nil {
		t.Fatal(err)
	}
	p := made(t, server.URL, time.Unix(field.Start, 0), time.Unix(field.End, 0), "--scrape-interval", "30s", "--label", "benchmark")
	if err := server.Stop(); err != nil {
		t.Error(err)
	}
	var most, sum, pool float64
	n := 0
	for i := 4; i < len(transitions); i++ {
		rate := (transitions[i-3][1] + transitions[i-2][1] + transitions[i-1][1]) / 3
		most, sum, pool = max(most, rate), sum+rate, max(pool, inUse[i][1])
		n++
	}
	got := p.Telemetry["throughput"]["state_transitions_per_sec"]
	near(t, "state transitions: max", got.Max, most)
	near(t, "state transitions: mean", got.Mean, sum/float64(n))
	near(t, "connections in use: max", p.Telemetry["dsql_pool"]["pool_in_use_count"].Max, pool)
	if got.Samples != n {
		t.Errorf("%d samples, want %d", got.Samples, n)
	}
	t.Logf("state transitions/s: mean %.0f, max %.0f over %d samples", *got.Mean, *got.Max, n)
}
