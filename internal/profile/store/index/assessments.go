package index

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
)

// InsertAssessment adds the row of an assessment, or returns the stored one.
func (x *Index) InsertAssessment(
	ctx context.Context,
	a behaviour.Assessment,
	details []byte,
) (kept behaviour.Assessment, first bool, err error) {
	err = x.runTransaction(ctx, func(tx *transaction) error {
		found, _, err := findAssessment(ctx, tx, a.ID)
		if !errors.Is(err, ErrNoAssessment) {
			kept, first = found, tx.isRepeated && found.CreatedAt.Equal(a.CreatedAt)
			return err
		}
		kept, first = a, true
		_, err = tx.ExecContext(
			ctx,
			`INSERT INTO assessments (`+assessmentColumns+`, details) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
			a.ID,
			a.ClusterID,
			a.Namespace,
			a.WindowStart.UnixNano(),
			a.WindowEnd.UnixNano(),
			a.Health,
			a.Conformance,
			a.PresetName,
			a.ProfileID,
			a.BaselineID,
			a.CreatedAt.UnixNano(),
			string(details),
		)
		return err
	})
	if err != nil {
		return behaviour.Assessment{}, false, err
	}
	return kept, first, nil
}

// ReplaceAssessment updates the row of an assessment.
func (x *Index) ReplaceAssessment(ctx context.Context, a behaviour.Assessment, details []byte) error {
	return x.runTransaction(ctx, func(tx *transaction) error {
		done, err := tx.ExecContext(
			ctx,
			`UPDATE assessments SET health = $2, conformance = $3, preset_name = $4, profile_id = $5, baseline_id = $6,
				created_at = $7, details = $8 WHERE id = $1`,
			a.ID, a.Health, a.Conformance, a.PresetName, a.ProfileID, a.BaselineID, a.CreatedAt.UnixNano(), string(details),
		)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n > 0 {
			return err
		}
		return ErrNoAssessment
	})
}

// Assessment returns an assessment and its details.
func (x *Index) Assessment(ctx context.Context, id string) (behaviour.Assessment, []byte, error) {
	type found struct {
		assessment behaviour.Assessment
		details    []byte
	}
	f, err := runRead(ctx, x, func(db *sql.DB) (f found, err error) {
		f.assessment, f.details, err = findAssessment(ctx, db, id)
		return f, err
	})
	return f.assessment, f.details, err
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
	into := []any{
		&a.ID,
		&a.ClusterID,
		&a.Namespace,
		&start,
		&end,
		&a.Health,
		&a.Conformance,
		&a.PresetName,
		&a.ProfileID,
		&a.BaselineID,
		&created,
	}
	if err = row.Scan(append(into, more...)...); err != nil {
		return behaviour.Assessment{}, err
	}
	a.WindowStart, a.WindowEnd, a.CreatedAt = time.Unix(0, start).UTC(), time.Unix(0, end).UTC(), time.Unix(0, created).UTC()
	return a, nil
}

// AssessmentFilter selects assessments; nil and zero fields match all.
type AssessmentFilter struct {
	Cluster   *string
	Namespace *string
	// windows that end in [From, To)
	From, To time.Time
}

// AssessmentPage is one page of a listing, latest window first.
type AssessmentPage struct {
	Assessments []behaviour.Assessment
	// Next is the cursor of the next page; "" on the last page.
	Next string
}

// Assessments lists assessments without details, at most limit (0 means DefaultLimit), from the cursor on.
func (x *Index) Assessments(ctx context.Context, f AssessmentFilter, limit int, cursor string) (*AssessmentPage, error) {
	limit, err := pageSize("assessments", limit)
	if err != nil {
		return nil, err
	}
	f.From, f.To = f.From.UTC(), f.To.UTC()
	digest := digestOf(f, f.From, f.To)
	after, err := readCursor(cursor, digest)
	if err != nil {
		return nil, err
	}
	var w conditions
	if f.Cluster != nil {
		w.addCondition("cluster_id = ?", *f.Cluster)
	}
	if f.Namespace != nil {
		w.addCondition("namespace = ?", *f.Namespace)
	}
	if !f.From.IsZero() {
		w.addCondition("window_end >= ?", f.From.UnixNano())
	}
	if !f.To.IsZero() {
		w.addCondition("window_end < ?", f.To.UnixNano())
	}
	if after != nil {
		w.addCondition("(window_end, id) < (?, ?)", after.at, after.id)
	}
	statement := fmt.Sprintf(`SELECT %s FROM assessments WHERE %s ORDER BY window_end DESC, id DESC`, assessmentColumns, w.joinConditions())
	page := &AssessmentPage{}
	page.Assessments, page.Next, err = readPage(
		ctx,
		x,
		limit,
		statement,
		w.arguments,
		func(row row) (behaviour.Assessment, position, error) {
			a, err := scanAssessment(row)
			return a, position{a.WindowEnd.UnixNano(), a.ID, digest}, err
		},
	)
	return page, err
}

// AssessmentsByID lists the assessments whose ids start with a digit, without details.
func (x *Index) AssessmentsByID(ctx context.Context, digit string) ([]behaviour.Assessment, error) {
	return runRead(ctx, x, func(db *sql.DB) (all []behaviour.Assessment, err error) {
		rows, err := db.QueryContext(ctx, `SELECT `+assessmentColumns+` FROM assessments WHERE id >= $1 AND id < $2`, digit, digit+"g")
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		for rows.Next() {
			a, err := scanAssessment(rows)
			if err != nil {
				return nil, err
			}
			all = append(all, a)
		}
		return all, rows.Err()
	})
}
