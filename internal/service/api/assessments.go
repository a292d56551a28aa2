package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/assess"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
	"github.com/temporal-dsql/temporal-dsql/internal/service/problem"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// Watcher assesses clusters.
type Watcher interface {
	Assess(ctx context.Context, q assess.Window) (assess.DetailedAssessment, bool, error)
	Get(ctx context.Context, id string) (assess.DetailedAssessment, error)
	AssessNewest(ctx context.Context, cluster, namespace string) error
}

const assessmentsTag = "assessments"

// registerAssessments registers the operations on assessments, if the server has a watcher.
func (s *Server) registerAssessments(api huma.API) {
	if s.config.Watcher == nil {
		return
	}
	huma.Register(api, withProblems(api, huma.Operation{
		OperationID: "create-assessment", Method: http.MethodPost, Path: "/assessments", Tags: []string{assessmentsTag},
		Summary: "Assess a cluster against its baseline and its preset",
		Description: "Creates a profile of the window, compares it with the baseline of the cluster and namespace, and checks the " +
			"promises of the preset. A window is assessed once: repeated requests return 200 and the stored assessment, " +
			"or a new one with again.",
		DefaultStatus: http.StatusCreated, MaxBodyBytes: s.config.MaxBody,
	}, http.StatusUnprocessableEntity, http.StatusBadGateway), s.createAssessment)
	huma.Register(api, withProblems(api, huma.Operation{
		OperationID: "list-assessments", Method: http.MethodGet, Path: "/assessments", Tags: []string{assessmentsTag},
		Summary: "List assessments, newest windows first",
	}), s.listAssessments)
	huma.Register(api, withProblems(api, huma.Operation{
		OperationID: "get-assessment", Method: http.MethodGet, Path: "/assessments/{id}", Tags: []string{assessmentsTag},
		Summary: "Get an assessment with its details",
	}, http.StatusNotFound), s.getAssessment)
}

type createAssessmentInput struct {
	Body struct {
		ClusterID   string    `json:"cluster_id" minLength:"1" doc:"Cluster to assess."`
		Namespace   string    `json:"namespace,omitempty" doc:"Namespace to assess; the default is the whole cluster."`
		WindowStart time.Time `json:"time_window_start,omitzero" doc:"Default: as long before the end as scheduled windows, else one hour."`
		WindowEnd   time.Time `json:"time_window_end,omitzero" doc:"Default: the last full minute."`
		PresetName  string    `json:"preset_name,omitempty" doc:"Preset to check; default: that of the cluster's configuration."`
		Except      []string  `json:"except,omitempty" doc:"Promised metrics (CATEGORY.METRIC) to skip because the cluster cannot export them."`
		Again       bool      `json:"again,omitempty" doc:"Assess a window that was assessed before against the current baseline."`
	}
}

type assessmentOutput struct {
	Status   int
	Location string `header:"Location"`
	Body     assess.DetailedAssessment
}

func (s *Server) createAssessment(ctx context.Context, in *createAssessmentInput) (*assessmentOutput, error) {
	b := in.Body
	a, first, err := s.config.Watcher.Assess(ctx, assess.Window{
		ClusterID: b.ClusterID, Namespace: b.Namespace, WindowStart: b.WindowStart, WindowEnd: b.WindowEnd, Preset: b.PresetName,
		Except: b.Except, Again: b.Again,
	})
	var input *source.Error
	if errors.As(err, &input) {
		return nil, verdictProblem(err)
	}
	if err != nil {
		return nil, problem.Of(err)
	}
	out := &assessmentOutput{http.StatusCreated, "/assessments/" + a.ID, a}
	if !first {
		out.Status = http.StatusOK
	}
	return out, nil
}

// assessmentFilter is the query of a list of assessments. A parameter that is sent without
// a value matches assessments without that value.
type assessmentFilter struct {
	Cluster   string    `query:"cluster"   doc:"Id of the cluster."`
	Namespace string    `query:"namespace" doc:"Namespace; an empty value selects assessments of whole clusters."`
	From      time.Time `query:"from"      doc:"Only windows that end at or after this time."`
	To        time.Time `query:"to"        doc:"Only windows that end before this time."`
	Limit     pageSize  `query:"limit"     doc:"Number of assessments per page."`
	Cursor    string    `query:"cursor"    doc:"next_cursor of the previous page."`

	sent sentParameters
}

// Resolve implements huma.Resolver: it records which parameters were sent.
func (f *assessmentFilter) Resolve(ctx huma.Context) (wrong []error) {
	f.sent, wrong = readSentParameters(ctx, "from", "to", "limit")
	return wrong
}

type assessmentPage struct {
	Body struct {
		Assessments []behaviour.Assessment `json:"assessments" nullable:"false"`
		NextCursor  string                 `json:"next_cursor,omitempty" doc:"Cursor of the next page; absent on the last page."`
	}
}

func (s *Server) listAssessments(ctx context.Context, f *assessmentFilter) (*assessmentPage, error) {
	p, err := s.config.Store.Assessments(ctx, store.AssessmentFilter{
		Cluster: valueIfSent(
			f.sent,
			"cluster",
			&f.Cluster,
		),
		Namespace: valueIfSent(f.sent, "namespace", &f.Namespace),
		From:      f.From,
		To:        f.To,
	}, int(f.Limit), f.Cursor)
	if err != nil {
		return nil, problem.Of(err)
	}
	out := &assessmentPage{}
	out.Body.Assessments, out.Body.NextCursor = p.Assessments, p.Next
	return out, nil
}

func (s *Server) getAssessment(ctx context.Context, in *struct {
	ID string `path:"id" doc:"Id of the assessment."`
}) (*struct{ Body assess.DetailedAssessment }, error) {
	a, err := s.config.Watcher.Get(ctx, in.ID)
	if err != nil {
		p := problem.Of(err)
		if p.Status == http.StatusNotFound {
			p.Detail = fmt.Sprintf("%s: %s", in.ID, p.Detail)
		}
		return nil, p
	}
	return &struct{ Body assess.DetailedAssessment }{a}, nil
}
