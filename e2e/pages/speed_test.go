package pages

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// What pages may take. Times are parts of a cold compile on the command line, so
// the test asks the same of a slow machine as of a quick one.
const (
	mostTransferred  = 300 << 10
	mostIdle         = 80 << 20
	mostPagePart     = 0.15
	mostCompilePart  = 0.5
	mostAdaptersPart = 0.75
)

// fetch gets a page as a browser does, and tells its text, how many bytes came
// over the wire and how long the answer took.
func (s *service) fetch(t testing.TB, path string, headers ...string) (text string, wire int, took time.Duration) {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, s.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Encoding", "gzip")
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	start := time.Now()
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	counted := &counter{from: answer.Body}
	var body io.Reader = counted
	if answer.Header.Get("Content-Encoding") == "gzip" {
		if body, err = gzip.NewReader(counted); err != nil {
			t.Fatal(err)
		}
	}
	data, err := io.ReadAll(body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %s, %v: %.500s", path, answer.Status, err, data)
	}
	return string(data), counted.bytes, time.Since(start)
}

type counter struct {
	from  io.Reader
	bytes int
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.bytes += n
	return n, err
}

// rss is the memory of the service that is its own: pages of the executable's file
// are the system's to take back.
func (s *service) rss(t testing.TB) int {
	t.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`RssAnon:\s+(\d+) kB`).FindSubmatch(data)
	n, err := strconv.Atoi(string(found[1]))
	if err != nil {
		t.Fatal(err)
	}
	return n << 10
}

func TestSizesAndTimes(t *testing.T) {
	s := serve(t)
	// what the start has left is given back when nobody asks for anything
	idle := s.rss(t)
	for end := time.Now().Add(20 * time.Second); idle > mostIdle && time.Now().Before(end); time.Sleep(time.Second) {
		idle = s.rss(t)
	}
	if idle > mostIdle {
		t.Errorf("the service takes %d MiB before anybody asks for anything", idle>>20)
	}
	t.Logf("idle after its start: %d MiB", idle>>20)
	id := s.make(t, "forty", "", afternoon, map[string]any{"config": settings(t), "preset_name": "mid-scale"})
	page, bytes, _ := s.fetch(t, "/ui/profiles/"+id)
	plots := strings.Count(page, "data-plot=")
	if plots < 40 {
		t.Errorf("the page has %d plots", plots)
	}
	for _, a := range regexp.MustCompile(`(?:src|href)="(/ui/static/[^"]+)"`).FindAllStringSubmatch(page, -1) {
		_, more, _ := s.fetch(t, a[1])
		bytes += more
	}
	_, more, _ := s.fetch(t, "/ui/profiles/"+id+"/series")
	if bytes += more; bytes > mostTransferred {
		t.Errorf("a page of %d plots transfers %d KiB", plots, bytes>>10)
	}
	t.Logf("a page of %d plots, all that it loads: %d KiB", plots, bytes>>10)

	s.post(
		t,
		"/profiles/"+s.make(
			t,
			"A good start",
			"",
			[2]time.Time{morning[0], morning[0].Add(10 * time.Minute)},
			map[string]any{"cluster_id": "us-east-1"},
		)+"/baseline",
		nil,
		nil,
	)
	for i := range 48 {
		end := morning[0].Add(11*time.Minute + time.Duration(i)*time.Minute)
		s.post(
			t,
			"/assessments",
			map[string]any{
				"cluster_id":        "us-east-1",
				"namespace":         "payments",
				"time_window_start": end.Add(-10 * time.Minute),
				"time_window_end":   end,
			},
			nil,
		)
	}

	pages := []struct {
		what string
		most float64
		path func(i int) string
	}{
		{
			"the page of a cluster with 48 assessments", mostPagePart,
			func(int) string { return "/ui/clusters?cluster=us-east-1&namespace=payments" },
		},
		{"the page of a profile", mostPagePart, func(int) string { return "/ui/profiles/" + id }},
		{"a change on the compile page", mostCompilePart, func(i int) string {
			return fmt.Sprintf("/ui/compile?preset=mid-scale&modifier=orchestrator&set.history.replicas=%d&sdk=go&platform=helm", 4+i)
		}},
		{"a change on the compile page, with every adapter at once", mostAdaptersPart, func(i int) string {
			return fmt.Sprintf(
				"/ui/compile?preset=mid-scale&overrides=frontend.rps%%3D%d&sdk=go&sdk=python&sdk=java&sdk=typescript&sdk=dotnet"+
					"&platform=helm&platform=ecs&platform=compose",
				3000+i,
			)
		}},
	}
	// The least of many times: what others do on the machine adds to the rest, and
	// never takes away. Turn and turn about, so all of them see the same machine.
	cold, least := time.Hour, make([]time.Duration, len(pages))
	for i := range 20 {
		cold = min(cold, coldCompile(t))
		for k, page := range pages {
			_, _, took := s.fetch(t, page.path(i), "X-Fragment: 1")
			if i == 0 || took < least[k] {
				least[k] = took
			}
		}
	}
	t.Logf("a cold compile: %s at the quickest of 20", cold.Round(time.Millisecond))
	for k, page := range pages {
		part := least[k].Seconds() / cold.Seconds()
		t.Logf("%s: %s, %.2f of a cold compile", page.what, least[k].Round(time.Millisecond), part)
		if part > page.most {
			t.Errorf("%s takes %.2f of a cold compile, more than %.2f", page.what, part, page.most)
		}
	}
}

// coldCompile runs the deployment of the compile page on the command line.
func coldCompile(t testing.TB) time.Duration {
	t.Helper()
	cmd := exec.Command(
		binary(t), "compile", "mid-scale", "--modifier", "orchestrator", "--override", "history.replicas=5",
		"--sdk", "go", "--platform", "helm", "--output", "json",
	)
	cmd.Dir = t.TempDir()
	start := time.Now()
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	return time.Since(start)
}
