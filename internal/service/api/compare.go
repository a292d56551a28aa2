package api

import (
	"context"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/compare"
	"github.com/temporal-dsql/temporal-dsql/internal/service/access"
	"github.com/temporal-dsql/temporal-dsql/internal/service/problem"
)

// Comparer compares two profiles.
type Comparer interface {
	Compare(a, b behaviour.Profile, r compare.Options) (compare.Comparison, error)
}

// registerComparisons registers the comparison of profiles, if the server has a comparer.
func (s *Server) registerComparisons(api huma.API) {
	if s.config.Comparer == nil {
		return
	}
	huma.Register(api, withProblems(api, huma.Operation{
		OperationID: "compare-profiles", Method: http.MethodPost, Path: "/profiles/compare", Tags: []string{profilesTag},
		Summary: "Compare two profiles",
		Description: "Returns for every metric whether it improved or regressed, with evidence, and the settings and versions that " +
			"differ, worst first, and the changes that can act on what regressed: candidates, not causes. " +
			"Earlier profiles of the same cluster, namespace and task queue show what is usual. It changes nothing.",
		// a query that is too long for GET
		Metadata: map[string]any{scopeKey: access.Read},
	}, http.StatusNotFound), s.compareProfiles)
}

type compareInput struct {
	Body struct {
		A          string                       `json:"profile_a_id" minLength:"1" doc:"Id of the first profile."`
		B          string                       `json:"profile_b_id" minLength:"1" doc:"Id of the second profile, which improved or regressed."`
		Thresholds map[string]compare.Threshold `json:"thresholds,omitempty" doc:"Smallest differences that matter, by metric or category."`
		Earlier    *earlierCount                `json:"earlier,omitempty" minimum:"0" maximum:"100" doc:"Number of earlier profiles to use."`
	}
}

// earlierCount is the number of earlier profiles that show what is usual.
type earlierCount int

// Schema implements huma.SchemaProvider.
func (earlierCount) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeInteger, Format: "int64", Default: behaviour.EarlierWindows}
}

type compareOutput struct{ Body compare.Comparison }

func (s *Server) compareProfiles(ctx context.Context, in *compareInput) (*compareOutput, error) {
	var sides [2]*behaviour.Profile
	for i, id := range []string{in.Body.A, in.Body.B} {
		p, err := s.config.Store.Get(ctx, id)
		if err != nil {
			if notFound := problem.Of(err); notFound.Status == http.StatusNotFound {
				notFound.Detail = fmt.Sprintf("%s: %s", id, notFound.Detail)
				return nil, notFound
			}
			return nil, problem.Of(err)
		}
		sides[i] = p
	}
	most := behaviour.EarlierWindows
	if in.Body.Earlier != nil {
		most = int(*in.Body.Earlier)
	}
	earlier, err := s.config.Store.Before(ctx, sides[0].Metadata, most, sides[1].WindowStart)
	if err != nil {
		return nil, problem.Of(err)
	}
	c, err := s.config.Comparer.Compare(*sides[0], *sides[1], compare.Options{Earlier: earlier, Floors: in.Body.Thresholds})
	if err != nil {
		return nil, problem.Of(err)
	}
	if s.config.Assessor != nil {
		if c, err = s.config.Assessor.WithCandidates(ctx, c); err != nil {
			return nil, verdictProblem(err)
		}
	}
	return &compareOutput{c}, nil
}
