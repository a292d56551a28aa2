package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/compare"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts"
	"github.com/temporal-dsql/temporal-dsql/internal/service/access"
	"github.com/temporal-dsql/temporal-dsql/internal/service/problem"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// Assessor checks a profile against its preset's promises and recommends changes.
type Assessor interface {
	Conformance(ctx context.Context, p behaviour.Profile, t verdicts.Target) (verdicts.Conformance, error)
	Recommend(ctx context.Context, p behaviour.Profile, t verdicts.Target) (verdicts.Recommendations, error)
	WithCandidates(ctx context.Context, c compare.Comparison) (compare.Comparison, error)
}

// registerVerdicts registers conformance and recommendations, if the server has an
// assessor.
func (s *Server) registerVerdicts(api huma.API) {
	if s.config.Assessor == nil {
		return
	}
	huma.Register(api, withProblems(api, huma.Operation{
		OperationID: "get-conformance", Method: http.MethodGet, Path: "/profiles/{id}/conformance", Tags: []string{profilesTag},
		Summary: "Check a profile against the promises of its preset",
		Description: "The verdict is conforming if every promised metric is within its bounds, drifted if one is outside, and " +
			"inconclusive if one is missing.",
	}, http.StatusNotFound), s.getConformance)
	huma.Register(api, withProblems(api, huma.Operation{
		OperationID: "recommend",
		Method:      http.MethodPost,
		Path:        "/profiles/{id}/recommend",
		Tags:        []string{profilesTag},
		Summary:     "Recommend changes supported by the profile",
		Description: "Each change is compiled and checked against the guard rails and the profile's configuration first. It changes nothing.",
		Metadata:    map[string]any{scopeKey: access.Read},
	}, http.StatusNotFound), s.recommendChanges)
}

type conformanceOutput struct{ Body verdicts.Conformance }

func (s *Server) getConformance(ctx context.Context, in *struct {
	ID     string   `path:"id" doc:"Id of the profile."`
	Preset string   `query:"preset_name" doc:"Preset to check; default: the stored config profile, else the named preset."`
	Except []string `query:"except,explode" doc:"Promised metrics (CATEGORY.METRIC) to skip because the cluster cannot export them."`
}) (*conformanceOutput, error) {
	p, err := s.config.Store.Get(ctx, in.ID)
	if err != nil {
		return nil, problem.Of(err)
	}
	c, err := s.config.Assessor.Conformance(ctx, *p, verdicts.Target{Preset: in.Preset, Except: in.Except})
	if err != nil {
		return nil, verdictProblem(err)
	}
	return &conformanceOutput{c}, nil
}

type recommendOutput struct{ Body verdicts.Recommendations }

func (s *Server) recommendChanges(ctx context.Context, in *struct {
	ID   string `path:"id" doc:"Id of the profile."`
	Body *struct {
		Preset string   `json:"preset_name,omitempty" doc:"Preset to check; default: the stored config profile, else the named preset."`
		Except []string `json:"except,omitempty" doc:"Promised metrics (CATEGORY.METRIC) to skip."`
	}
}) (*recommendOutput, error) {
	p, err := s.config.Store.Get(ctx, in.ID)
	if err != nil {
		return nil, problem.Of(err)
	}
	var t verdicts.Target
	if in.Body != nil {
		t = verdicts.Target{Preset: in.Body.Preset, Except: in.Body.Except}
	}
	r, err := s.config.Assessor.Recommend(ctx, *p, t)
	if err != nil {
		return nil, verdictProblem(err)
	}
	return &recommendOutput{r}, nil
}

// verdictProblem maps an invalid target to a problem of the request, and other errors to a
// fault of the service.
func verdictProblem(err error) error {
	var input *source.Error
	if errors.As(err, &input) && len(input.Problems) > 0 {
		return problem.NewInvalid(input.Problems[0].Message, input.Problems[0].Remedy)
	}
	return problem.NewInternal(err)
}
