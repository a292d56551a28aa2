package store

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts/verdictstest"
	"github.com/temporal-dsql/temporal-dsql/internal/service/api/apitest"
)

// The load of TestSoak, and what it allows.
const (
	soakClients = 8
	// ratedRate is the number of requests a second that docs/deploying-the-service.md states for one replica
	ratedRate = 1
	// soakTime is the length of a run without SOAK
	soakTime = 40 * time.Second
	// most resident memory at any time, and 80 % of it, which a service takes in such a container
	mostMemory  = 512 << 20
	memoryLimit = "409MiB"
	// profiles that a client keeps; it deletes the oldest beyond them
	keptProfiles = 30
	// goroutines and handles above the start: pooled connections that are idle
	pooledGoroutines, pooledHandles = 40, 24
	// how long idle connections may take to close
	settleTime = 100 * time.Second
	// memory is flat if the second half needs at most this much more than the first
	memoryGrowth = 64 << 20
)

// A service under a mixed load, at twice the rated rate, keeps its memory, goroutines and handles: SOAK=1h runs it for
// an hour.
func TestSoak(t *testing.T) {
	length := soakTime
	if text := os.Getenv("SOAK"); text != "" {
		d, err := time.ParseDuration(text)
		if err != nil {
			t.Fatal(err)
		}
		length = d
	}
	world := startWorld(t)
	buckets, _ := startS3(t)
	if err := os.Mkdir(filepath.Join(buckets, "soak"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOMEMLIMIT", memoryLimit)
	s := startServiceWith(t, buildProgram(t), "", "--data-dir", t.TempDir(), "--bucket", "s3://soak",
		"--database", startPostgres(t).database(t), "--prometheus-url", world.Prometheus)
	load := newSoakLoad(t, s)
	start := readUsage(t, s)
	t.Logf("at the start: %s", start)

	ctx, cancel := context.WithTimeout(t.Context(), length)
	defer cancel()
	var all sync.WaitGroup
	for i := range soakClients {
		all.Go(func() { load.runClient(ctx, i) })
	}
	var halves [2]int64 // highest resident memory
	began := time.Now()
	for ctx.Err() == nil && !t.Failed() {
		u := readUsage(t, s)
		half := min(1, int(2*time.Since(began)/length))
		halves[half] = max(halves[half], u.memory)
		select {
		case <-ctx.Done():
		case <-time.After(250 * time.Millisecond):
		}
	}
	cancel()
	all.Wait()
	took := time.Since(began)
	peak := readUsage(t, s).peak
	s.client.CloseIdleConnections()
	var last usage
	for until := time.Now().Add(settleTime); ; time.Sleep(time.Second) {
		last = readUsage(t, s)
		if last.goroutines <= start.goroutines+pooledGoroutines && last.handles <= start.handles+pooledHandles {
			break
		}
		if time.Now().After(until) {
			t.Errorf("after the load: %s; at the start: %s", last, start)
			break
		}
	}
	if peak > mostMemory {
		t.Errorf("resident memory reached %d MB, more than %d MB", peak>>20, mostMemory>>20)
	}
	if halves[1] > halves[0]+memoryGrowth {
		t.Errorf("resident memory grew from %d MB in the first half to %d MB in the second", halves[0]>>20, halves[1]>>20)
	}
	sent := 0
	for _, kind := range slices.Sorted(maps.Keys(load.kinds)) {
		k := load.kinds[kind]
		sent += len(k.took)
		if len(k.took) == 0 {
			t.Errorf("%s was never sent", kind)
			continue
		}
		slices.Sort(k.took)
		t.Logf("%-16s %6d, %4d refused for load, median %s, p99 %s", kind, len(k.took), k.refused,
			k.took[len(k.took)/2].Round(time.Millisecond), k.took[len(k.took)*99/100].Round(time.Millisecond))
	}
	t.Logf("%d requests in %s, %.1f a second; peak %d MB, by half %d and %d MB; processor %.0f s; afterwards: %s", sent,
		took.Round(time.Second), float64(sent)/took.Seconds(), peak>>20, halves[0]>>20, halves[1]>>20, last.processor-start.processor, last)
}

// usage is what a process uses.
type usage struct {
	memory, peak        int64 // resident bytes
	goroutines, handles int
	processor           float64 // seconds
}

func (u usage) String() string {
	return fmt.Sprintf("%d MB, %d goroutines, %d handles", u.memory>>20, u.goroutines, u.handles)
}

// readUsage reads what a service uses, from its metrics and from Linux.
func readUsage(t testing.TB, s *service) (u usage) {
	t.Helper()
	for line := range strings.Lines(string(s.mustGet(t, "/metrics"))) {
		name, text, _ := strings.Cut(strings.TrimSpace(line), " ")
		value, _ := strconv.ParseFloat(text, 64)
		switch name {
		case "process_resident_memory_bytes":
			u.memory = int64(value)
		case "go_goroutines":
			u.goroutines = int(value)
		case "process_open_fds":
			u.handles = int(value)
		case "process_cpu_seconds_total":
			u.processor = value
		}
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.running.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if text, is := strings.CutPrefix(line, "VmHWM:"); is {
			kib, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(text), " kB"), 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			u.peak = kib << 10
		}
	}
	if u.memory == 0 || u.peak == 0 || u.goroutines == 0 || u.handles == 0 {
		t.Fatalf("/metrics or /proc lacks a part of %+v", u)
	}
	return u
}

// soakLoad is a mix of all that users and clients of a service do.
type soakLoad struct {
	t        *testing.T
	service  *service
	template behaviour.Profile
	compose  string

	mu    sync.Mutex
	kinds map[string]*requestKind
}

// requestKind is one kind of requests of the load.
type requestKind struct {
	weight  int
	send    func(c *soakClient) (status int, data []byte, err error)
	took    []time.Duration
	refused int // with 429
}

func newSoakLoad(t *testing.T, s *service) *soakLoad {
	t.Helper()
	l := &soakLoad{t: t, service: s, kinds: map[string]*requestKind{}}
	var err error
	// as large as the profile of an hour
	if l.template, err = verdictstest.Profile(compile.Embedded(), compile.Request{Preset: "mid-scale"}, nil); err != nil {
		t.Fatal(err)
	}
	for _, metrics := range l.template.Telemetry {
		for name, m := range metrics {
			points := make([]behaviour.Point, behaviour.MaxPoints)
			for i := range points {
				points[i] = behaviour.Point{Time: l.template.WindowStart.Unix() + int64(i), Value: *m.Mean * (1 + float64(i%7)/100)}
			}
			sampled := behaviour.Summarise(points, len(points))
			sampled.Unit, sampled.Kind, sampled.Scope = m.Unit, m.Kind, m.Scope
			metrics[name] = sampled
		}
	}
	var compose strings.Builder
	compose.WriteString("services:\n")
	for _, name := range []string{"frontend", "history", "matching", "worker"} {
		fmt.Fprintf(&compose, "  temporal-%s:\n    image: temporalio/server:1.31.0\n    environment:\n      SERVICES: %s\n", name, name)
		for i := range 20 {
			fmt.Fprintf(&compose, "      SETTING_%d: \"%d\"\n", i, i)
		}
	}
	l.compose = compose.String()
	for kind, k := range map[string]*requestKind{
		"create":          {weight: 5, send: (*soakClient).create},
		"import":          {weight: 5, send: (*soakClient).importProfile},
		"compare":         {weight: 8, send: (*soakClient).compare},
		"profile":         {weight: 8, send: (*soakClient).readProfile},
		"recommend":       {weight: 3, send: (*soakClient).recommend},
		"conformance":     {weight: 4, send: (*soakClient).checkConformance},
		"list":            {weight: 20, send: (*soakClient).list},
		"assess":          {weight: 3, send: (*soakClient).assess},
		"assessments":     {weight: 5, send: (*soakClient).listAssessments},
		"baseline":        {weight: 2, send: (*soakClient).setBaseline},
		"profile page":    {weight: 8, send: (*soakClient).showProfile},
		"compare page":    {weight: 8, send: (*soakClient).showComparison},
		"clusters page":   {weight: 4, send: (*soakClient).showClusters},
		"profiles page":   {weight: 6, send: (*soakClient).showProfiles},
		"compile page":    {weight: 8, send: (*soakClient).showCompile},
		"parameters page": {weight: 3, send: (*soakClient).showParameters},
	} {
		l.kinds[kind] = k
	}
	return l
}

// soakClient sends one request after the other.
type soakClient struct {
	*soakLoad
	cluster  string
	random   *rand.Rand
	profiles []string // ids, oldest first
	baseline string
	windows  int
}

// runClient sends requests at the client's share of twice the rated rate until the context ends.
func (l *soakLoad) runClient(ctx context.Context, id int) {
	c := &soakClient{soakLoad: l, cluster: fmt.Sprintf("soak-%d", id), random: rand.New(rand.NewPCG(20, uint64(id)))}
	var kinds, first []string
	for i, kind := range slices.Sorted(maps.Keys(l.kinds)) {
		kinds = append(kinds, slices.Repeat([]string{kind}, l.kinds[kind].weight)...)
		if i%soakClients == id { // however short the run is
			first = append(first, kind)
		}
	}
	for len(c.profiles) < 2 && ctx.Err() == nil && !l.t.Failed() { // what other requests need
		c.sendOne("import")
	}
	pace := time.NewTicker(soakClients * time.Second / (2 * ratedRate))
	defer pace.Stop()
	for len(c.profiles) > 1 && ctx.Err() == nil && !l.t.Failed() {
		kind := kinds[c.random.IntN(len(kinds))]
		if len(first) > 0 {
			kind, first = first[0], first[1:]
		}
		c.sendOne(kind)
		select {
		case <-ctx.Done():
		case <-pace.C:
		}
	}
}

// sendOne sends one request, which succeeds or is refused for load.
func (c *soakClient) sendOne(kind string) {
	k := c.kinds[kind]
	start := time.Now()
	status, data, err := k.send(c)
	took := time.Since(start)
	if err != nil || status >= http.StatusBadRequest && status != http.StatusTooManyRequests {
		c.t.Errorf("%s: %d, %v: %s", kind, status, err, data)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	k.took = append(k.took, took)
	if status == http.StatusTooManyRequests {
		k.refused++
	}
}

func (c *soakClient) get(path string) (int, []byte, error) {
	return c.service.send(context.Background(), http.MethodGet, path, nil)
}

func (c *soakClient) post(path string, body any, headers ...string) (int, []byte, error) {
	var data []byte
	if body != nil {
		var err error
		if data, err = json.Marshal(body); err != nil {
			return 0, nil, err
		}
	}
	return c.service.send(context.Background(), http.MethodPost, path, data, headers...)
}

// anyProfile returns the id of a profile.
func (c *soakClient) anyProfile() string { return c.profiles[c.random.IntN(len(c.profiles))] }

// twoProfiles returns the ids of two profiles.
func (c *soakClient) twoProfiles() (a, b string) {
	at := c.random.Perm(len(c.profiles))
	return c.profiles[at[0]], c.profiles[at[1]]
}

// nextWindow returns another window of the history.
func (c *soakClient) nextWindow() (start, end time.Time) {
	c.windows++
	start = apitest.Start.Add(time.Duration(c.windows%1800) * time.Second)
	return start, start.Add(time.Duration(600+c.windows/1800) * time.Second)
}

// keep remembers a profile, and deletes the oldest if there are too many.
func (c *soakClient) keep(status int, data []byte) (int, []byte, error) {
	if status != http.StatusCreated {
		return status, data, nil
	}
	var created struct{ ID string }
	if err := json.Unmarshal(data, &created); err != nil {
		return status, data, err
	}
	c.profiles = append(c.profiles, created.ID)
	if len(c.profiles) <= keptProfiles {
		return status, data, nil
	}
	at := 0
	if c.profiles[at] == c.baseline {
		at = 1
	}
	id := c.profiles[at]
	c.profiles = slices.Delete(c.profiles, at, at+1)
	return c.service.send(context.Background(), http.MethodDelete, "/profiles/"+id, nil)
}

func (c *soakClient) create() (int, []byte, error) {
	start, end := c.nextWindow()
	status, data, err := c.post("/profiles", map[string]any{
		"name": "created", "cluster_id": c.cluster, "time_window_start": start, "time_window_end": end, "preset_name": "mid-scale",
		"config": []any{
			map[string]any{"name": "compose.yaml", "format": "compose", "content": c.compose},
			map[string]any{"name": "dynamic.yaml", "format": "dynamic-config", "content": fmt.Sprintf("frontend.rps:\n- value: %d\n",
				1000+c.random.IntN(1000))},
		},
	}, "Idempotency-Key: "+uuid.NewString())
	if err != nil {
		return status, data, err
	}
	return c.keep(status, data)
}

func (c *soakClient) importProfile() (int, []byte, error) {
	p := c.template
	p.ID, p.ClusterID = uuid.NewString(), c.cluster
	p.WindowStart = p.WindowStart.Add(time.Duration(c.random.IntN(1000)) * time.Hour)
	p.WindowEnd = p.WindowStart.Add(time.Hour)
	p.CreatedAt = p.WindowEnd
	status, data, err := c.post("/profiles/import", p)
	if err != nil {
		return status, data, err
	}
	return c.keep(status, data)
}

func (c *soakClient) compare() (int, []byte, error) {
	a, b := c.twoProfiles()
	return c.post("/profiles/compare", map[string]any{"profile_a_id": a, "profile_b_id": b})
}

func (c *soakClient) readProfile() (int, []byte, error) { return c.get("/profiles/" + c.anyProfile()) }

func (c *soakClient) recommend() (int, []byte, error) {
	return c.post("/profiles/"+c.anyProfile()+"/recommend", map[string]any{})
}

func (c *soakClient) checkConformance() (int, []byte, error) {
	return c.get("/profiles/" + c.anyProfile() + "/conformance?preset_name=starter")
}

func (c *soakClient) list() (int, []byte, error) {
	return c.get(fmt.Sprintf("/profiles?limit=%d&cluster=%s", 1+c.random.IntN(100), c.cluster))
}

func (c *soakClient) assess() (int, []byte, error) {
	start, end := c.nextWindow()
	return c.post("/assessments", map[string]any{"cluster_id": c.cluster, "time_window_start": start, "time_window_end": end})
}

func (c *soakClient) listAssessments() (int, []byte, error) {
	return c.get("/assessments?cluster=" + c.cluster)
}

func (c *soakClient) setBaseline() (int, []byte, error) {
	id := c.anyProfile()
	status, data, err := c.post("/profiles/"+id+"/baseline", nil)
	if err == nil && status == http.StatusOK {
		c.baseline = id
	}
	return status, data, err
}

func (c *soakClient) showProfile() (int, []byte, error) {
	return c.get("/ui/profiles/" + c.anyProfile())
}

func (c *soakClient) showComparison() (int, []byte, error) {
	a, b := c.twoProfiles()
	return c.get("/ui/compare?a=" + a + "&b=" + b)
}

func (c *soakClient) showClusters() (int, []byte, error) {
	return c.get("/ui/clusters?cluster=" + c.cluster)
}

func (c *soakClient) showProfiles() (int, []byte, error) {
	return c.get("/ui/profiles?cluster=" + c.cluster)
}

func (c *soakClient) showCompile() (int, []byte, error) {
	return c.get("/ui/compile?" + url.Values{
		"preset": {"mid-scale"}, "modifier": {"orchestrator"}, "sdk": {"go"}, "platform": {"helm"},
		"set.history.replicas": {strconv.Itoa(4 + c.random.IntN(40))},
	}.Encode())
}

func (c *soakClient) showParameters() (int, []byte, error) {
	return c.get("/ui/parameters?q=" + url.QueryEscape([]string{"poller", "history", "cache", "rate"}[c.random.IntN(4)]))
}
