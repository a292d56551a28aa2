//go:build stock

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/prometheustest"
)

// serve starts the service on one core, and gives its address and process.
func serve(b *testing.B, args ...string) (string, *exec.Cmd) {
	b.Helper()
	bin := binary(b)
	// out of the page cache: a file that was just written is mapped in other pieces
	// than one that is read from the disk, as services are
	if out, err := exec.Command("dd", "of="+bin, "oflag=nocache", "conv=notrunc,fdatasync", "count=0").CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	cmd := exec.Command(bin, append([]string{"serve", "--listen", "127.0.0.1:0", "--data-dir", b.TempDir()}, args...)...)
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			b.Error(err)
		}
		if err := cmd.Wait(); err != nil {
			b.Error(err)
		}
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return strings.TrimPrefix(strings.TrimSpace(line), "serving at "), cmd
}

// cpu is what a process has used so far.
func cpu(b *testing.B, pid int) time.Duration {
	b.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Fatal(err)
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	ticks := 0
	for _, field := range fields[11:13] { // user and system time, in hundredths of a second
		n, err := strconv.Atoi(field)
		if err != nil {
			b.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// mostOwn is the private memory, in MB, that an idle service may take. Pages of the executable do not
// count: the system shares them, and takes them back when it needs the room.
const mostOwn = 50

// resident reports the memory of a process: all, its own, and what is mapped of the executable. It returns its own.
func resident(b *testing.B, pid int, when string) (own float64) {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	for field, unit := range map[string]string{"VmRSS:": "MB", "RssAnon:": "MB-own", "RssFile:": "MB-executable"} {
		var kilobytes float64
		_, rest, _ := strings.Cut(string(status), field)
		if _, err := fmt.Sscan(rest, &kilobytes); err != nil {
			b.Fatal(err)
		}
		if field == "RssAnon:" {
			own = kilobytes / 1024
		}
		b.ReportMetric(kilobytes/1024, unit+when)
	}
	return own
}

func settled(b *testing.B, pid int) {
	b.Helper()
	if own := resident(b, pid, ""); own > mostOwn {
		b.Errorf("it takes %.0f MB of its own, and may take %d", own, mostOwn)
	}
}

// BenchmarkServeIdle prints the memory of a service that has just started, and
// of one that a configuration file makes assess a cluster by itself.
func BenchmarkServeIdle(b *testing.B) {
	config := filepath.Join(b.TempDir(), "service.yaml")
	if err := os.WriteFile(config, []byte("clusters: {eu: {assess: {every: 24h, window: 1h}}}\n"), 0o600); err != nil {
		b.Fatal(err)
	}
	for name, args := range map[string][]string{"flags": nil, "config": {"--config", config}} {
		b.Run(name, func(b *testing.B) {
			_, cmd := serve(b, append(args, "--prometheus-url", "http://127.0.0.1:9")...)
			time.Sleep(2 * time.Second)
			settled(b, cmd.Process.Pid)
			b.ReportMetric(0, "ns/op")
		})
	}
}

// longestIdle is how long the service may take to drop its engines: a minute after the last use of each, and as long again
// for an engine that was in use when its minute ended. A busy machine needs more.
const longestIdle = 4 * time.Minute

// awaitDrop waits until a service has dropped its engines: until its memory is small, or does not change any more.
func awaitDrop(b *testing.B, pid int) {
	b.Helper()
	smallest, since := math.Inf(1), time.Now()
	for begin := time.Now(); time.Since(begin) < longestIdle && time.Since(since) < longestIdle/2; time.Sleep(time.Second) {
		own := resident(b, pid, "")
		if own <= mostOwn {
			return
		}
		if own < smallest-1 {
			smallest, since = own, time.Now()
		}
	}
}

// BenchmarkServeQuiet prints the memory of a service that has made eight profiles,
// each with a configuration to read, has compared and judged some, and that nobody
// has asked for a while.
func BenchmarkServeQuiet(b *testing.B) {
	start := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	prometheus, err := prometheustest.Start(fmt.Sprintf("# TYPE dsql_pool_open gauge\ndsql_pool_open 50 %d\n# EOF\n", start.Unix()))
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := prometheus.Stop(); err != nil {
			b.Error(err)
		}
	}()
	url, cmd := serve(b, "--prometheus-url", prometheus.URL)
	body, err := json.Marshal(map[string]any{
		"name": "n", "cluster_id": "eu", "time_window_start": start, "time_window_end": start.Add(time.Hour),
		"config": []map[string]string{{"name": "server.env", "content": "TEMPORAL_SQL_MAX_CONNS=50\n"}},
	})
	if err != nil {
		b.Fatal(err)
	}
	ask := func(path string, body []byte) (answered struct{ ID string }) {
		answer, err := http.Post(url+path, "application/json", bytes.NewReader(body))
		if err != nil {
			b.Fatal(err)
		}
		defer func() { _ = answer.Body.Close() }()
		if err := json.NewDecoder(answer.Body).Decode(&answered); err != nil || answer.StatusCode >= http.StatusMultipleChoices {
			b.Fatal(answer.Status, err)
		}
		return answered
	}
	var made []string
	for range 8 {
		made = append(made, ask("/profiles", body).ID)
	}
	resident(b, cmd.Process.Pid, "/busy")
	ask("/profiles/compare", fmt.Appendf(nil, `{"profile_a_id": %q, "profile_b_id": %q}`, made[0], made[1]))
	ask("/profiles/"+made[0]+"/recommend", []byte(`{"preset_name": "mid-scale"}`))
	awaitDrop(b, cmd.Process.Pid)
	settled(b, cmd.Process.Pid)
	b.ReportMetric(0, "ns/op")
}

// BenchmarkServeGet prints how many profiles of 37 metrics a core of the service
// gives a second: by the processor time that it takes, since the client shares
// the machine.
func BenchmarkServeGet(b *testing.B) {
	url, cmd := serve(b)
	start := time.Date(2026, 10, 5, 12, 0, 0, 0, time.UTC)
	p := behaviour.Profile{
		Metadata: behaviour.Metadata{
			ID:          "0199a5f2-0000-7000-8000-000000000000",
			Name:        "large",
			ClusterID:   "eu",
			WindowStart: start,
			WindowEnd:   start.Add(4 * time.Hour),
			CreatedAt:   start.Add(5 * time.Hour),
		},
		Telemetry: behaviour.Telemetry{"latency": {}},
	}
	for i := range 37 {
		samples := make([]behaviour.Point, 240)
		for j := range samples {
			samples[j] = behaviour.Point{Time: start.Unix() + int64(j)*60, Value: float64((i*7919+j*104729)%100003) / 97}
		}
		p.Telemetry["latency"][fmt.Sprintf("metric_%d", i)] = behaviour.Summarise(samples, len(samples))
	}
	document, err := json.Marshal(p)
	if err != nil {
		b.Fatal(err)
	}
	imported, err := http.Post(url+"/profiles/import", "application/json", bytes.NewReader(document))
	if err != nil {
		b.Fatal(err)
	}
	if err := imported.Body.Close(); err != nil || imported.StatusCode != http.StatusCreated {
		b.Fatal(imported.Status, err)
	}
	const clients, each = 8, 250
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
	before, began, done := cpu(b, cmd.Process.Pid), time.Now(), 0
	for b.Loop() {
		var all sync.WaitGroup
		for range clients {
			all.Go(func() {
				for range each {
					answer, err := client.Get(url + "/profiles/" + p.ID)
					if err != nil {
						b.Error(err)
						return
					}
					n, err := io.Copy(io.Discard, answer.Body)
					if err := answer.Body.Close(); err != nil || answer.StatusCode != http.StatusOK || n < 100_000 {
						b.Error(answer.Status, n, err)
					}
					if err != nil {
						b.Error(err)
					}
				}
			})
		}
		all.Wait()
		done += clients * each
	}
	b.ReportMetric(float64(done)/(cpu(b, cmd.Process.Pid)-before).Seconds(), "gets/core-second")
	b.ReportMetric(float64(done)/time.Since(began).Seconds(), "gets/s")
	resident(b, cmd.Process.Pid, "")
	b.ReportMetric(0, "ns/op")
}
