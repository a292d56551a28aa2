package api

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
	"github.com/temporal-dsql/temporal-dsql/internal/service/problem"
	"github.com/temporal-dsql/temporal-dsql/internal/service/remedy"
)

// registerBaselines registers the operations that read and set baselines.
func (s *Server) registerBaselines(api huma.API) {
	huma.Register(api, withProblems(api, huma.Operation{
		OperationID: "get-baseline", Method: http.MethodGet, Path: "/profiles/{id}/baseline", Tags: []string{profilesTag},
		Summary: "Get the baseline of a profile's cluster and namespace", Description: "The ETag is the id of the baseline.",
	}, http.StatusNotFound), s.getBaseline)
	huma.Register(api, withProblems(api, huma.Operation{
		OperationID: "set-baseline", Method: http.MethodPost, Path: "/profiles/{id}/baseline", Tags: []string{profilesTag},
		Summary: "Set a profile as the baseline of its cluster and namespace",
	}, http.StatusNotFound, http.StatusPreconditionFailed), s.setBaseline)
}

type baselineOutput struct {
	ETag string `header:"ETag"`
	Body store.Baseline
}

func newBaselineOutput(b store.Baseline) *baselineOutput {
	return &baselineOutput{`"` + b.ProfileID + `"`, b}
}

func (s *Server) getBaseline(ctx context.Context, in *profilePath) (*baselineOutput, error) {
	m, err := s.config.Store.Metadata(ctx, in.ID)
	if err != nil {
		return nil, problem.Of(err)
	}
	b, err := s.config.Store.Baseline(ctx, m.ClusterID, m.Namespace)
	switch {
	case err != nil:
		return nil, problem.Of(err)
	case b == nil:
		return nil, problem.New(http.StatusNotFound, problem.KindNotFound, (&store.BaselineError{}).Error(), "").
			WithRemedy(remedy.SetBaseline)
	}
	return newBaselineOutput(*b), nil
}

func (s *Server) setBaseline(ctx context.Context, in *struct {
	ID          string `path:"id" doc:"Id of the profile."`
	IfMatch     string `header:"If-Match" doc:"ETag of the baseline to replace, or of the profile as the client read it."`
	IfNoneMatch string `header:"If-None-Match" doc:"* sets the baseline only if there is none."`
}) (*baselineOutput, error) {
	for attempt := 1; ; attempt++ {
		expected, isProfile, err := s.expectedBaseline(ctx, in.ID, in.IfMatch, in.IfNoneMatch)
		if err != nil {
			return nil, problem.Of(err)
		}
		b, err := s.config.Store.SetBaseline(ctx, in.ID, expected)
		var moved *store.BaselineError
		switch {
		case err == nil:
			s.assessNewest(ctx, b)
			return newBaselineOutput(b), nil
		case isProfile && errors.As(err, &moved) && attempt < matchAttempts:
			continue // the baseline moved, and the profile may still be as the client read it
		}
		return nil, problem.Of(err)
	}
}

// matchAttempts limits how often a profile is matched with the client's copy while its baseline moves.
const matchAttempts = 10

// assessNewest assesses the newest window of a new baseline's cluster and namespace again. The baseline is set even if
// that fails.
func (s *Server) assessNewest(ctx context.Context, b store.Baseline) {
	if s.config.Watcher == nil {
		return
	}
	if err := s.config.Watcher.AssessNewest(ctx, b.ClusterID, b.Namespace); err != nil {
		s.config.Log.Warn("the newest assessment was not repeated against the new baseline",
			"cluster_id", b.ClusterID, "namespace", b.Namespace, "error", err)
	}
}

// expectedBaseline returns the id of the baseline that the request expects to replace; nil means any or none. It reports
// whether the request names the profile instead, so that another baseline meets its condition too.
func (s *Server) expectedBaseline(ctx context.Context, id, ifMatch, ifNoneMatch string) (expected *string, isProfile bool, err error) {
	switch {
	case ifNoneMatch == "*" && ifMatch == "":
		return new(string), false, nil
	case ifNoneMatch != "":
		return nil, false, problem.NewInvalid("If-None-Match: expected *", "send * without If-Match to set a first baseline")
	case ifMatch == "":
		return nil, false, nil
	}
	m, data, err := s.config.Store.JSON(ctx, id)
	if err != nil {
		return nil, false, err
	}
	b, err := s.config.Store.Baseline(ctx, m.ClusterID, m.Namespace)
	if err != nil {
		return nil, false, err
	}
	current := ""
	if b != nil {
		current = b.ProfileID
	}
	switch {
	case ifMatch != "*" && matchesETag(ifMatch, strongETag(data)):
		// being the baseline is all that can change of a profile
		if m.IsBaseline != (current == id) {
			return nil, false, &store.BaselineError{Current: current}
		}
		return &current, true, nil
	case b == nil:
		return nil, false, &store.BaselineError{}
	// a strong comparison never matches weak tags
	case strings.Contains(ifMatch, "W/"), !matchesETag(ifMatch, newBaselineOutput(*b).ETag):
		return nil, false, &store.BaselineError{Current: current}
	}
	return &current, false, nil
}
