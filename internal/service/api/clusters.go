package api

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
	"github.com/temporal-dsql/temporal-dsql/internal/service/problem"
)

// registerClusters registers the list of clusters.
func (s *Server) registerClusters(api huma.API) {
	huma.Register(api, withProblems(api, huma.Operation{
		OperationID: "list-clusters", Method: http.MethodGet, Path: "/clusters", Tags: []string{"clusters"},
		Summary: "List the clusters that are configured or have profiles",
	}), s.listClusters)
}

// clusterEntry describes a cluster and its baselines.
type clusterEntry struct {
	store.Cluster
	Configured bool `json:"configured" doc:"Whether profiles of this cluster can be created."`
}

type clusterList struct {
	Body struct {
		Clusters   []clusterEntry `json:"clusters" nullable:"false"`
		AcceptsAny bool           `json:"accepts_any_cluster" doc:"Whether profiles of any cluster can be created."`
	}
}

func (s *Server) listClusters(ctx context.Context, _ *struct{}) (*clusterList, error) {
	known, err := s.config.Store.Clusters(ctx)
	if err != nil {
		return nil, problem.Of(err)
	}
	configured := s.config.Recorder.Clusters()
	out := &clusterList{}
	out.Body.Clusters, out.Body.AcceptsAny = []clusterEntry{}, len(configured) == 0
	for _, c := range known {
		out.Body.Clusters = append(out.Body.Clusters, clusterEntry{c, out.Body.AcceptsAny || slices.Contains(configured, c.ID)})
	}
	for _, id := range configured {
		if !slices.ContainsFunc(known, func(c store.Cluster) bool { return c.ID == id }) {
			out.Body.Clusters = append(out.Body.Clusters, clusterEntry{store.Cluster{ID: id, Baselines: []store.Baseline{}}, true})
		}
	}
	slices.SortFunc(out.Body.Clusters, func(a, b clusterEntry) int { return strings.Compare(a.ID, b.ID) })
	return out, nil
}
