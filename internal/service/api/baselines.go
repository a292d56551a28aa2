package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
)

// baselines registers reading and setting what a cluster and namespace is held to.
func (s *Server) baselines(api huma.API) {
	huma.Register(api, withProblems(api, huma.Operation{
		OperationID: "get-baseline", Method: http.MethodGet, Path: "/profiles/{id}/baseline", Tags: []string{profilesTag},
		Summary: "Get the baseline of a profile's cluster and namespace", Description: "Its ETag is the id of the baseline.",
	}, http.StatusNotFound), s.baseline)
	huma.Register(api, withProblems(api, huma.Operation{
		OperationID: "set-baseline", Method: http.MethodPost, Path: "/profiles/{id}/baseline", Tags: []string{profilesTag},
		Summary: "Make a profile the baseline of its cluster and namespace",
	}, http.StatusNotFound, http.StatusPreconditionFailed), s.setBaseline)
}

type baseline struct {
	ETag string `header:"ETag"`
	Body store.Baseline
}

func asBaseline(b store.Baseline) *baseline { return &baseline{`"` + b.ProfileID + `"`, b} }

func (s *Server) baseline(ctx context.Context, in *byID) (*baseline, error) {
	m, err := s.config.Store.Metadata(ctx, in.ID)
	if err != nil {
		return nil, problemOf(err)
	}
	b, err := s.config.Store.Baseline(ctx, m.ClusterID, m.Namespace)
	switch {
	case err != nil:
		return nil, problemOf(err)
	case b == nil:
		return nil, problem(http.StatusNotFound, notFound, (&store.BaselineError{}).Error(), "POST to the same address makes this profile the baseline")
	}
	return asBaseline(*b), nil
}

func (s *Server) setBaseline(ctx context.Context, in *struct {
	ID          string `path:"id" doc:"id of the profile"`
	IfMatch     string `header:"If-Match" doc:"ETag of the baseline that it takes the place of, or of the profile itself as it was seen."`
	IfNoneMatch string `header:"If-None-Match" doc:"* sets the first baseline only."`
}) (*baseline, error) {
	expected, err := s.expected(ctx, in.ID, in.IfMatch, in.IfNoneMatch)
	if err != nil {
		return nil, problemOf(err)
	}
	b, err := s.config.Store.SetBaseline(ctx, in.ID, expected)
	if err != nil {
		return nil, problemOf(err)
	}
	return asBaseline(b), nil
}

// expected is the id of the baseline that must be there; nil is any or none.
func (s *Server) expected(ctx context.Context, id, ifMatch, ifNoneMatch string) (*string, error) {
	switch {
	case ifNoneMatch == "*" && ifMatch == "":
		return new(string), nil
	case ifNoneMatch != "":
		return nil, problem(http.StatusBadRequest, invalidRequest, "If-None-Match is not *", "write *, without If-Match, to set the first baseline only")
	case ifMatch == "":
		return nil, nil
	}
	_, data, err := s.config.Store.JSON(ctx, id)
	if err != nil {
		return nil, err
	}
	if ifMatch != "*" && matches(ifMatch, etag(data)) {
		return nil, nil
	}
	m, err := s.config.Store.Metadata(ctx, id)
	if err != nil {
		return nil, err
	}
	b, err := s.config.Store.Baseline(ctx, m.ClusterID, m.Namespace)
	switch {
	case err != nil:
		return nil, err
	case b == nil:
		return nil, &store.BaselineError{}
	// weak tags never match a strong comparison
	case strings.Contains(ifMatch, "W/"), !matches(ifMatch, asBaseline(*b).ETag):
		return nil, &store.BaselineError{Current: b.ProfileID}
	}
	return &b.ProfileID, nil
}
