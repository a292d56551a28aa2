package store

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
	"github.com/temporal-dsql/temporal-dsql/internal/service/api"
	"github.com/temporal-dsql/temporal-dsql/internal/service/api/apitest"
)

// patience is what an operation of the store may take in these tests. A request
// is of three at the most.
const patience = time.Second

// An outage is one side of the store that goes away, and how.
type outage struct {
	name         string
	begin, end   func(t testing.TB)
	listingWorks bool // it needs no document
}

// The store goes away while a profile is being made, and comes back: what is
// asked meanwhile is answered in time, with what to do; nothing is there by half;
// and the service goes on by itself.
func TestOutage(t *testing.T) {
	world := startWorld(t)
	buckets, s3 := startS3(t)
	database := startPostgres(t)
	for i, o := range []outage{
		{name: "PostgreSQL is killed", begin: database.kill, end: database.start},
		{name: "PostgreSQL hangs", begin: database.hold, end: database.release},
		{name: "S3 is killed", begin: s3.kill, end: s3.start, listingWorks: true},
		{name: "S3 hangs", begin: s3.hold, end: s3.release, listingWorks: true},
	} {
		t.Run(o.name, func(t *testing.T) {
			bucket := fmt.Sprintf("outage-%d", i)
			if err := os.Mkdir(filepath.Join(buckets, bucket), 0o700); err != nil {
				t.Fatal(err)
			}
			testOutage(t, world, store.Options{Bucket: "s3://" + bucket, Database: database.database(t)}, o)
		})
	}
}

func testOutage(t *testing.T, world *apitest.World, options store.Options, o outage) {
	upstream, asked, release := held(t, world.Prometheus)
	s := world.Serve(t, options, func(s *apitest.Setup) {
		s.Telemetry.URL, s.Telemetry.Concurrency = upstream, 256 // slots for all queries of two profiles
		s.Server.Store.Timeout = patience
	})
	create := func(name string) map[string]any {
		return map[string]any{"name": name, "cluster_id": "eu", "time_window_start": apitest.Start, "time_window_end": apitest.End}
	}
	var before struct{ ID string }
	s.Send(t, http.MethodPost, "/profiles", create("before")).Decode(t, http.StatusCreated, &before)
	s.Send(t, http.MethodPost, "/profiles/"+before.ID+"/baseline", nil).Decode(t, http.StatusOK, nil)
	s.Send(t, http.MethodGet, "/readyz", nil).Decode(t, http.StatusOK, nil)

	unavailable := func(a *apitest.Response, took time.Duration, what string) {
		t.Helper()
		p := a.DecodeProblem(t, http.StatusServiceUnavailable, "store")
		if a.Header.Get("Retry-After") == "" || took > 3*patience+time.Second {
			t.Errorf("%s: after %s: %v, %s", what, took, a.Header, p.Detail)
		}
		t.Logf("%s: %s", what, p.Detail)
	}
	// two are under way: with a key, and without
	hold := asked()
	var under sync.WaitGroup
	for name, headers := range map[string][]string{"with a key": {"Idempotency-Key: outage"}, "without": nil} {
		under.Go(func() {
			a := s.Send(t, http.MethodPost, "/profiles", create(name), headers...)
			unavailable(a, 0, "POST "+name)
		})
	}
	hold()
	o.begin(t)
	release()
	under.Wait()

	ask := func(method, path string) {
		t.Helper()
		start := time.Now()
		unavailable(s.Send(t, method, path, nil), time.Since(start), method+" "+path)
	}
	time.Sleep(time.Second) // what /readyz remembers
	ask(http.MethodGet, "/readyz")
	ask(http.MethodGet, "/profiles/"+before.ID)
	if o.listingWorks {
		s.Send(t, http.MethodGet, "/profiles", nil).Decode(t, http.StatusOK, nil)
	} else {
		ask(http.MethodGet, "/profiles")
		ask(http.MethodGet, "/clusters")
		ask(http.MethodPost, "/profiles/"+before.ID+"/baseline")
		ask(http.MethodDelete, "/profiles/"+before.ID)
	}
	s.Send(t, http.MethodGet, "/livez", nil).Decode(t, http.StatusOK, nil)

	o.end(t)
	for until := time.Now().Add(15 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		if a := s.Send(t, http.MethodGet, "/readyz", nil); a.StatusCode == http.StatusOK {
			break
		} else if time.Now().After(until) {
			t.Fatalf("it does not become ready: %s", a.Data)
		}
	}
	// what was there is there
	s.Send(t, http.MethodGet, "/profiles/"+before.ID, nil).Decode(t, http.StatusOK, nil)
	if got := names(t, s); got["before"] != 1 || len(got) != 1 {
		t.Errorf("there are %v, and what failed is none", got)
	}
	// who asks again gets the one profile
	var again struct{ ID string }
	s.Send(t, http.MethodPost, "/profiles", create("with a key"), "Idempotency-Key: outage").Decode(t, http.StatusCreated, &again)

	found, err := s.Kept.Sweep(t.Context(), -time.Hour, store.Finish)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range found {
		if t.Logf("%+v", p); !p.Repaired || p.Kind == store.NoDocument {
			t.Errorf("%+v", p)
		}
	}
	if left, err := s.Kept.Sweep(t.Context(), -time.Hour, store.Report); err != nil || len(left) > 0 {
		t.Errorf("after a sweep: %v, %v", left, err)
	}
	got := names(t, s)
	if got["before"] != 1 || got["with a key"] != 1 || got["without"] > 1 || len(got) > 3 {
		t.Errorf("after a sweep there are %v", got)
	}
}

// names are those of all profiles, each of which can be read.
func names(t *testing.T, s *apitest.Service) map[string]int {
	t.Helper()
	var page struct{ Profiles []api.Metadata }
	s.Send(t, http.MethodGet, "/profiles", nil).Decode(t, http.StatusOK, &page)
	all := map[string]int{}
	for _, m := range page.Profiles {
		all[m.Name]++
		s.Send(t, http.MethodGet, "/profiles/"+m.ID, nil).Decode(t, http.StatusOK, nil)
	}
	return all
}

// held is in front of a Prometheus. After asked, what that gives blocks until two
// profiles are being made, and queries wait until they are released.
func held(t *testing.T, prometheus string) (address string, asked func() (wait func()), release func()) {
	target, err := url.Parse(prometheus)
	if err != nil {
		t.Fatal(err)
	}
	through := httputil.NewSingleHostReverseProxy(target)
	var holding sync.Mutex
	var gate chan struct{}
	var waiting chan struct{}
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		holding.Lock()
		gate, waiting := gate, waiting
		holding.Unlock()
		if gate != nil {
			if strings.HasSuffix(r.URL.Path, "/values") { // one of each profile
				select {
				case waiting <- struct{}{}:
				case <-gate:
				}
			}
			<-gate
		}
		through.ServeHTTP(w, r)
	}))
	t.Cleanup(proxy.Close)
	asked = func() func() {
		holding.Lock()
		defer holding.Unlock()
		gate, waiting = make(chan struct{}), make(chan struct{}, 2)
		return func() { <-waiting; <-waiting }
	}
	release = func() {
		holding.Lock()
		defer holding.Unlock()
		close(gate)
		gate = nil
	}
	return proxy.URL, asked, release
}
