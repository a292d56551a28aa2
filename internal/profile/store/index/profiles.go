package index

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store/document"
)

// columns are the metadata columns, in reading and writing order.
const columns = `id, name, label, cluster_id, namespace, task_queue, window_start, window_end,
	server_version, plugin_version, worker_sha, preset_name, created_at`

// reports whether a row is the baseline of its cluster and namespace
const isBaseline = `EXISTS (SELECT 1 FROM baselines b WHERE b.cluster_id = p.cluster_id AND b.namespace = ` +
	`p.namespace AND b.profile_id = p.id)`

const selection = `SELECT p.id, p.name, p.label, p.cluster_id, p.namespace, p.task_queue, p.window_start, p.window_end,
	p.server_version, p.plugin_version, p.worker_sha, p.preset_name, p.created_at, ` + isBaseline

// Metadata returns a profile's metadata.
func (x *Index) Metadata(ctx context.Context, id string) (behaviour.Metadata, error) {
	return runRead(ctx, x, func(db *sql.DB) (behaviour.Metadata, error) { return findProfile(ctx, db, id) })
}

// findProfile returns one row.
func findProfile(ctx context.Context, q queryer, id string) (behaviour.Metadata, error) {
	if !IsValidID(id) {
		return behaviour.Metadata{}, ErrNotFound
	}
	m, err := scanProfile(q.QueryRowContext(ctx, selection+` FROM profiles p WHERE p.id = $1 AND p.deleted = 0`, id))
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	return m, err
}

func scanProfile(row row) (m behaviour.Metadata, err error) {
	var start, end, created int64
	err = row.Scan(&m.ID, &m.Name, &m.Label, &m.ClusterID, &m.Namespace, &m.TaskQueue, &start, &end,
		&m.TemporalServerVersion, &m.DSQLPluginVersion, &m.WorkerCodeSHA, &m.PresetName, &created, &m.IsBaseline)
	if err != nil {
		return behaviour.Metadata{}, err
	}
	m.WindowStart, m.WindowEnd, m.CreatedAt = time.Unix(0, start).UTC(), time.Unix(0, end).UTC(), time.Unix(0, created).UTC()
	return m, nil
}

// InsertProfile adds the row of a stored document and returns it, or the row of the profile that the request created
// before. It reports whether an earlier attempt may have added the row.
func (x *Index) InsertProfile(
	ctx context.Context,
	m behaviour.Metadata,
	r *document.IdempotencyKey,
) (kept behaviour.Metadata, isRepeated bool, err error) {
	err = x.runTransaction(ctx, func(tx *transaction) (err error) {
		isRepeated = tx.isRepeated
		kept, err = insertRow(ctx, tx, m, r)
		return err
	})
	return kept, isRepeated, err
}

// AdoptProfile adds the row of a document without one, as InsertProfile does, unless its request has created a profile
// that was deleted since (ErrKeyReused).
func (x *Index) AdoptProfile(ctx context.Context, m behaviour.Metadata, r *document.IdempotencyKey) (behaviour.Metadata, error) {
	var kept behaviour.Metadata
	err := x.runTransaction(ctx, func(tx *transaction) (err error) {
		if r != nil {
			freed, err := isKeyFreed(ctx, tx, r.Key)
			if err != nil {
				return err
			}
			if freed {
				return ErrKeyReused
			}
		}
		kept, err = insertRow(ctx, tx, m, r)
		return err
	})
	return kept, err
}

func insertRow(ctx context.Context, tx *transaction, m behaviour.Metadata, r *document.IdempotencyKey) (behaviour.Metadata, error) {
	key := ""
	if r != nil {
		if first, err := findByKey(ctx, tx, r); first != nil || err != nil {
			return orZero(first), err
		}
		key = r.Key
	}
	// an attempt whose answer was lost may have created it
	if found, err := findProfile(ctx, tx, m.ID); !errors.Is(err, ErrNotFound) {
		return found, err
	}
	if _, err := checkNotDeleting(ctx, tx, m.ID); err != nil {
		return behaviour.Metadata{}, err
	}
	if r != nil {
		statement := `INSERT INTO requests (request_key, digest, profile_id) VALUES ($1, $2, $3)`
		if freed, err := isKeyFreed(ctx, tx, r.Key); err != nil {
			return behaviour.Metadata{}, err
		} else if freed {
			statement = `UPDATE requests SET digest = $2, profile_id = $3 WHERE request_key = $1`
		}
		if _, err := tx.ExecContext(ctx, statement, r.Key, r.Digest, m.ID); err != nil {
			return behaviour.Metadata{}, err
		}
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO profiles (`+columns+`, request_key, deleted, revision)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 0, 0)`,
		m.ID, m.Name, m.Label, m.ClusterID, m.Namespace, m.TaskQueue, m.WindowStart.UnixNano(), m.WindowEnd.UnixNano(),
		m.TemporalServerVersion, m.DSQLPluginVersion, m.WorkerCodeSHA, m.PresetName, m.CreatedAt.UnixNano(), key)
	return m, err
}

// CheckNotDeleting returns ErrDeleting while a deletion of the profile is in progress, and whether the profile has a row.
func (x *Index) CheckNotDeleting(ctx context.Context, id string) (isListed bool, err error) {
	return runRead(ctx, x, func(db *sql.DB) (bool, error) { return checkNotDeleting(ctx, db, id) })
}

func checkNotDeleting(ctx context.Context, q queryer, id string) (isListed bool, err error) {
	var marked int
	err = q.QueryRowContext(ctx, `SELECT deleted FROM profiles WHERE id = $1`, id).Scan(&marked)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return false, nil
	case err == nil && marked != 0:
		err = ErrDeleting
	}
	return err == nil, err
}

// MarkDeleted hides a profile and frees its idempotency key.
func (x *Index) MarkDeleted(ctx context.Context, id string, now time.Time) error {
	return x.runTransaction(ctx, func(tx *transaction) error {
		m, err := findProfile(ctx, tx, id)
		if tx.isRepeated && errors.Is(err, ErrNotFound) {
			return nil // marked by the earlier attempt
		}
		if err != nil {
			return err
		}
		if m.IsBaseline {
			return ErrIsBaseline
		}
		var key string
		if err := tx.QueryRowContext(ctx, `SELECT request_key FROM profiles WHERE id = $1`, id).Scan(&key); err != nil {
			return err
		}
		if key != "" {
			statement := `UPDATE requests SET profile_id = $2, digest = $3 WHERE request_key = $1`
			if _, err := tx.ExecContext(ctx, statement, key, freedKey, writeTime(now)); err != nil {
				return err
			}
		}
		// concurrent calls of SetBaseline write the same row, so one of the two retries
		_, err = tx.ExecContext(ctx, `UPDATE profiles SET deleted = 1, revision = $2 WHERE id = $1`, id, now.UnixNano())
		return err
	})
}

// RemoveDeleted removes a row that is marked as deleted.
func (x *Index) RemoveDeleted(ctx context.Context, id string) error {
	return x.runTransaction(ctx, func(tx *transaction) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM profiles WHERE id = $1 AND deleted = 1`, id)
		return err
	})
}

// ProfileRow holds the fields of a row that a sweep needs.
type ProfileRow struct {
	IsDeleted bool
	DeletedAt time.Time
}

// ProfileRows returns the rows after an id, up to another.
func (x *Index) ProfileRows(ctx context.Context, after, to string) (map[string]ProfileRow, error) {
	return runRead(ctx, x, func(db *sql.DB) (map[string]ProfileRow, error) { return listRows(ctx, db, after, to) })
}

func listRows(ctx context.Context, db *sql.DB, after, to string) (map[string]ProfileRow, error) {
	rows, err := db.QueryContext(ctx, `SELECT id, deleted, revision FROM profiles WHERE id > $1 AND id <= $2`, after, to)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	all := map[string]ProfileRow{}
	for rows.Next() {
		var id string
		var row ProfileRow
		var revision int64 // of a deleted profile, the time of its deletion
		if err := rows.Scan(&id, &row.IsDeleted, &revision); err != nil {
			return nil, err
		}
		row.DeletedAt = time.Unix(0, revision)
		all[id] = row
	}
	return all, rows.Err()
}

// orZero dereferences p, or returns the zero value for nil.
func orZero[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}
