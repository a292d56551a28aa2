package storetest

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
)

// rowsSQL makes N rows after the F-th: 20 clusters of 5 namespaces, 50 task
// queues and 100 labels, a window every minute. Both databases take it, with
// their own series of numbers.
const rowsSQL = `INSERT INTO profiles (id, name, label, cluster_id, namespace, task_queue, window_start, window_end,
	server_version, plugin_version, worker_sha, preset_name, created_at, request_key, deleted, revision)
	SELECT %[1]s, 'nightly', 'label-' || (n %% 100), 'cluster-' || (n %% 20), 'namespace-' || (n / 20 %% 5), 'queue-' || (n / 100 %% 50),
	n * 60000000000, n * 60000000000 + 3600000000000, '1.31.2', '', '', '', 0, '', 0, 0 FROM %[2]s`

// SQLite and PostgreSQL write an id and a series of numbers, from and to, each
// in their own way.
var (
	SQLiteRows = func(from, to int) string {
		return fmt.Sprintf(rowsSQL, `printf('%08x-0000-7000-8000-%012x', n, n)`,
			fmt.Sprintf(`(WITH RECURSIVE s(n) AS (SELECT %d UNION ALL SELECT n + 1 FROM s WHERE n < %d) SELECT n FROM s) AS s`, from, to))
	}
	PostgreSQLRows = func(from, to int) string {
		return fmt.Sprintf(rowsSQL, `lpad(to_hex(n), 8, '0') || '-0000-7000-8000-' || lpad(to_hex(n), 12, '0')`,
			fmt.Sprintf(`(SELECT generate_series(%d::bigint, %d) AS n) AS s`, from, to))
	}
)

// benchmarkFilters are the filters whose pages are timed.
func benchmarkFilters() map[string]store.Filter {
	cluster, namespace, queue, label, is := "cluster-7", "namespace-3", "queue-9", "label-7", true
	early := time.Unix(300*60, 0)
	return map[string]store.Filter{
		"all":                   {},
		"cluster":               {Cluster: &cluster},
		"cluster and namespace": {Cluster: &cluster, Namespace: &namespace},
		"task queue":            {TaskQueue: &queue},
		"label":                 {Label: &label},
		"an old day":            {From: early, To: early.Add(24 * time.Hour)},
		"cluster, an old day":   {Cluster: &cluster, From: early, To: early.Add(24 * time.Hour)},
		"baselines":             {Baseline: &is},
	}
}

// BenchmarkPages prints what a page costs at a million rows in relation to a
// thousand: the medians of listings that take turns.
func BenchmarkPages(b *testing.B, thousand, million store.Options, fill func(o store.Options, from, to int)) {
	const few, many, limit, rounds = 1_000, 1_000_000, 10, 300
	ctx := context.Background()
	var stores []*store.Store
	for i, o := range []store.Options{thousand, million} {
		s, err := store.Open(ctx, o)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = s.Close() })
		fill(o, 1, []int{few, many}[i])
		page, err := s.List(ctx, store.Filter{}, 20, "")
		if err != nil {
			b.Fatal(err)
		}
		for _, m := range page.Profiles {
			if _, err := s.SetBaseline(ctx, m.ID, nil); err != nil {
				b.Fatal(err)
			}
		}
		stores = append(stores, s)
	}
	for name, f := range benchmarkFilters() {
		b.Run(name, func(b *testing.B) {
			var took [2][]time.Duration
			for b.Loop() {
				for range rounds {
					for i, s := range stores {
						start := time.Now()
						page, err := s.List(ctx, f, limit, "")
						if err != nil || len(page.Profiles) == 0 {
							b.Fatal(page, err)
						}
						took[i] = append(took[i], time.Since(start))
					}
				}
			}
			var median [2]time.Duration
			for i := range took {
				slices.Sort(took[i])
				median[i] = took[i][len(took[i])/2]
			}
			b.ReportMetric(float64(median[1].Microseconds()), "µs/million")
			b.ReportMetric(float64(median[0].Microseconds()), "µs/thousand")
			b.ReportMetric(float64(median[1])/float64(median[0]), "ratio")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// BenchmarkGet prints how many profiles a core gives as JSON, and parsed: of
// all metrics, with series of four hours.
func BenchmarkGet(b *testing.B, o store.Options) {
	ctx := context.Background()
	s, err := store.Open(ctx, o)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	m := createProfile(b, s, largeProfile())
	b.Run("JSON", func(b *testing.B) {
		for b.Loop() {
			if _, _, err := s.JSON(ctx, m.ID); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "profiles/s")
	})
	b.Run("parsed", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.Get(ctx, m.ID); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "profiles/s")
	})
}

// largeProfile is a profile of 35 metrics with 240 samples each.
func largeProfile() behaviour.Profile {
	p := newProfile("large", noon)
	for i := range 35 {
		series := make([]behaviour.Point, 240)
		for j := range series {
			series[j] = behaviour.Point{Time: noon.Unix() + int64(j)*60, Value: float64((i*7919+j*104729)%100003) / 97}
		}
		p.Telemetry["latency"][fmt.Sprintf("metric_%d", i)] = behaviour.Summary{
			Status:   behaviour.OK,
			Samples:  240,
			Expected: 240,
			Series:   series,
		}
	}
	return p
}
