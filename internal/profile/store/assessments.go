package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
)

// ErrNoAssessment is of an id that no assessment has.
var ErrNoAssessment = errors.New("there is no such assessment")

// maxAssessment is the most that an assessment may hold, in bytes of JSON: a
// column of DSQL has 1 MiB.
const maxAssessment = 1 << 20

// assessments are ids of this space of names.
var assessments = uuid.MustParse("0193a5f2-7c1e-7d1a-9a51-5b6d0c3f2e10")

// AssessmentID gives the id of the assessment of a window: whoever assesses the
// same one comes to the same id, so that it is kept once.
func AssessmentID(cluster, namespace string, start, end time.Time) string {
	return uuid.NewSHA1(assessments, fmt.Appendf(nil, "%q %q %d %d", cluster, namespace, start.UnixNano(), end.UnixNano())).String()
}

// CreateAssessment keeps what was found of a window, and gives it its id; the
// details are a JSON object. Of all that assess the same window the first is
// kept, and everybody is given that one.
func (s *Store) CreateAssessment(ctx context.Context, a behaviour.Assessment, details []byte) (kept behaviour.Assessment, first bool, err error) {
	a.WindowStart, a.WindowEnd, a.CreatedAt = a.WindowStart.UTC(), a.WindowEnd.UTC(), s.now().UTC().Round(0)
	a.ID = AssessmentID(a.ClusterID, a.Namespace, a.WindowStart, a.WindowEnd)
	if err := checkAssessment(a, details); err != nil {
		return behaviour.Assessment{}, false, err
	}
	err = s.index.transact(ctx, func(tx *sql.Tx) error {
		found, _, err := findAssessment(ctx, tx, a.ID)
		if !errors.Is(err, ErrNoAssessment) {
			kept, first = found, false
			return err
		}
		kept, first = a, true
		_, err = tx.ExecContext(ctx, `INSERT INTO assessments (`+assessmentColumns+`, details) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
			a.ID, a.ClusterID, a.Namespace, a.WindowStart.UnixNano(), a.WindowEnd.UnixNano(), a.Health, a.Conformance, a.PresetName,
			a.ProfileID, a.BaselineID, a.CreatedAt.UnixNano(), string(details))
		return err
	})
	if err != nil {
		return behaviour.Assessment{}, false, err
	}
	return kept, first, nil
}

func checkAssessment(a behaviour.Assessment, details []byte) error {
	switch {
	case a.ClusterID == "":
		return &RequestError{"the assessment has no cluster_id", "say which cluster it is of"}
	case len(details) > maxAssessment:
		return &RequestError{fmt.Sprintf("the assessment has %d bytes", len(details)), fmt.Sprintf("it may have %d", maxAssessment)}
	case !json.Valid(details):
		return &RequestError{"the details of the assessment are no JSON", "give an object"}
	}
	for _, t := range []struct{ name, value string }{
		{"cluster_id", a.ClusterID}, {"namespace", a.Namespace}, {"preset_name", a.PresetName}, {"health", a.Health}, {"conformance", a.Conformance},
	} {
		if err := checkText(t.name, t.value, maxText); err != nil {
			return err
		}
	}
	return behaviour.CheckWindow(a.WindowStart, a.WindowEnd, a.WindowEnd)
}

// Assessment gives an assessment with its details.
func (s *Store) Assessment(ctx context.Context, id string) (behaviour.Assessment, []byte, error) {
	return findAssessment(ctx, s.index.db, id)
}

const assessmentColumns = `id, cluster_id, namespace, window_start, window_end, health, conformance, preset_name,
	profile_id, baseline_id, created_at`

func findAssessment(ctx context.Context, q queryer, id string) (behaviour.Assessment, []byte, error) {
	var details string
	a, err := scanAssessment(q.QueryRowContext(ctx, `SELECT `+assessmentColumns+`, details FROM assessments WHERE id = $1`, id), &details)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNoAssessment
	}
	return a, []byte(details), err
}

func scanAssessment(row row, more ...any) (a behaviour.Assessment, err error) {
	var start, end, created int64
	into := []any{&a.ID, &a.ClusterID, &a.Namespace, &start, &end, &a.Health, &a.Conformance, &a.PresetName, &a.ProfileID, &a.BaselineID, &created}
	if err = row.Scan(append(into, more...)...); err != nil {
		return behaviour.Assessment{}, err
	}
	a.WindowStart, a.WindowEnd, a.CreatedAt = time.Unix(0, start).UTC(), time.Unix(0, end).UTC(), time.Unix(0, created).UTC()
	return a, nil
}

// An AssessmentFilter is what the assessments of a listing have in common; what
// is nil or zero asks for nothing.
type AssessmentFilter struct {
	Cluster   *string
	Namespace *string
	// the window ends in [From, To)
	From, To time.Time
}

// An AssessmentPage is a part of a listing: the windows that ended last come first.
type AssessmentPage struct {
	Assessments []behaviour.Assessment
	// Next asks for the page after this one; "" if this is the last.
	Next string
}

// Assessments gives the assessments of a filter, without their details, at most
// limit of them (0 is DefaultLimit), after the page that gave the cursor.
func (s *Store) Assessments(ctx context.Context, f AssessmentFilter, limit int, cursor string) (*AssessmentPage, error) {
	limit, err := pageOf("assessments", limit)
	if err != nil {
		return nil, err
	}
	f.From, f.To = f.From.UTC(), f.To.UTC()
	digest := digest(f, f.From, f.To)
	after, err := readCursor(cursor, digest)
	if err != nil {
		return nil, err
	}
	var w conditions
	if f.Cluster != nil {
		w.where("cluster_id = ?", *f.Cluster)
	}
	if f.Namespace != nil {
		w.where("namespace = ?", *f.Namespace)
	}
	if !f.From.IsZero() {
		w.where("window_end >= ?", f.From.UnixNano())
	}
	if !f.To.IsZero() {
		w.where("window_end < ?", f.To.UnixNano())
	}
	if after != nil {
		w.where("(window_end, id) < (?, ?)", after.at, after.id)
	}
	statement := fmt.Sprintf(`SELECT %s FROM assessments WHERE %s ORDER BY window_end DESC, id DESC`, assessmentColumns, w.all())
	page := &AssessmentPage{}
	page.Assessments, page.Next, err = onePage(ctx, s.index, limit, statement, w.arguments, func(row row) (behaviour.Assessment, position, error) {
		a, err := scanAssessment(row)
		return a, position{a.WindowEnd.UnixNano(), a.ID, digest}, err
	})
	return page, err
}
