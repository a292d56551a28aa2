package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/assess"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
)

// A Watcher assesses clusters.
type Watcher interface {
	Assess(ctx context.Context, q assess.Request) (assess.Detailed, bool, error)
	Get(ctx context.Context, id string) (assess.Detailed, error)
}

const assessmentsTag = "assessments"

// assessments registers making, listing and reading them, where somebody assesses.
func (s *Server) assessments(api huma.API) {
	if s.config.Watcher == nil {
		return
	}
	huma.Register(api, withProblems(api, huma.Operation{
		OperationID: "create-assessment", Method: http.MethodPost, Path: "/assessments", Tags: []string{assessmentsTag},
		Summary:       "Assess a cluster against its baseline and what its preset promises",
		Description:   "Makes a profile of the window, compares it with the baseline of the cluster and namespace, and holds it to the preset. A window is assessed once: asked again, the answer is 200 and the assessment that there is.",
		DefaultStatus: http.StatusCreated, MaxBodyBytes: s.config.MaxBody,
	}, http.StatusUnprocessableEntity, http.StatusBadGateway), s.createAssessment)
	huma.Register(api, withProblems(api, huma.Operation{
		OperationID: "list-assessments", Method: http.MethodGet, Path: "/assessments", Tags: []string{assessmentsTag},
		Summary: "List assessments, those with the newest windows first",
	}), s.listAssessments)
	huma.Register(api, withProblems(api, huma.Operation{
		OperationID: "get-assessment", Method: http.MethodGet, Path: "/assessments/{id}", Tags: []string{assessmentsTag},
		Summary: "Get an assessment with its details",
	}, http.StatusNotFound), s.getAssessment)
}

type assessing struct {
	Body struct {
		ClusterID   string    `json:"cluster_id" minLength:"1" doc:"Cluster to assess."`
		Namespace   string    `json:"namespace,omitempty" doc:"Left out, the whole cluster."`
		WindowStart time.Time `json:"time_window_start,omitzero" doc:"Left out, as long before the end as the cluster is assessed by itself, else an hour."`
		WindowEnd   time.Time `json:"time_window_end,omitzero" doc:"Left out, the last full minute."`
		PresetName  string    `json:"preset_name,omitempty" doc:"Preset that the cluster is held to; left out, that of its configuration."`
	}
}

type assessed struct {
	Status   int
	Location string `header:"Location"`
	Body     assess.Detailed
}

func (s *Server) createAssessment(ctx context.Context, in *assessing) (*assessed, error) {
	b := in.Body
	a, first, err := s.config.Watcher.Assess(ctx, assess.Request{
		ClusterID: b.ClusterID, Namespace: b.Namespace, WindowStart: b.WindowStart, WindowEnd: b.WindowEnd, Preset: b.PresetName,
	})
	if err != nil {
		return nil, problemOf(err)
	}
	out := &assessed{http.StatusCreated, "/assessments/" + a.ID, a}
	if !first {
		out.Status = http.StatusOK
	}
	return out, nil
}

// An assessmentFilter asks, like filter, for those without by a value that is
// there and empty.
type assessmentFilter struct {
	Cluster   string    `query:"cluster" doc:"cluster_id"`
	Namespace string    `query:"namespace" doc:"Empty for assessments of a whole cluster."`
	From      time.Time `query:"from" doc:"Assessments whose windows end then or later."`
	To        time.Time `query:"to" doc:"Assessments whose windows end before it."`
	Limit     pageSize  `query:"limit" doc:"Assessments on a page."`
	Cursor    string    `query:"cursor" doc:"next_cursor of the page before."`

	given given
}

// Resolve tells what was asked for from what was not.
func (f *assessmentFilter) Resolve(ctx huma.Context) (wrong []error) {
	f.given, wrong = givenIn(ctx, "from", "to", "limit")
	return wrong
}

type assessmentPage struct {
	Body struct {
		Assessments []behaviour.Assessment `json:"assessments" nullable:"false"`
		NextCursor  string                 `json:"next_cursor,omitempty" doc:"cursor of the next page; there is none on the last."`
	}
}

func (s *Server) listAssessments(ctx context.Context, f *assessmentFilter) (*assessmentPage, error) {
	p, err := s.config.Store.Assessments(ctx, store.AssessmentFilter{
		Cluster: asked(f.given, "cluster", &f.Cluster), Namespace: asked(f.given, "namespace", &f.Namespace), From: f.From, To: f.To,
	}, int(f.Limit), f.Cursor)
	if err != nil {
		return nil, problemOf(err)
	}
	out := &assessmentPage{}
	out.Body.Assessments, out.Body.NextCursor = p.Assessments, p.Next
	return out, nil
}

func (s *Server) getAssessment(ctx context.Context, in *struct {
	ID string `path:"id" doc:"id of the assessment"`
}) (*struct{ Body assess.Detailed }, error) {
	a, err := s.config.Watcher.Get(ctx, in.ID)
	if err != nil {
		p := problemOf(err)
		if p.Status == http.StatusNotFound {
			p.Detail = fmt.Sprintf("%s: %s", in.ID, p.Detail)
		}
		return nil, p
	}
	return &struct{ Body assess.Detailed }{a}, nil
}
