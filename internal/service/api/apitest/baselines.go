package apitest

import (
	"net/http"
	"net/url"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
)

func testFirstBaseline(t *testing.T, s *Service) {
	var ids []string
	for range 12 {
		ids = append(ids, createProfile(t, s, nil).ID)
	}
	var mu sync.Mutex
	statuses := map[int]int{}
	var all sync.WaitGroup
	for _, id := range ids {
		all.Go(func() {
			a := s.Send(t, http.MethodPost, "/profiles/"+id+"/baseline", nil, "If-None-Match: *")
			mu.Lock()
			defer mu.Unlock()
			statuses[a.StatusCode]++
		})
	}
	all.Wait()
	if diff := cmp.Diff(map[int]int{http.StatusOK: 1, http.StatusPreconditionFailed: 11}, statuses); diff != "" {
		t.Error(diff)
	}
	// without a condition, the last request wins
	for _, id := range ids {
		all.Go(func() {
			if a := s.Send(t, http.MethodPost, "/profiles/"+id+"/baseline", nil); a.StatusCode != http.StatusOK {
				t.Errorf("%s: %s", a.Status, a.Data)
			}
		})
	}
	all.Wait()
	if found := listProfiles(t, s, url.Values{"baseline": {"true"}}); len(found) != 1 {
		t.Errorf("%d baselines", len(found))
	}
}

func testBaseline(t *testing.T, s *Service) {
	first, second, elsewhere := createProfile(
		t,
		s,
		nil,
	), createProfile(
		t,
		s,
		nil,
	), createProfile(
		t,
		s,
		map[string]any{"namespace": "orders"},
	)
	of := func(m Metadata) string { return "/profiles/" + m.ID + "/baseline" }
	s.Send(t, http.MethodGet, of(first), nil).DecodeProblem(t, http.StatusNotFound, "not-found")
	s.Send(t, http.MethodPost, of(first), nil, `If-Match: "x"`).DecodeProblem(t, http.StatusPreconditionFailed, "baseline-moved")
	s.Send(t, http.MethodPost, of(first), nil, `If-None-Match: "x"`).DecodeProblem(t, http.StatusBadRequest, "invalid-request")
	set := s.Send(t, http.MethodPost, of(first), nil)
	var b store.Baseline
	set.Decode(t, http.StatusOK, &b)
	if b.ClusterID != "eu" || b.Namespace != "" || b.ProfileID != first.ID || b.Previous != "" ||
		set.Header.Get("ETag") != `"`+first.ID+`"` {
		t.Errorf("%+v with %s", b, set.Header.Get("ETag"))
	}
	s.Send(t, http.MethodPost, of(second), nil, `If-Match: "`+second.ID+`"`).
		DecodeProblem(t, http.StatusPreconditionFailed, "baseline-moved")
	s.Send(t, http.MethodPost, of(second), nil, `If-Match: W/"`+first.ID+`"`).
		DecodeProblem(t, http.StatusPreconditionFailed, "baseline-moved")
	s.Send(t, http.MethodPost, of(second), nil, "If-None-Match: *").DecodeProblem(t, http.StatusPreconditionFailed, "baseline-moved")
	s.Send(t, http.MethodPost, of(second), nil, "If-Match: "+set.Header.Get("ETag")).Decode(t, http.StatusOK, &b)
	if b.ProfileID != second.ID || b.Previous != first.ID {
		t.Errorf("%+v", b)
	}
	// the ETag of the profile as the client read it
	tag := s.Send(t, http.MethodGet, "/profiles/"+first.ID, nil).Header.Get("ETag")
	s.Send(t, http.MethodPost, of(first), nil, "If-Match: "+tag).Decode(t, http.StatusOK, nil)
	s.Send(t, http.MethodPost, of(first), nil, "If-Match: "+tag).DecodeProblem(t, http.StatusPreconditionFailed, "baseline-moved")
	s.Send(t, http.MethodPost, of(elsewhere), nil, "If-None-Match: *").Decode(t, http.StatusOK, &b)
	if b.Namespace != "orders" {
		t.Errorf("%+v", b)
	}
	s.Send(t, http.MethodPost, "/profiles/0199a5f2-0000-7000-8000-000000000000/baseline", nil).DecodeProblem(t, http.StatusNotFound,
		"not-found")
	if !getProfile(t, s, first.ID).IsBaseline || getProfile(t, s, second.ID).IsBaseline {
		t.Error("the profiles do not say which is the baseline")
	}
}

// Whichever other profile is the baseline, this one is as the client read it.
func testBaselineThatMoves(t *testing.T, s *Service) {
	is := createProfile(t, s, nil)
	tag := s.Send(t, http.MethodGet, "/profiles/"+is.ID, nil).Header.Get("ETag")
	var others []string
	for range 6 {
		others = append(others, createProfile(t, s, nil).ID)
	}
	stop := make(chan struct{})
	var movers sync.WaitGroup
	for i := range others {
		movers.Go(func() {
			for n := i; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				// one that replaces only what others set never takes the place of the profile under test
				s.Send(t, http.MethodPost, "/profiles/"+others[n%len(others)]+"/baseline", nil, "If-Match: "+`"`+others[i]+`"`)
			}
		})
	}
	for range 12 {
		s.Send(t, http.MethodPost, "/profiles/"+others[0]+"/baseline", nil).Decode(t, http.StatusOK, nil)
		s.Send(t, http.MethodPost, "/profiles/"+is.ID+"/baseline", nil, "If-Match: "+tag).Decode(t, http.StatusOK, nil)
	}
	close(stop)
	movers.Wait()
}

func testClusters(t *testing.T, s *Service) {
	m := createProfile(t, s, nil)
	createProfile(t, s, map[string]any{"cluster_id": "us"})
	s.Send(t, http.MethodPost, "/profiles/"+m.ID+"/baseline", nil).Decode(t, http.StatusOK, nil)
	var found struct {
		Clusters []struct {
			ID         string           `json:"id"`
			Configured bool             `json:"configured"`
			Baselines  []store.Baseline `json:"baselines"`
		} `json:"clusters"`
		AcceptsAny bool `json:"accepts_any_cluster"`
	}
	s.Send(t, http.MethodGet, "/clusters", nil).Decode(t, http.StatusOK, &found)
	if len(found.Clusters) != 2 || !found.AcceptsAny || found.Clusters[0].ID != "eu" || !found.Clusters[0].Configured ||
		len(found.Clusters[0].Baselines) != 1 || found.Clusters[0].Baselines[0].ProfileID != m.ID || len(found.Clusters[1].Baselines) != 0 {
		t.Errorf("%+v", found)
	}
}
