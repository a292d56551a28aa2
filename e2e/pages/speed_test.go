package pages

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// What pages may take.
const (
	mostTransferred = 300 << 10
	mostPageTime    = 100 * time.Millisecond
	mostCompileTime = 220 * time.Millisecond
	mostIdle        = 80 << 20
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

// quickest is the least of many times: what others do on the machine adds to the
// rest, and never takes away.
func quickest(n int, do func(i int) time.Duration) time.Duration {
	least := time.Hour
	for i := range n {
		least = min(least, do(i))
	}
	return least
}

// ticks is the time of a processor that the service has used.
func (s *service) cpu(t testing.TB) time.Duration {
	t.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(string(data[strings.LastIndex(string(data), ")")+2:]))
	var sum time.Duration
	for _, f := range fields[11:13] { // user and system time, in hundredths of a second
		n, err := strconv.Atoi(f)
		if err != nil {
			t.Fatal(err)
		}
		sum += time.Duration(n) * 10 * time.Millisecond
	}
	return sum
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

	for _, of := range []struct {
		what string
		most time.Duration
		n    int
		path func(i int) string
	}{
		{
			"the page of a cluster with 48 assessments", mostPageTime, 20,
			func(int) string { return "/ui/clusters?cluster=us-east-1&namespace=payments" },
		},
		{"the page of a profile", mostPageTime, 20, func(int) string { return "/ui/profiles/" + id }},
		{"a change on the compile page", mostCompileTime, 30, func(i int) string {
			return fmt.Sprintf("/ui/compile?preset=mid-scale&modifier=orchestrator&set.history.replicas=%d&sdk=go&platform=helm", 4+i)
		}},
		{"a change on the compile page, with every adapter at once", 2 * mostCompileTime, 20, func(i int) string {
			return fmt.Sprintf(
				"/ui/compile?preset=mid-scale&overrides=frontend.rps%%3D%d&sdk=go&sdk=python&sdk=java&sdk=typescript&sdk=dotnet"+
					"&platform=helm&platform=ecs&platform=compose",
				3000+i,
			)
		}},
	} {
		before := s.cpu(t)
		least := quickest(of.n, func(i int) time.Duration {
			_, _, took := s.fetch(t, of.path(i), "X-Fragment: 1")
			return took
		})
		used := (s.cpu(t) - before) / time.Duration(of.n)
		t.Logf(
			"%s: %s at the quickest of %d, %s of a processor each",
			of.what,
			least.Round(time.Millisecond),
			of.n,
			used.Round(time.Millisecond),
		)
		// the one counts what others do on the machine, the other what is done beside
		if min(least, used) > of.most {
			t.Errorf("%s takes %s, and %s of a processor", of.what, least, used)
		}
	}
}
