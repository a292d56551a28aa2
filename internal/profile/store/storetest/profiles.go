package storetest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
)

func testRoundTrip(t *testing.T, o store.Options) {
	ctx, s := context.Background(), openStore(t, o)
	want := newProfile("before the upgrade", noon)
	m := createProfile(t, s, want)
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
	expectSweep(t, s, store.Report)
}

// shortText is short and odd.
var shortText = rapid.StringOfN(rapid.RuneFrom([]rune("aB9.-/% _'\"<&é漢\u2003🙂")), 0, 12, -1)

// drawProfile draws a profile; few values, so that filters match some.
func drawProfile(t *rapid.T) behaviour.Profile {
	start := noon.Add(time.Duration(rapid.Int64Range(-72, 72).Draw(t, "start")) * time.Hour)
	p := newProfile(shortText.Draw(t, "name"), start.In(time.FixedZone("", rapid.SampledFrom([]int{0, 7200}).Draw(t, "zone"))))
	p.WindowEnd = p.WindowStart.Add(time.Duration(rapid.Int64Range(1, int64(behaviour.MaxWindow)).Draw(t, "length")))
	p.ClusterID = rapid.SampledFrom([]string{"eu", "us", "é%_"}).Draw(t, "cluster")
	p.Namespace = rapid.SampledFrom([]string{"", "payments", "orders"}).Draw(t, "namespace")
	p.TaskQueue = rapid.SampledFrom([]string{"", "mail"}).Draw(t, "task queue")
	p.Label = rapid.SampledFrom([]string{"", "before", "after"}).Draw(t, "label")
	p.WorkerCodeSHA, p.PresetName = shortText.Draw(t, "sha"), shortText.Draw(t, "preset")
	return p
}

func testGenerated(t *testing.T, o store.Options) {
	s := openStore(t, o)
	rapid.Check(t, func(t *rapid.T) {
		want := drawProfile(t)
		want.Config.Environment = map[string]map[string]string{
			shortText.Draw(t, "service"): {shortText.Draw(t, "variable"): shortText.Draw(t, "value")},
		}
		want.Config.DynamicConfig = map[string]any{
			shortText.Draw(t, "key"): rapid.Float64().Filter(func(f float64) bool { return f-f == 0 }).Draw(t, "number"),
		}
		want.Config.Profile = []byte(rapid.SampledFrom([]string{"null", `{"a":"<&>"}`, `[1.50,12345678901234567890]`}).Draw(t, "profile"))
		want.Telemetry["errors"] = map[string]behaviour.Summary{
			shortText.Draw(t, "metric"): {Status: behaviour.Partial, Scope: []string{}, Series: []behaviour.Point{}},
		}
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

func testImport(t *testing.T, o store.Options) {
	ctx, s := context.Background(), openStore(t, o)
	p := newProfile("imported", noon)
	p.ID, p.CreatedAt = "0193a5f2-0000-7000-8000-000000000001", noon
	first := createProfile(t, s, p)
	if again := createProfile(t, s, p); again != first {
		t.Errorf("the same profile again: %+v", again)
	}
	p.Name = "another"
	if _, err := s.Create(ctx, p, nil); !errors.Is(err, store.ErrExists) {
		t.Errorf("another profile of its id: %v", err)
	}
	// an export of a profile that a request with an idempotency key created
	r := &store.IdempotencyKey{Key: "k", Digest: "d"}
	created, err := s.Create(ctx, newProfile("created", noon), r)
	if err != nil {
		t.Fatal(err)
	}
	exported, err := s.Get(ctx, created.ID)
	if err != nil {
		t.Fatal(err)
	}
	if again := createProfile(t, s, *exported); again != created {
		t.Errorf("the export of a stored profile: %+v", again)
	}
}

func testRefused(t *testing.T, o store.Options) {
	s := openStore(t, o)
	for name, change := range map[string]func(*behaviour.Profile){
		"an id that is none":      func(p *behaviour.Profile) { p.ID = "../x" },
		"no cluster":              func(p *behaviour.Profile) { p.ClusterID = "" },
		"NUL":                     func(p *behaviour.Profile) { p.Label = "a\x00b" },
		"not UTF-8":               func(p *behaviour.Profile) { p.Name = "\xff" },
		"a long name":             func(p *behaviour.Profile) { p.Name = strings.Repeat("a", 256) },
		"a time before all times": func(p *behaviour.Profile) { p.CreatedAt = time.Date(1500, 1, 1, 0, 0, 0, 0, time.UTC) },
	} {
		p := newProfile("a", noon)
		change(&p)
		if _, err := s.Create(context.Background(), p, nil); !isRequestError(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	p := newProfile("a", noon)
	p.WindowEnd = p.WindowStart.Add(behaviour.MaxWindow + 1)
	var window *behaviour.WindowError
	if _, err := s.Create(context.Background(), p, nil); !errors.As(err, &window) {
		t.Errorf("a long window: %v", err)
	}
	// the longest of everything goes in
	p = newProfile(strings.Repeat("n", 255), noon)
	p.ClusterID, p.Namespace, p.TaskQueue = strings.Repeat("c", 255), strings.Repeat("s", 255), strings.Repeat("q", 900)
	createProfile(t, s, p)
	expectSweep(t, s, store.Report)
}
