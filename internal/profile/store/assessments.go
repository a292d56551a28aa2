package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
)

// maxAssessment limits an assessment's JSON, because a column of DSQL holds at most 1 MiB.
const maxAssessment = 1 << 20

// assessments is the UUID namespace of assessment ids.
var assessments = uuid.MustParse("0193a5f2-7c1e-7d1a-9a51-5b6d0c3f2e10")

// AssessmentID derives the id of a window's assessment from the window, so that each window is stored once.
func AssessmentID(cluster, namespace string, start, end time.Time) string {
	return uuid.NewSHA1(assessments, fmt.Appendf(nil, "%q %q %d %d", cluster, namespace, start.UnixNano(), end.UnixNano())).String()
}

// CreateAssessment stores an assessment with its details, a JSON object. The first caller for a window stores it; all
// callers get the stored one.
func (s *Store) CreateAssessment(
	ctx context.Context,
	a behaviour.Assessment,
	details []byte,
) (kept behaviour.Assessment, first bool, err error) {
	a.WindowStart, a.WindowEnd, a.CreatedAt = a.WindowStart.UTC(), a.WindowEnd.UTC(), s.now().UTC().Round(0)
	a.ID = AssessmentID(a.ClusterID, a.Namespace, a.WindowStart, a.WindowEnd)
	if err := checkAssessment(a, details); err != nil {
		return behaviour.Assessment{}, false, err
	}
	kept, first, err = s.index.InsertAssessment(ctx, a, details)
	if err == nil && first {
		s.writeCopy(ctx, assessmentCopy{kept, details}, nil)
	}
	return kept, first, err
}

// ReplaceAssessment stores an assessment in place of the one that the window has.
func (s *Store) ReplaceAssessment(ctx context.Context, a behaviour.Assessment, details []byte) (behaviour.Assessment, error) {
	a.WindowStart, a.WindowEnd, a.CreatedAt = a.WindowStart.UTC(), a.WindowEnd.UTC(), s.now().UTC().Round(0)
	a.ID = AssessmentID(a.ClusterID, a.Namespace, a.WindowStart, a.WindowEnd)
	if err := checkAssessment(a, details); err != nil {
		return behaviour.Assessment{}, err
	}
	if err := s.index.ReplaceAssessment(ctx, a, details); err != nil {
		return behaviour.Assessment{}, err
	}
	s.writeCopy(ctx, assessmentCopy{a, details}, nil)
	return a, nil
}

func checkAssessment(a behaviour.Assessment, details []byte) error {
	switch {
	case a.ClusterID == "":
		return &RequestError{Message: "cluster_id is missing", Remedy: "set the id of the cluster"}
	case len(details) > maxAssessment:
		return &RequestError{
			Message: fmt.Sprintf("the assessment has %d bytes", len(details)),
			Remedy:  fmt.Sprintf("use at most %d bytes", maxAssessment),
		}
	case !json.Valid(details):
		return &RequestError{Message: "details: not valid JSON", Remedy: "use a JSON object"}
	}
	for _, t := range []struct{ name, value string }{
		{"cluster_id", a.ClusterID}, {"namespace", a.Namespace}, {"preset_name", a.PresetName},
		{"health", a.Health}, {"conformance", a.Conformance},
	} {
		if err := checkText(t.name, t.value, maxText); err != nil {
			return err
		}
	}
	return behaviour.CheckWindow(a.WindowStart, a.WindowEnd, a.WindowEnd)
}

// Assessment returns an assessment and its details.
func (s *Store) Assessment(ctx context.Context, id string) (behaviour.Assessment, []byte, error) {
	return s.index.Assessment(ctx, id)
}

// Assessments lists assessments without details, at most limit (0 means DefaultLimit), from the cursor on.
func (s *Store) Assessments(ctx context.Context, f AssessmentFilter, limit int, cursor string) (*AssessmentPage, error) {
	return s.index.Assessments(ctx, f, limit, cursor)
}
