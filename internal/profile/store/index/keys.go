package index

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store/document"
)

// Earlier returns the profile that the same request created before, or nil.
func (x *Index) Earlier(ctx context.Context, r *document.IdempotencyKey) (*behaviour.Metadata, error) {
	if r == nil {
		return nil, nil
	}
	var first *behaviour.Metadata
	err := x.runTransaction(ctx, func(tx *transaction) (err error) {
		first, err = findByKey(ctx, tx, r)
		return err
	})
	return first, err
}

func findByKey(ctx context.Context, tx *transaction, r *document.IdempotencyKey) (*behaviour.Metadata, error) {
	var digest, id string
	err := tx.QueryRowContext(ctx, `SELECT digest, profile_id FROM requests WHERE request_key = $1`, r.Key).Scan(&digest, &id)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, err
	case id == freedKey:
		return nil, nil
	case digest != r.Digest:
		return nil, ErrKeyReused
	}
	m, err := findProfile(ctx, tx, id)
	return &m, err
}

// freedKey is the profile id of an idempotency key whose profile was deleted. The key can create another profile, but the
// row stays until ForgetFreedKeys removes it: without it, a sweep would add the document of an interrupted attempt of the
// deleted request. The digest of the row is then the time of the deletion.
const freedKey = ""

// isKeyFreed reports whether the profile of a key was deleted.
func isKeyFreed(ctx context.Context, q queryer, key string) (bool, error) {
	var id string
	err := q.QueryRowContext(ctx, `SELECT profile_id FROM requests WHERE request_key = $1`, key).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil && id == freedKey, err
}

// freedKeysPage is the number of freed keys that one transaction checks.
const freedKeysPage = 500

// ForgetFreedKeys removes the idempotency keys whose profiles were deleted before a limit. Keys that an earlier release
// freed, without a time, get the time now.
func (x *Index) ForgetFreedKeys(ctx context.Context, limit, now time.Time) error {
	for after := ""; ; {
		freed, err := x.listFreedKeys(ctx, after)
		if err != nil || len(freed) == 0 {
			return err
		}
		after = freed[len(freed)-1].Key
		err = x.runTransaction(ctx, func(tx *transaction) error {
			for _, k := range freed {
				freedAt, isKnown := readTime(k.Digest)
				var err error
				switch {
				case !isKnown:
					_, err = tx.ExecContext(
						ctx,
						`UPDATE requests SET digest = $4 WHERE request_key = $1 AND profile_id = $2 AND digest = $3`,
						k.Key,
						freedKey,
						k.Digest,
						writeTime(now),
					)
				case freedAt.Before(limit):
					_, err = tx.ExecContext(ctx, `DELETE FROM requests WHERE request_key = $1 AND profile_id = $2 AND digest = $3`,
						k.Key, freedKey, k.Digest)
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
}

// listFreedKeys returns the first freed keys after one, with what their rows have as digest.
func (x *Index) listFreedKeys(ctx context.Context, after string) ([]document.IdempotencyKey, error) {
	return runRead(ctx, x, func(db *sql.DB) ([]document.IdempotencyKey, error) {
		rows, err := db.QueryContext(ctx, `SELECT request_key, digest FROM requests WHERE profile_id = $1 AND request_key > $2
			ORDER BY request_key LIMIT $3`, freedKey, after, freedKeysPage)
		if err != nil {
			return nil, err
		}
		defer func() { _ = rows.Close() }()
		var all []document.IdempotencyKey
		for rows.Next() {
			var k document.IdempotencyKey
			if err := rows.Scan(&k.Key, &k.Digest); err != nil {
				return nil, err
			}
			all = append(all, k)
		}
		return all, rows.Err()
	})
}

// freedAtPrefix distinguishes the time of a deletion from the digest of a request.
const freedAtPrefix = "freed at "

func writeTime(t time.Time) string { return freedAtPrefix + strconv.FormatInt(t.UnixNano(), 10) }

func readTime(text string) (time.Time, bool) {
	digits, is := strings.CutPrefix(text, freedAtPrefix)
	nanos, err := strconv.ParseInt(digits, 10, 64)
	return time.Unix(0, nanos), is && err == nil
}
