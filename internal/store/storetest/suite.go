// Package storetest holds a store to what it promises, whatever it is built of.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/temporal-dsql/temporal-dsql/internal/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/store"
)

// Run runs every test of a store. Each gets options of its own, with nothing in
// it, and may open them more than once.
func Run(t *testing.T, options func(t *testing.T) store.Options) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, store.Options)
	}{
		{"a profile comes back as it was created, and goes (P16)", testRoundTrip},
		{"TestP15Listing", testListing},
		{"TestP16RoundTrip", testGenerated},
		{"a listing in pages skips and repeats nothing while profiles come and go", testPages},
		{"a cursor is good for its own filters only", testCursor},
		{"one id is one profile", testImport},
		{"one request makes one profile", testRequest},
		{"two writers of one idempotency key get one profile", testRequestRace},
		{"of 16 first baselines one has no previous one", testFirstBaselines},
		{"of 16 that expect none one becomes the baseline", testExpectedBaselines},
		{"a baseline cannot be deleted, whichever comes first", testBaselineAgainstDelete},
		{"clusters are listed with their baselines", testClusters},
		{"a sweep repairs what a crash leaves", testCrash},
		{"a sweep reports what is lost", testLost},
		{"a corrupt document is named", testCorrupt},
		{"what the index cannot keep is refused", testRefused},
		{"many may open a new store at once", testOpen},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.run(t, options(t))
		})
	}
}

var noon = time.Date(2026, 10, 5, 12, 0, 0, 0, time.UTC)

// open opens the options, for the time of the test.
func open(t *testing.T, o store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// profile is one of the cluster eu, with the window of an hour.
func profile(name string, start time.Time) behaviour.Profile {
	p95 := 0.041
	return behaviour.Profile{
		Metadata: behaviour.Metadata{Name: name, ClusterID: "eu", Namespace: "payments", WindowStart: start, WindowEnd: start.Add(time.Hour), TemporalServerVersion: "1.31.2"},
		Config:   behaviour.Snapshot{DynamicConfig: map[string]any{"frontend.rps": 3000.0, "note": "<a> & b"}, Sources: []string{"request"}},
		Telemetry: behaviour.Telemetry{"latency": {
			"persistence_latency_p95": {Status: behaviour.OK, Unit: "seconds", P95: &p95, Samples: 2, Expected: 2, Series: []behaviour.Point{{Time: start.Unix(), Value: 0.04}, {Time: start.Unix() + 60, Value: 0.042}}},
			"persistence_latency_p99": {Status: behaviour.NoData, Reason: "the cluster does not export it"},
		}},
	}
}

func create(t testing.TB, s *store.Store, p behaviour.Profile) behaviour.Metadata {
	t.Helper()
	m, err := s.Create(context.Background(), p, nil)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func testRoundTrip(t *testing.T, o store.Options) {
	ctx, s := context.Background(), open(t, o)
	want := profile("before the upgrade", noon)
	m := create(t, s, want)
	want.Metadata = m
	got, err := s.Get(ctx, m.ID)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(&want, got); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	if err := s.Ready(ctx); err != nil {
		t.Error(err)
	}
	if err := s.Delete(ctx, m.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(ctx, m.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a deleted profile: %v", err)
	}
	if err := s.Delete(ctx, m.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("deleted again: %v", err)
	}
	if _, err := s.Get(ctx, "../../etc/passwd"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("an id that is none: %v", err)
	}
	sweeps(t, s, true)
}

// text is short and odd.
var text = rapid.StringOfN(rapid.RuneFrom([]rune("aB9.-/% _'\"<&é漢\u2028🙂")), 0, 12, -1)

// generated draws a profile; few values, so that filters match some.
func generated(t *rapid.T) behaviour.Profile {
	start := noon.Add(time.Duration(rapid.Int64Range(-72, 72).Draw(t, "start")) * time.Hour)
	p := profile(text.Draw(t, "name"), start.In(time.FixedZone("", rapid.SampledFrom([]int{0, 7200}).Draw(t, "zone"))))
	p.WindowEnd = p.WindowStart.Add(time.Duration(rapid.Int64Range(1, int64(behaviour.MaxWindow)).Draw(t, "length")))
	p.ClusterID = rapid.SampledFrom([]string{"eu", "us", "é%_"}).Draw(t, "cluster")
	p.Namespace = rapid.SampledFrom([]string{"", "payments", "orders"}).Draw(t, "namespace")
	p.TaskQueue = rapid.SampledFrom([]string{"", "mail"}).Draw(t, "task queue")
	p.Label = rapid.SampledFrom([]string{"", "before", "after"}).Draw(t, "label")
	p.WorkerCodeSHA, p.PresetName = text.Draw(t, "sha"), text.Draw(t, "preset")
	return p
}

func testGenerated(t *testing.T, o store.Options) {
	s := open(t, o)
	rapid.Check(t, func(t *rapid.T) {
		want := generated(t)
		want.Config.Environment = map[string]map[string]string{text.Draw(t, "service"): {text.Draw(t, "variable"): text.Draw(t, "value")}}
		want.Config.DynamicConfig = map[string]any{text.Draw(t, "key"): rapid.Float64().Filter(func(f float64) bool { return f-f == 0 }).Draw(t, "number")}
		want.Config.Profile = []byte(rapid.SampledFrom([]string{"null", `{"a":"<&>"}`, `[1.50,12345678901234567890]`}).Draw(t, "profile"))
		want.Telemetry["errors"] = map[string]behaviour.Summary{text.Draw(t, "metric"): {Status: behaviour.Partial, Scope: []string{}, Series: []behaviour.Point{}}}
		m, err := s.Create(context.Background(), want, nil)
		if err != nil {
			t.Fatal(err)
		}
		created := want.Metadata
		created.ID, created.CreatedAt = m.ID, m.CreatedAt
		if d := cmp.Diff(created, m); d != "" {
			t.Fatalf("-given +created\n%s", d)
		}
		want.Metadata = m
		got, err := s.Get(context.Background(), m.ID)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(&want, got); d != "" {
			t.Fatalf("-want +got\n%s", d)
		}
	})
}

// testListing holds every listing to the profiles of the whole set that match.
func testListing(t *testing.T, o store.Options) {
	ctx, s := context.Background(), open(t, o)
	all := map[string]behaviour.Metadata{}
	baselines := map[[2]string]string{}
	maybe := func(t *rapid.T, name string, values ...string) *string {
		return rapid.Ptr(rapid.SampledFrom(values), true).Draw(t, name)
	}
	rapid.Check(t, func(t *rapid.T) {
		for range rapid.IntRange(0, 2).Draw(t, "profiles") {
			m, err := s.Create(ctx, generated(t), nil)
			if err != nil {
				t.Fatal(err)
			}
			all[m.ID] = m
			if rapid.Bool().Draw(t, "baseline") {
				if _, err := s.SetBaseline(ctx, m.ID, nil); err != nil {
					t.Fatal(err)
				}
				baselines[[2]string{m.ClusterID, m.Namespace}] = m.ID
			}
		}
		f := store.Filter{
			Cluster:   maybe(t, "of cluster", "eu", "us", "é%_", "none"),
			Namespace: maybe(t, "of namespace", "", "payments", "orders"),
			TaskQueue: maybe(t, "of task queue", "", "mail"),
			Label:     maybe(t, "of label", "", "before", "after"),
			Baseline:  rapid.Ptr(rapid.Bool(), true).Draw(t, "of baselines"),
		}
		if rapid.Bool().Draw(t, "has from") {
			f.From = noon.Add(time.Duration(rapid.IntRange(-72, 72).Draw(t, "from")) * time.Hour)
		}
		if rapid.Bool().Draw(t, "has to") {
			f.To = noon.Add(time.Duration(rapid.IntRange(-72, 72).Draw(t, "to")) * time.Hour)
		}
		is := func(want *string, got string) bool { return want == nil || *want == got }
		want := []behaviour.Metadata{}
		for _, m := range all {
			m.IsBaseline = baselines[[2]string{m.ClusterID, m.Namespace}] == m.ID
			if is(f.Cluster, m.ClusterID) && is(f.Namespace, m.Namespace) && is(f.TaskQueue, m.TaskQueue) && is(f.Label, m.Label) &&
				(f.From.IsZero() || m.WindowEnd.After(f.From)) && (f.To.IsZero() || m.WindowStart.Before(f.To)) &&
				(f.Baseline == nil || *f.Baseline == m.IsBaseline) {
				want = append(want, m)
			}
		}
		slices.SortFunc(want, func(a, b behaviour.Metadata) int {
			if c := b.WindowStart.Compare(a.WindowStart); c != 0 {
				return c
			}
			return strings.Compare(b.ID, a.ID)
		})
		got := []behaviour.Metadata{}
		limit := rapid.IntRange(1, 40).Draw(t, "limit")
		for page, err := range pages(s, f, limit) {
			if err != nil {
				t.Fatal(err)
			}
			if len(page) > limit {
				t.Fatalf("a page of %d has %d", limit, len(page))
			}
			got = append(got, page...)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("-want +got\n%s", d)
		}
	})
}

func pages(s *store.Store, f store.Filter, limit int) iter.Seq2[[]behaviour.Metadata, error] {
	return func(yield func([]behaviour.Metadata, error) bool) {
		for cursor := ""; ; {
			page, err := s.List(context.Background(), f, limit, cursor)
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(page.Profiles, nil) || page.Next == "" {
				return
			}
			cursor = page.Next
		}
	}
}

func testPages(t *testing.T, o store.Options) {
	s := open(t, o)
	var ids []string
	for i := range 9 {
		ids = append(ids, create(t, s, profile(fmt.Sprint(i), noon.Add(time.Duration(i/2)*time.Hour))).ID)
	}
	gone := ids[8] // the first of the listing
	var got []string
	for page, err := range pages(s, store.Filter{}, 2) {
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range page {
			got = append(got, m.ID)
		}
		// a newer one, and the one that the cursor is of, if it is the first page's
		create(t, s, profile("newer", noon.Add(10*time.Hour)))
		if err := s.Delete(context.Background(), gone); err != nil && !errors.Is(err, store.ErrNotFound) {
			t.Fatal(err)
		}
	}
	slices.Reverse(ids)
	if d := cmp.Diff(ids, got); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
}

func testCursor(t *testing.T, o store.Options) {
	ctx, s := context.Background(), open(t, o)
	create(t, s, profile("a", noon))
	create(t, s, profile("b", noon))
	page, err := s.List(ctx, store.Filter{}, 1, "")
	if err != nil || page.Next == "" {
		t.Fatalf("%+v, %v", page, err)
	}
	cluster := "eu"
	for name, list := range map[string]func() (*store.Page, error){
		"of another filter": func() (*store.Page, error) { return s.List(ctx, store.Filter{Cluster: &cluster}, 1, page.Next) },
		"of nothing":        func() (*store.Page, error) { return s.List(ctx, store.Filter{}, 1, "abc") },
		"cut":               func() (*store.Page, error) { return s.List(ctx, store.Filter{}, 1, page.Next[:len(page.Next)-4]) },
		"too many":          func() (*store.Page, error) { return s.List(ctx, store.Filter{}, store.MaxLimit+1, "") },
	} {
		if _, err := list(); !isRequestError(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func isRequestError(err error) bool {
	var wrong *store.RequestError
	return errors.As(err, &wrong) && wrong.Remedy != ""
}

func testImport(t *testing.T, o store.Options) {
	ctx, s := context.Background(), open(t, o)
	p := profile("imported", noon)
	p.ID, p.CreatedAt = "0193a5f2-0000-7000-8000-000000000001", noon
	first := create(t, s, p)
	if again := create(t, s, p); again != first {
		t.Errorf("the same profile again: %+v", again)
	}
	p.Name = "another"
	if _, err := s.Create(ctx, p, nil); !errors.Is(err, store.ErrExists) {
		t.Errorf("another profile of its id: %v", err)
	}
}

func testRequest(t *testing.T, o store.Options) {
	ctx, s := context.Background(), open(t, o)
	r := &store.Request{Key: "k", Digest: "d"}
	if m, err := s.Earlier(ctx, r); m != nil || err != nil {
		t.Fatalf("before: %v, %v", m, err)
	}
	first, err := s.Create(ctx, profile("a", noon), r)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := s.Create(ctx, profile("a", noon), r); err != nil || again != first {
		t.Errorf("again: %+v, %v", again, err)
	}
	if _, err := s.Create(ctx, profile("b", noon), &store.Request{Key: "k", Digest: "other"}); !errors.Is(err, store.ErrKeyReused) {
		t.Errorf("another request: %v", err)
	}
	if err := s.Delete(ctx, first.ID); err != nil {
		t.Fatal(err)
	}
	if anew, err := s.Create(ctx, profile("a", noon), r); err != nil || anew.ID == first.ID {
		t.Errorf("after the deletion: %+v, %v", anew, err)
	}
	sweeps(t, s, true)
}

// together runs a function n times at once.
func together(n int, do func(i int)) {
	var all sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		all.Go(func() { <-start; do(i) })
	}
	close(start)
	all.Wait()
}

func testRequestRace(t *testing.T, o store.Options) {
	ctx, s := context.Background(), open(t, o)
	const writers = 8
	var ids [writers]string
	together(writers, func(i int) {
		m, err := s.Create(ctx, profile(fmt.Sprint(i), noon), &store.Request{Key: "k", Digest: "d"})
		if err != nil {
			t.Error(err)
		}
		ids[i] = m.ID
	})
	if len(slices.Compact(ids[:])) != 1 {
		t.Errorf("the writers got %v", ids)
	}
	if got := list(t, s); len(got) != 1 || got[0].ID != ids[0] {
		t.Errorf("there are %+v", got)
	}
	sweeps(t, s, true) // the others' documents are gone
}

func list(t *testing.T, s *store.Store) []behaviour.Metadata {
	t.Helper()
	page, err := s.List(context.Background(), store.Filter{}, store.MaxLimit, "")
	if err != nil {
		t.Fatal(err)
	}
	return page.Profiles
}

const setters = 16

func candidates(t *testing.T, s *store.Store) (ids []string) {
	for i := range setters {
		ids = append(ids, create(t, s, profile(fmt.Sprint(i), noon)).ID)
	}
	return ids
}

// baselines gives the ids that a listing says are baselines.
func baselines(t *testing.T, s *store.Store) (ids []string) {
	t.Helper()
	for _, m := range list(t, s) {
		if m.IsBaseline {
			ids = append(ids, m.ID)
		}
	}
	return ids
}

func testFirstBaselines(t *testing.T, o store.Options) {
	var retries atomic.Int64
	o.OnRetry = func() { retries.Add(1) }
	ctx, s := context.Background(), open(t, o)
	ids := candidates(t, s)
	var got [setters]store.Baseline
	together(setters, func(i int) {
		var err error
		if got[i], err = s.SetBaseline(ctx, ids[i], nil); err != nil {
			t.Error(err)
		}
	})
	t.Logf("%d transactions started anew", retries.Load())
	// each says whose place it took: one after the other, all of them, to the one that stands
	next := map[string]string{}
	for i, b := range got {
		if b.ProfileID != ids[i] || next[b.Previous] != "" {
			t.Errorf("%d was told %+v, and %s took that place too", i, b, next[b.Previous])
		}
		next[b.Previous] = b.ProfileID
	}
	last, steps := "", 0
	for ; next[last] != ""; steps++ {
		last = next[last]
	}
	if is := baselines(t, s); steps != setters || !slices.Equal(is, []string{last}) {
		t.Errorf("after %d steps %s; the baselines are %v", steps, last, is)
	}
}

func testExpectedBaselines(t *testing.T, o store.Options) {
	ctx, s := context.Background(), open(t, o)
	ids, none := candidates(t, s), ""
	var errs [setters]error
	together(setters, func(i int) { _, errs[i] = s.SetBaseline(ctx, ids[i], &none) })
	is, err := s.Baseline(ctx, "eu", "payments")
	if err != nil || is == nil {
		t.Fatalf("%+v, %v", is, err)
	}
	for i, err := range errs {
		var other *store.BaselineError
		won := ids[i] == is.ProfileID
		if won != (err == nil) || !won && (!errors.As(err, &other) || other.Current != is.ProfileID) {
			t.Errorf("%s is the baseline, and %s was told: %v", is.ProfileID, ids[i], err)
		}
	}
	if b, err := s.SetBaseline(ctx, ids[0], &is.ProfileID); err != nil || b.Previous != is.ProfileID {
		t.Errorf("in the place of the expected one: %+v, %v", b, err)
	}
}

func testBaselineAgainstDelete(t *testing.T, o store.Options) {
	ctx, s := context.Background(), open(t, o)
	for range 20 {
		id := create(t, s, profile("a", noon)).ID
		var set, deleted error
		together(2, func(i int) {
			if i == 0 {
				_, set = s.SetBaseline(ctx, id, nil)
			} else {
				deleted = s.Delete(ctx, id)
			}
		})
		switch {
		case set == nil && errors.Is(deleted, store.ErrIsBaseline):
			if _, err := s.Get(ctx, id); err != nil {
				t.Errorf("the baseline: %v", err)
			}
		case deleted == nil && errors.Is(set, store.ErrNotFound):
			if slices.Contains(baselines(t, s), id) {
				t.Error("the baseline is a profile that is gone")
			}
		default:
			t.Errorf("set: %v; deleted: %v", set, deleted)
		}
	}
	sweeps(t, s, true)
}

func testClusters(t *testing.T, o store.Options) {
	ctx, s := context.Background(), open(t, o)
	var last string
	for _, cluster := range []string{"us", "eu", "us", "ap"} {
		p := profile("a", noon)
		p.ClusterID = cluster
		last = create(t, s, p).ID
	}
	if _, err := s.SetBaseline(ctx, last, nil); err != nil {
		t.Fatal(err)
	}
	got, err := s.Clusters(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for i := range got {
		for j := range got[i].Baselines {
			got[i].Baselines[j].SetAt = time.Time{}
		}
	}
	none := []store.Baseline{}
	want := []store.Cluster{{ID: "ap", Baselines: []store.Baseline{{ClusterID: "ap", Namespace: "payments", ProfileID: last}}}, {ID: "eu", Baselines: none}, {ID: "us", Baselines: none}}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
}

// sweeps sweeps what is of any age, and holds what it finds to the wanted kinds.
func sweeps(t *testing.T, s *store.Store, repaired bool, kinds ...string) {
	t.Helper()
	problems, err := s.Sweep(context.Background(), -time.Hour, repaired)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range problems {
		got = append(got, p.Kind)
		if p.Repaired != (repaired && p.Kind != store.Unreadable) {
			t.Errorf("%+v", p)
		}
	}
	slices.Sort(got)
	if d := cmp.Diff(kinds, got); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
}

// stopping is documents whose program ends after one step.
type stopping struct {
	store.Documents
	put, delete bool
}

var errStopped = errors.New("the program has stopped")

// Put keeps the document; its program does not live to hear of it.
func (d *stopping) Put(ctx context.Context, name string, data []byte) error {
	if err := d.Documents.Put(ctx, name, data); err != nil || !d.put {
		return err
	}
	return errStopped
}

// Delete does not come to it.
func (d *stopping) Delete(ctx context.Context, name string) error {
	if d.delete {
		return errStopped
	}
	return d.Documents.Delete(ctx, name)
}

func testCrash(t *testing.T, o store.Options) {
	ctx := context.Background()
	stops := &stopping{Documents: documents(t, o)}
	o.Documents = stops
	s := open(t, o)
	deleted := create(t, s, profile("deleted", noon))
	request := &store.Request{Key: "k", Digest: "d"}

	stops.put, stops.delete = true, true
	adopted := profile("kept", noon)
	adopted.ID, adopted.CreatedAt = "0193a5f2-0000-7000-8000-000000000001", noon
	for _, p := range []behaviour.Profile{profile("tried", noon), adopted} {
		r := request
		if p.ID != "" {
			r = nil
		}
		if _, err := s.Create(ctx, p, r); !errors.Is(err, errStopped) {
			t.Fatalf("the crash: %v", err)
		}
	}
	if err := s.Delete(ctx, deleted.ID); !errors.Is(err, errStopped) {
		t.Fatalf("the crash: %v", err)
	}
	stops.put, stops.delete = false, false
	if got := list(t, s); len(got) != 0 {
		t.Errorf("there are %+v", got)
	}
	again, err := s.Create(ctx, profile("tried", noon), request)
	if err != nil {
		t.Fatal(err)
	}
	// what is young is left alone, but for a deletion
	if found, err := s.Sweep(ctx, time.Hour, false); err != nil || len(found) != 1 || found[0].Kind != store.Deleting {
		t.Errorf("of old ones: %+v, %v", found, err)
	}
	kinds := []string{store.Deleting, store.NoRow, store.NoRow}
	sweeps(t, s, false, kinds...)
	sweeps(t, s, true, kinds...)
	sweeps(t, s, true)
	var names []string
	for _, m := range list(t, s) {
		names = append(names, m.Name)
		if _, err := s.Get(ctx, m.ID); err != nil {
			t.Error(err)
		}
	}
	slices.Sort(names)
	if d := cmp.Diff([]string{"kept", "tried"}, names); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	if m, err := s.Earlier(ctx, request); err != nil || m == nil || m.ID != again.ID {
		t.Errorf("the request made %+v, %v", m, err)
	}
}

// documents opens the documents of the options.
func documents(t *testing.T, o store.Options) store.Documents {
	t.Helper()
	var d store.Documents
	var err error
	if o.Bucket != "" {
		d, err = store.OpenBucket(context.Background(), o.Bucket)
	} else {
		d, err = store.OpenFolder(o.DataDir + "/documents")
	}
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// only gives the name of the only document.
func only(t *testing.T, d store.Documents) string {
	t.Helper()
	var names []string
	for entry, err := range d.List(context.Background(), "") {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, entry.Name)
	}
	if len(names) != 1 {
		t.Fatalf("there are %v", names)
	}
	return names[0]
}

func testLost(t *testing.T, o store.Options) {
	ctx, d := context.Background(), documents(t, o)
	s := open(t, o)
	m := create(t, s, profile("lost", noon))
	if _, err := s.SetBaseline(ctx, m.ID, nil); err != nil {
		t.Fatal(err)
	}
	if err := d.Delete(ctx, only(t, d)); err != nil {
		t.Fatal(err)
	}
	var lost *store.LostError
	if _, err := s.Get(ctx, m.ID); !errors.As(err, &lost) || !strings.Contains(lost.Name, m.ID) {
		t.Errorf("a lost document: %v", err)
	}
	found, err := s.Sweep(ctx, 0, true)
	if err != nil || len(found) != 1 || found[0].Kind != store.NoDocument || found[0].Repaired || found[0].Detail == "" {
		t.Errorf("a baseline: %+v, %v", found, err)
	}
	if _, err := s.SetBaseline(ctx, create(t, s, profile("next", noon)).ID, nil); err != nil {
		t.Fatal(err)
	}
	sweeps(t, s, true, store.NoDocument)
	sweeps(t, s, true)
}

func testCorrupt(t *testing.T, o store.Options) {
	ctx, d := context.Background(), documents(t, o)
	s := open(t, o)
	m := create(t, s, profile("a", noon))
	name := only(t, d)
	whole, err := d.Get(ctx, name)
	if err != nil {
		t.Fatal(err)
	}
	changed := slices.Clone(whole)
	changed[len(changed)/2] ^= 1
	for why, data := range map[string][]byte{"a bit": changed, "its end": whole[:len(whole)-1], "its start": whole[9:], "all": {}} {
		if err := d.Delete(ctx, name); err != nil {
			t.Fatal(err)
		}
		if err := d.Put(ctx, name, data); err != nil {
			t.Fatal(err)
		}
		var corrupt *store.CorruptError
		if _, err := s.Get(ctx, m.ID); !errors.As(err, &corrupt) || corrupt.Name != name {
			t.Errorf("without %s: %v", why, err)
		}
	}
	if err := d.Put(ctx, "profiles/0193/0193a5f2-0000-7000-8000-000000000001.json.zst", whole); err != nil {
		t.Fatal(err)
	}
	sweeps(t, s, true, store.Unreadable)
}

func testRefused(t *testing.T, o store.Options) {
	s := open(t, o)
	for name, change := range map[string]func(*behaviour.Profile){
		"an id that is none":      func(p *behaviour.Profile) { p.ID = "../x" },
		"no cluster":              func(p *behaviour.Profile) { p.ClusterID = "" },
		"NUL":                     func(p *behaviour.Profile) { p.Label = "a\x00b" },
		"not UTF-8":               func(p *behaviour.Profile) { p.Name = "\xff" },
		"a long name":             func(p *behaviour.Profile) { p.Name = strings.Repeat("a", 256) },
		"a time before all times": func(p *behaviour.Profile) { p.CreatedAt = time.Date(1500, 1, 1, 0, 0, 0, 0, time.UTC) },
	} {
		p := profile("a", noon)
		change(&p)
		if _, err := s.Create(context.Background(), p, nil); !isRequestError(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	p := profile("a", noon)
	p.WindowEnd = p.WindowStart.Add(behaviour.MaxWindow + 1)
	var window *behaviour.WindowError
	if _, err := s.Create(context.Background(), p, nil); !errors.As(err, &window) {
		t.Errorf("a long window: %v", err)
	}
	// the longest of everything goes in
	p = profile(strings.Repeat("n", 255), noon)
	p.ClusterID, p.Namespace, p.TaskQueue = strings.Repeat("c", 255), strings.Repeat("s", 255), strings.Repeat("q", 900)
	create(t, s, p)
	sweeps(t, s, true)
}

func testOpen(t *testing.T, o store.Options) {
	together(6, func(int) {
		s, err := store.Open(context.Background(), o)
		if err != nil {
			t.Error(err)
			return
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	s := open(t, o)
	create(t, s, profile("a", noon))
	if got := list(t, open(t, o)); len(got) != 1 {
		t.Errorf("there are %+v", got)
	}
}
