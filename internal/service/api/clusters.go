package api

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
)

// clusters registers the list of them.
func (s *Server) clusters(api huma.API) {
	huma.Register(api, withProblems(api, huma.Operation{
		OperationID: "list-clusters", Method: http.MethodGet, Path: "/clusters", Tags: []string{"clusters"},
		Summary: "List the clusters that are configured or have profiles",
	}), s.listClusters)
}

// A cluster, and what it is held to.
type cluster struct {
	store.Cluster
	Configured bool `json:"configured" doc:"Profiles can be made of it."`
}

type clusters struct {
	Body struct {
		Clusters []cluster `json:"clusters" nullable:"false"`
		Any      bool      `json:"any" doc:"No cluster is configured by name: profiles can be made of any."`
	}
}

func (s *Server) listClusters(ctx context.Context, _ *struct{}) (*clusters, error) {
	known, err := s.config.Store.Clusters(ctx)
	if err != nil {
		return nil, problemOf(err)
	}
	configured := s.config.Recorder.Clusters()
	out := &clusters{}
	out.Body.Clusters, out.Body.Any = []cluster{}, len(configured) == 0
	for _, c := range known {
		out.Body.Clusters = append(out.Body.Clusters, cluster{c, out.Body.Any || slices.Contains(configured, c.ID)})
	}
	for _, id := range configured {
		if !slices.ContainsFunc(known, func(c store.Cluster) bool { return c.ID == id }) {
			out.Body.Clusters = append(out.Body.Clusters, cluster{store.Cluster{ID: id, Baselines: []store.Baseline{}}, true})
		}
	}
	slices.SortFunc(out.Body.Clusters, func(a, b cluster) int { return strings.Compare(a.ID, b.ID) })
	return out, nil
}
