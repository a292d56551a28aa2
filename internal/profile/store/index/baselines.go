package index

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// Baseline is the profile that a cluster and namespace is compared with.
type Baseline struct {
	ClusterID string    `json:"cluster_id"`
	Namespace string    `json:"namespace"` // "" means the whole cluster
	ProfileID string    `json:"profile_id"`
	Previous  string    `json:"previous_profile_id,omitempty"` // replaced baseline; "" means none
	SetAt     time.Time `json:"set_at"`
}

// Condition reports whether a call may replace the baseline with this id; "" means none.
type Condition func(current string) bool

// CurrentIs is the condition that this profile is the baseline.
func CurrentIs(id string) Condition {
	return func(current string) bool { return current == id }
}

// SetBaseline sets a profile as the baseline of its cluster and namespace. It fails with a BaselineError if the current
// baseline does not meet the condition; nil means none. Of concurrent first calls, exactly one has no previous baseline.
// It also returns the replaced baseline, or the zero value.
func (x *Index) SetBaseline(
	ctx context.Context,
	id string,
	condition Condition,
	set time.Time,
) (b, before Baseline, err error) {
	err = x.runTransaction(ctx, func(tx *transaction) error {
		m, err := findProfile(ctx, tx, id)
		if err != nil {
			return err
		}
		current, err := findBaseline(ctx, tx, m.ClusterID, m.Namespace)
		if err != nil {
			return err
		}
		if tx.isRepeated {
			switch {
			case current != nil && current.ProfileID == id && current.SetAt.Equal(set):
				return nil // by the earlier attempt, whose result b is
			case orZero(current) != before:
				// the earlier attempt may have set it before another call replaced it
				return errUnknownBaseline
			}
		}
		before = orZero(current)
		b = Baseline{
			ClusterID: m.ClusterID,
			Namespace: m.Namespace,
			ProfileID: id,
			Previous:  orZero(current).ProfileID,
			SetAt:     set,
		}
		if condition != nil && !condition(b.Previous) {
			return &BaselineError{b.Previous}
		}
		// concurrent deletions write the same row, so one of the two retries
		if _, err := tx.ExecContext(ctx, `UPDATE profiles SET revision = revision + 1 WHERE id = $1`, id); err != nil {
			return err
		}
		statement := insertBaseline
		if current != nil {
			statement = `UPDATE baselines SET profile_id = $3, set_at = $4 WHERE cluster_id = $1 AND namespace = $2`
		}
		_, err = tx.ExecContext(ctx, statement, b.ClusterID, b.Namespace, b.ProfileID, b.SetAt.UnixNano())
		return err
	})
	if err != nil {
		return Baseline{}, Baseline{}, err
	}
	return b, before, nil
}

const insertBaseline = `INSERT INTO baselines (cluster_id, namespace, profile_id, set_at) VALUES ($1, $2, $3, $4)`

// errUnknownBaseline reports that a call cannot know whether it has set the baseline.
var errUnknownBaseline = errors.New("the connection to the database was lost, and the baseline has changed since: read it again")

// Baseline returns the baseline of a cluster and namespace, or nil.
func (x *Index) Baseline(ctx context.Context, cluster, namespace string) (*Baseline, error) {
	return runRead(ctx, x, func(db *sql.DB) (*Baseline, error) { return findBaseline(ctx, db, cluster, namespace) })
}

// BaselineOf returns the baseline of a profile's cluster and namespace, or nil.
func (x *Index) BaselineOf(ctx context.Context, id string) (*Baseline, error) {
	return runRead(ctx, x, func(db *sql.DB) (*Baseline, error) { return findBaselineOf(ctx, db, id) })
}

// findBaselineOf reads profile and baseline in one statement: between two, the profile could be deleted and another one
// become the baseline, which no reader could have seen together.
func findBaselineOf(ctx context.Context, q queryer, id string) (*Baseline, error) {
	if !IsValidID(id) {
		return nil, ErrNotFound
	}
	var b Baseline
	var baseline sql.NullString
	var set sql.NullInt64
	err := q.QueryRowContext(ctx, `SELECT p.cluster_id, p.namespace, b.profile_id, b.set_at FROM profiles p
		LEFT JOIN baselines b ON b.cluster_id = p.cluster_id AND b.namespace = p.namespace
		WHERE p.id = $1 AND p.deleted = 0`, id).Scan(&b.ClusterID, &b.Namespace, &baseline, &set)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, ErrNotFound
	case err != nil:
		return nil, err
	case !baseline.Valid:
		return nil, nil
	}
	b.ProfileID, b.SetAt = baseline.String, time.Unix(0, set.Int64).UTC()
	return &b, nil
}

func findBaseline(ctx context.Context, q queryer, cluster, namespace string) (*Baseline, error) {
	b := &Baseline{ClusterID: cluster, Namespace: namespace}
	var set int64
	err := q.QueryRowContext(ctx, `SELECT profile_id, set_at FROM baselines WHERE cluster_id = $1 AND namespace = $2`, cluster, namespace).
		Scan(&b.ProfileID, &set)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, err
	}
	b.SetAt = time.Unix(0, set).UTC()
	return b, nil
}

// Cluster is a cluster with profiles.
type Cluster struct {
	ID        string     `json:"id"`
	Baselines []Baseline `json:"baselines"` // by namespace
}

// Clusters lists the clusters with profiles, by name.
func (x *Index) Clusters(ctx context.Context) ([]Cluster, error) {
	return runRead(ctx, x, func(db *sql.DB) ([]Cluster, error) { return listClusters(ctx, db) })
}

func listClusters(ctx context.Context, db *sql.DB) ([]Cluster, error) {
	clusters, at := []Cluster{}, map[string]int{}
	// one index step for each cluster, however many profiles it has
	for last := ""; ; {
		err := db.QueryRowContext(
			ctx,
			`SELECT cluster_id FROM profiles WHERE cluster_id > $1 AND deleted = 0 ORDER BY cluster_id, window_start, id LIMIT 1`,
			last,
		).
			Scan(&last)
		if errors.Is(err, sql.ErrNoRows) {
			break
		}
		if err != nil {
			return nil, err
		}
		at[last] = len(clusters)
		clusters = append(clusters, Cluster{ID: last, Baselines: []Baseline{}})
	}
	baselines, err := listBaselines(ctx, db)
	for _, b := range baselines {
		if i, ok := at[b.ClusterID]; ok {
			clusters[i].Baselines = append(clusters[i].Baselines, b)
		}
	}
	return clusters, err
}

// Baselines lists all baselines, by cluster and namespace.
func (x *Index) Baselines(ctx context.Context) ([]Baseline, error) {
	return runRead(ctx, x, func(db *sql.DB) ([]Baseline, error) { return listBaselines(ctx, db) })
}

// listBaselines lists all baselines, by cluster and namespace.
func listBaselines(ctx context.Context, db *sql.DB) (all []Baseline, err error) {
	rows, err := db.QueryContext(
		ctx,
		`SELECT cluster_id, namespace, profile_id, set_at FROM baselines ORDER BY cluster_id, namespace`,
	)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var b Baseline
		var set int64
		if err := rows.Scan(&b.ClusterID, &b.Namespace, &b.ProfileID, &set); err != nil {
			return nil, err
		}
		b.SetAt = time.Unix(0, set).UTC()
		all = append(all, b)
	}
	return all, rows.Err()
}

// RestoreBaseline adds the row of a baseline, unless another one has been set since. It returns false if its profile does
// not exist.
func (x *Index) RestoreBaseline(ctx context.Context, b Baseline) (isRestored bool, err error) {
	err = x.runTransaction(ctx, func(tx *transaction) error {
		isRestored = false
		m, err := findProfile(ctx, tx, b.ProfileID)
		if errors.Is(err, ErrNotFound) || err == nil && (m.ClusterID != b.ClusterID || m.Namespace != b.Namespace) {
			return nil
		}
		if err != nil {
			return err
		}
		isRestored = true
		if current, err := findBaseline(ctx, tx, b.ClusterID, b.Namespace); current != nil || err != nil {
			return err
		}
		// a concurrent deletion writes the same row, so one of the two retries
		if _, err := tx.ExecContext(ctx, `UPDATE profiles SET revision = revision + 1 WHERE id = $1`, b.ProfileID); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, insertBaseline, b.ClusterID, b.Namespace, b.ProfileID, b.SetAt.UnixNano())
		return err
	})
	return isRestored, err
}
