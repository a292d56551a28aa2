package api

import (
	"context"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/assess"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/compare"
)

// A Comparer tells what differs between two profiles.
type Comparer interface {
	Compare(a, b behaviour.Profile, r compare.Request) (compare.Comparison, error)
}

// comparisons registers comparing, where there is somebody to do it.
func (s *Server) comparisons(api huma.API) {
	if s.config.Comparer == nil {
		return
	}
	huma.Register(api, withProblems(api, huma.Operation{
		OperationID: "compare-profiles", Method: http.MethodPost, Path: "/profiles/compare", Tags: []string{profilesTag},
		Summary:     "Compare two profiles",
		Description: "Tells of every metric whether it improved or regressed, with the evidence, and which settings and versions differ; what is worst comes first. Earlier profiles of the same cluster, namespace and task queue tell what is usual. It changes nothing.",
		// it asks, and only its length makes it a POST
		Metadata: map[string]any{scopeKey: Read},
	}, http.StatusNotFound), s.compare)
}

type comparing struct {
	Body struct {
		A          string                       `json:"profile_a_id" minLength:"1" doc:"id of the profile that it is compared with"`
		B          string                       `json:"profile_b_id" minLength:"1" doc:"id of the profile that may be better or worse"`
		Thresholds map[string]compare.Threshold `json:"thresholds,omitempty" doc:"Smallest differences that matter, by metric (CATEGORY.METRIC) or by category, in place of the catalogue's."`
		Earlier    *windows                     `json:"earlier,omitempty" minimum:"0" maximum:"100" doc:"How many earlier profiles tell what is usual, where there are as many."`
	}
}

// windows is how many earlier profiles tell what is usual.
type windows int

// Schema is what huma asks for.
func (windows) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeInteger, Format: "int64", Default: assess.Earlier}
}

type compared struct{ Body compare.Comparison }

func (s *Server) compare(ctx context.Context, in *comparing) (*compared, error) {
	var sides [2]*behaviour.Profile
	for i, id := range []string{in.Body.A, in.Body.B} {
		p, err := s.config.Store.Get(ctx, id)
		if err != nil {
			if asked := problemOf(err); asked.Status == http.StatusNotFound {
				asked.Detail = fmt.Sprintf("%s: %s", id, asked.Detail)
				return nil, asked
			}
			return nil, problemOf(err)
		}
		sides[i] = p
	}
	most := assess.Earlier
	if in.Body.Earlier != nil {
		most = int(*in.Body.Earlier)
	}
	earlier, err := s.config.Store.Before(ctx, sides[0].Metadata, most)
	if err != nil {
		return nil, problemOf(err)
	}
	c, err := s.config.Comparer.Compare(*sides[0], *sides[1], compare.Request{Earlier: earlier, Floors: in.Body.Thresholds})
	if err != nil {
		return nil, problemOf(err)
	}
	return &compared{c}, nil
}
