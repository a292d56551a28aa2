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
		ids = append(ids, create(t, s, nil).ID)
	}
	var mu sync.Mutex
	statuses := map[int]int{}
	var all sync.WaitGroup
	for _, id := range ids {
		all.Go(func() {
			a := s.Ask(t, http.MethodPost, "/profiles/"+id+"/baseline", nil, "If-None-Match: *")
			mu.Lock()
			defer mu.Unlock()
			statuses[a.StatusCode]++
		})
	}
	all.Wait()
	if diff := cmp.Diff(map[int]int{http.StatusOK: 1, http.StatusPreconditionFailed: 11}, statuses); diff != "" {
		t.Error(diff)
	}
	// whoever comes without a condition, one is the baseline at a time
	for _, id := range ids {
		all.Go(func() {
			if a := s.Ask(t, http.MethodPost, "/profiles/"+id+"/baseline", nil); a.StatusCode != http.StatusOK {
				t.Errorf("%s: %s", a.Status, a.Data)
			}
		})
	}
	all.Wait()
	if found := list(t, s, url.Values{"baseline": {"true"}}); len(found) != 1 {
		t.Errorf("%d baselines", len(found))
	}
}

func testBaseline(t *testing.T, s *Service) {
	first, second, elsewhere := create(t, s, nil), create(t, s, nil), create(t, s, map[string]any{"namespace": "orders"})
	of := func(m Metadata) string { return "/profiles/" + m.ID + "/baseline" }
	s.Ask(t, http.MethodGet, of(first), nil).Problem(t, http.StatusNotFound, "not-found")
	s.Ask(t, http.MethodPost, of(first), nil, `If-Match: "x"`).Problem(t, http.StatusPreconditionFailed, "baseline-moved")
	s.Ask(t, http.MethodPost, of(first), nil, `If-None-Match: "x"`).Problem(t, http.StatusBadRequest, "invalid-request")
	set := s.Ask(t, http.MethodPost, of(first), nil)
	var b store.Baseline
	set.Into(t, http.StatusOK, &b)
	if b.ClusterID != "eu" || b.Namespace != "" || b.ProfileID != first.ID || b.Previous != "" || set.Header.Get("ETag") != `"`+first.ID+`"` {
		t.Errorf("%+v with %s", b, set.Header.Get("ETag"))
	}
	s.Ask(t, http.MethodPost, of(second), nil, `If-Match: "`+second.ID+`"`).Problem(t, http.StatusPreconditionFailed, "baseline-moved")
	s.Ask(t, http.MethodPost, of(second), nil, `If-Match: W/"`+first.ID+`"`).Problem(t, http.StatusPreconditionFailed, "baseline-moved")
	s.Ask(t, http.MethodPost, of(second), nil, "If-None-Match: *").Problem(t, http.StatusPreconditionFailed, "baseline-moved")
	s.Ask(t, http.MethodPost, of(second), nil, "If-Match: "+set.Header.Get("ETag")).Into(t, http.StatusOK, &b)
	if b.ProfileID != second.ID || b.Previous != first.ID {
		t.Errorf("%+v", b)
	}
	// the tag of the profile, as it was seen
	tag := s.Ask(t, http.MethodGet, "/profiles/"+first.ID, nil).Header.Get("ETag")
	s.Ask(t, http.MethodPost, of(first), nil, "If-Match: "+tag).Into(t, http.StatusOK, nil)
	s.Ask(t, http.MethodPost, of(first), nil, "If-Match: "+tag).Problem(t, http.StatusPreconditionFailed, "baseline-moved")
	s.Ask(t, http.MethodPost, of(elsewhere), nil, "If-None-Match: *").Into(t, http.StatusOK, &b)
	if b.Namespace != "orders" {
		t.Errorf("%+v", b)
	}
	s.Ask(t, http.MethodPost, "/profiles/0199a5f2-0000-7000-8000-000000000000/baseline", nil).Problem(t, http.StatusNotFound, "not-found")
	if !get(t, s, first.ID).IsBaseline || get(t, s, second.ID).IsBaseline {
		t.Error("the profiles do not say which is the baseline")
	}
}

func testClusters(t *testing.T, s *Service) {
	m := create(t, s, nil)
	create(t, s, map[string]any{"cluster_id": "us"})
	s.Ask(t, http.MethodPost, "/profiles/"+m.ID+"/baseline", nil).Into(t, http.StatusOK, nil)
	var found struct {
		Clusters []struct {
			ID         string           `json:"id"`
			Configured bool             `json:"configured"`
			Baselines  []store.Baseline `json:"baselines"`
		} `json:"clusters"`
		Any bool `json:"any"`
	}
	s.Ask(t, http.MethodGet, "/clusters", nil).Into(t, http.StatusOK, &found)
	if len(found.Clusters) != 2 || !found.Any || found.Clusters[0].ID != "eu" || !found.Clusters[0].Configured || len(found.Clusters[0].Baselines) != 1 || found.Clusters[0].Baselines[0].ProfileID != m.ID || len(found.Clusters[1].Baselines) != 0 {
		t.Errorf("%+v", found)
	}
}
