package api

import (
	"context"
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
	return &baselineOutput{baselineETag(b.ProfileID), b}
}

func baselineETag(id string) string { return `"` + id + `"` }

func (s *Server) getBaseline(ctx context.Context, in *profilePath) (*baselineOutput, error) {
	b, err := s.config.Store.BaselineOf(ctx, in.ID)
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
	condition, err := s.readCondition(ctx, in.ID, in.IfMatch, in.IfNoneMatch)
	if err != nil {
		return nil, problem.Of(err)
	}
	b, err := s.config.Store.SetBaseline(ctx, in.ID, condition)
	if err != nil {
		return nil, problem.Of(err)
	}
	s.assessNewest(ctx, b)
	return newBaselineOutput(b), nil
}

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

// readCondition returns the condition of a request's headers on the baseline to replace; nil means none.
func (s *Server) readCondition(ctx context.Context, id, ifMatch, ifNoneMatch string) (store.Condition, error) {
	switch {
	case ifNoneMatch == "*" && ifMatch == "":
		return store.CurrentIs(""), nil
	case ifNoneMatch != "":
		return nil, problem.NewInvalid("If-None-Match: expected *", "send * without If-Match to set a first baseline")
	case ifMatch == "":
		return nil, nil
	case ifMatch != "*":
		m, data, err := s.config.Store.JSON(ctx, id)
		if err != nil {
			return nil, err
		}
		if matchesETag(ifMatch, strongETag(data)) {
			// being the baseline is all that can change of a profile
			return func(current string) bool { return m.IsBaseline == (current == id) }, nil
		}
	}
	return func(current string) bool {
		// a strong comparison never matches weak tags
		return current != "" && !strings.Contains(ifMatch, "W/") && matchesETag(ifMatch, baselineETag(current))
	}, nil
}
