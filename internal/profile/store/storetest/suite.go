// Package storetest tests the promises of a store, with any database and any place for documents.
package storetest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
)

// Run runs every test of a store. Each gets its own empty options, and can open them
// more than once.
func Run(t *testing.T, options func(t *testing.T) store.Options) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, store.Options)
	}{
		{"a profile comes back as it was created, and goes (P16)", testRoundTrip},
		{"TestP15Listing", testListing},
		{"TestP16RoundTrip", testGenerated},
		{"a listing in pages skips and repeats nothing while profiles come and go", testPages},
		{"windows at the same hour are one for each earlier day", testSameHour},
		{"a cursor is good for its own filters only", testCursor},
		{"one id is one profile", testImport},
		{"one request makes one profile", testRequest},
		{"two writers of one idempotency key get one profile", testRequestRace},
		{"of 16 first baselines one has no previous one", testFirstBaselines},
		{"of 16 that expect none one becomes the baseline", testExpectedBaselines},
		{"a baseline cannot be deleted, whichever comes first", testBaselineAgainstDelete},
		{"a profile that is gone has no baseline", testBaselineOf},
		{"clusters are listed with their baselines", testClusters},
		{"a sweep repairs what a crash leaves", testCrash},
		{"a sweep does not bring back what was deleted", testDeletedStaysDeleted},
		{"the key of a deleted profile is forgotten after a day", testFreedKeysExpire},
		{"a sweep leaves a deletion in progress alone", testSweepDuringDeletion},
		{"an import during a deletion keeps its document", testImportDuringDeletion},
		{"a profile that is deleted and imported is not lost", testReadDuringImports},
		{"a sweep reports what is lost", testLost},
		{"baselines and assessments survive the loss of the index", testLostIndex},
		{"a corrupt document is named", testCorrupt},
		{"a profile that the index cannot store is rejected", testRefused},
		{"many may open a new store at once", testOpen},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.run(t, options(t))
		})
	}
}

var noon = time.Date(2026, 10, 5, 12, 0, 0, 0, time.UTC)

// openStore opens the options, for the time of the test.
func openStore(t *testing.T, o store.Options) *store.Store {
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

// newProfile is one of the cluster eu, with the window of an hour.
func newProfile(name string, start time.Time) behaviour.Profile {
	p95 := 0.041
	return behaviour.Profile{
		Metadata: behaviour.Metadata{
			Name:                  name,
			ClusterID:             "eu",
			Namespace:             "payments",
			WindowStart:           start,
			WindowEnd:             start.Add(time.Hour),
			TemporalServerVersion: "1.31.2",
		},
		Config: behaviour.Snapshot{DynamicConfig: map[string]any{"frontend.rps": 3000.0, "note": "<a> & b"}, Sources: []string{"request"}},
		Telemetry: behaviour.Telemetry{"latency": {
			"persistence_latency_p95": {
				Status:   behaviour.OK,
				Unit:     "seconds",
				P95:      &p95,
				Samples:  2,
				Expected: 2,
				Series:   []behaviour.Point{{Time: start.Unix(), Value: 0.04}, {Time: start.Unix() + 60, Value: 0.042}},
			},
			"persistence_latency_p99": {Status: behaviour.NoData, Reason: "the cluster does not export it"},
		}},
	}
}

func createProfile(t testing.TB, s *store.Store, p behaviour.Profile) behaviour.Metadata {
	t.Helper()
	m, err := s.Create(context.Background(), p, nil)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func isRequestError(err error) bool {
	var wrong *store.RequestError
	var asked *behaviour.RequestError
	return errors.As(err, &wrong) && errors.As(err, &asked) && wrong.Remedy != ""
}

// runTogether runs a function n times at once.
func runTogether(n int, do func(i int)) {
	var all sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		all.Go(func() { <-start; do(i) })
	}
	close(start)
	all.Wait()
}

func listProfiles(t *testing.T, s *store.Store) []behaviour.Metadata {
	t.Helper()
	page, err := s.List(context.Background(), store.Filter{}, store.MaxLimit, "")
	if err != nil {
		t.Fatal(err)
	}
	return page.Profiles
}

const setters = 16

func testOpen(t *testing.T, o store.Options) {
	runTogether(6, func(int) {
		s, err := store.Open(context.Background(), o)
		if err != nil {
			t.Error(err)
			return
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	s := openStore(t, o)
	createProfile(t, s, newProfile("a", noon))
	if got := listProfiles(t, openStore(t, o)); len(got) != 1 {
		t.Errorf("there are %+v", got)
	}
}
