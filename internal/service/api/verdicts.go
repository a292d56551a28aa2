package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// An Assessor holds a profile against what its preset promises, and tells what
// to change.
type Assessor interface {
	Conformance(ctx context.Context, p behaviour.Profile, t verdicts.Target) (verdicts.Conformance, error)
	Recommend(ctx context.Context, p behaviour.Profile, t verdicts.Target) (verdicts.Recommendations, error)
}

// verdicts registers them, where there is somebody to give them.
func (s *Server) verdicts(api huma.API) {
	if s.config.Assessor == nil {
		return
	}
	huma.Register(api, withProblems(api, huma.Operation{
		OperationID: "get-conformance", Method: http.MethodGet, Path: "/profiles/{id}/conformance", Tags: []string{profilesTag},
		Summary:     "Hold a profile against what its preset promises",
		Description: "Conforming where every promised metric was observed inside of its bounds, drifted where one was outside, and inconclusive where one is missing.",
	}, http.StatusNotFound), s.conformance)
	huma.Register(api, withProblems(api, huma.Operation{
		OperationID: "recommend", Method: http.MethodPost, Path: "/profiles/{id}/recommend", Tags: []string{profilesTag},
		Summary:     "Recommend what to change, as far as the evidence carries it",
		Description: "Each change is compiled, and held against the guard rails and the configuration of the profile first. It changes nothing.",
		Metadata:    map[string]any{scopeKey: Read},
	}, http.StatusNotFound), s.recommend)
}

type conforms struct{ Body verdicts.Conformance }

func (s *Server) conformance(ctx context.Context, in *struct {
	ID     string   `path:"id" doc:"id of the profile"`
	Preset string   `query:"preset" doc:"Preset to hold it against; left out, the config profile that it has kept, else the preset that it names."`
	Except []string `query:"except,explode" doc:"Promised metrics (CATEGORY.METRIC) that the cluster is not held to, since it cannot export them."`
}) (*conforms, error) {
	p, err := s.config.Store.Get(ctx, in.ID)
	if err != nil {
		return nil, problemOf(err)
	}
	c, err := s.config.Assessor.Conformance(ctx, *p, verdicts.Target{Preset: in.Preset, Except: in.Except})
	if err != nil {
		return nil, verdictProblem(err)
	}
	return &conforms{c}, nil
}

type recommended struct{ Body verdicts.Recommendations }

func (s *Server) recommend(ctx context.Context, in *struct {
	ID   string `path:"id" doc:"id of the profile"`
	Body *struct {
		Preset string   `json:"preset,omitempty" doc:"Preset to hold it against; left out, the config profile that it has kept, else the preset that it names."`
		Except []string `json:"except,omitempty" doc:"Promised metrics (CATEGORY.METRIC) that the cluster is not held to."`
	}
}) (*recommended, error) {
	p, err := s.config.Store.Get(ctx, in.ID)
	if err != nil {
		return nil, problemOf(err)
	}
	var t verdicts.Target
	if in.Body != nil {
		t = verdicts.Target{Preset: in.Body.Preset, Except: in.Body.Except}
	}
	r, err := s.config.Assessor.Recommend(ctx, *p, t)
	if err != nil {
		return nil, verdictProblem(err)
	}
	return &recommended{r}, nil
}

// verdictProblem tells what is wrong with what was asked for; the rest is ours.
func verdictProblem(err error) error {
	var asked *source.Error
	if errors.As(err, &asked) && len(asked.Problems) > 0 {
		return problem(http.StatusBadRequest, invalidRequest, asked.Problems[0].Message, asked.Problems[0].Hint)
	}
	return problemOf(&internalError{err})
}
