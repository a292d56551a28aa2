//go:build stock

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/prometheustest"
)

// serve starts the service on one core, and gives its address and process.
func serve(b *testing.B, args ...string) (string, *exec.Cmd) {
	b.Helper()
	cmd := exec.Command(binary(b), append([]string{"serve", "--listen", "127.0.0.1:0", "--data-dir", b.TempDir()}, args...)...)
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

func residentMB(b *testing.B, pid int) float64 {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	var kilobytes float64
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	if _, err := fmt.Sscan(rest, &kilobytes); err != nil {
		b.Fatal(err)
	}
	return kilobytes / 1024
}

// BenchmarkServeIdle prints the memory of a service that has just started, with
// a Prometheus to ask.
func BenchmarkServeIdle(b *testing.B) {
	_, cmd := serve(b, "--prometheus-url", "http://127.0.0.1:9")
	time.Sleep(2 * time.Second)
	b.ReportMetric(residentMB(b, cmd.Process.Pid), "MB")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkServeQuiet prints the memory of a service that has made eight profiles,
// each with a configuration to read, and that nobody has asked for a while.
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
	for range 8 {
		answer, err := http.Post(url+"/profiles", "application/json", bytes.NewReader(body))
		if err != nil {
			b.Fatal(err)
		}
		if err := answer.Body.Close(); err != nil || answer.StatusCode != http.StatusCreated {
			b.Fatal(answer.Status, err)
		}
	}
	b.ReportMetric(residentMB(b, cmd.Process.Pid), "MB/busy")
	time.Sleep(25 * time.Second)
	b.ReportMetric(residentMB(b, cmd.Process.Pid), "MB")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkServeGet prints how many profiles of 37 metrics a core of the service
// gives a second: by the processor time that it takes, since the client shares
// the machine.
func BenchmarkServeGet(b *testing.B) {
	url, cmd := serve(b)
	start := time.Date(2026, 10, 5, 12, 0, 0, 0, time.UTC)
	p := behaviour.Profile{
		Metadata:  behaviour.Metadata{ID: "0199a5f2-0000-7000-8000-000000000000", Name: "large", ClusterID: "eu", WindowStart: start, WindowEnd: start.Add(4 * time.Hour), CreatedAt: start.Add(5 * time.Hour)},
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
	b.ReportMetric(residentMB(b, cmd.Process.Pid), "MB")
	b.ReportMetric(0, "ns/op")
}
