package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store/document"
	"github.com/temporal-dsql/temporal-dsql/internal/redact"
	"github.com/temporal-dsql/temporal-dsql/internal/words"
)

// IdempotencyKey makes repeated requests create one profile.
type IdempotencyKey = document.IdempotencyKey

// Create stores a profile and fills in a missing id and creation time. A profile with an id is an import, and
// conflicts with another profile of that id (ErrExists). Times become UTC.
//
// With a known idempotency key nothing is stored: the same request returns the first profile, another one
// ErrKeyReused.
func (s *Store) Create(ctx context.Context, p behaviour.Profile, r *IdempotencyKey) (behaviour.Metadata, error) {
	if first, err := s.Earlier(ctx, r); first != nil || err != nil {
		return orZero(first), err
	}
	isImport := p.ID != ""
	if !isImport {
		id, err := uuid.NewV7()
		if err != nil {
			return behaviour.Metadata{}, err
		}
		p.ID = id.String()
	}
	if p.CreatedAt.IsZero() {
		p.CreatedAt = s.now()
	}
	p.WindowStart, p.WindowEnd, p.CreatedAt = p.WindowStart.UTC(), p.WindowEnd.UTC(), p.CreatedAt.UTC().Round(0)
	p.IsBaseline = false // set separately, per store
	if err := checkMetadata(p.Metadata, r); err != nil {
		return behaviour.Metadata{}, err
	}
	data, err := document.Encode(&p, r)
	if isOver := (*budget.ExceededError)(nil); errors.As(err, &isOver) {
		return behaviour.Metadata{}, &RequestError{"the profile has " + err.Error(), budget.ProfileBytes.Remedy}
	}
	if err != nil {
		return behaviour.Metadata{}, err
	}
	var first behaviour.Metadata
	for attempt := 1; ; attempt++ {
		first, err = s.createOnce(ctx, p.Metadata, data, r, isImport)
		if !errors.Is(err, ErrDeleting) || attempt == transactionAttempts {
			break
		}
		if err := waitBeforeRetry(ctx, attempt); err != nil {
			return behaviour.Metadata{}, err
		}
	}
	switch {
	case err != nil:
		return behaviour.Metadata{}, err
	case first.ID != p.ID:
		// a sweep repairs a failure here
		return first, s.documents.Delete(ctx, documentName(p.ID))
	}
	return first, nil
}

// createOnce stores the document and the row of a profile. It fails with ErrDeleting while an earlier profile of this id
// is being deleted, because that removes the document last stored under the id.
func (s *Store) createOnce(
	ctx context.Context,
	m behaviour.Metadata,
	data []byte,
	r *IdempotencyKey,
	isImport bool,
) (behaviour.Metadata, error) {
	name, isListed := documentName(m.ID), false
	if isImport {
		var err error
		if isListed, err = s.checkNotDeleting(ctx, m.ID); err != nil {
			return behaviour.Metadata{}, err
		}
	}
	put := s.documents.Put(ctx, name, data)
	if isExisting(put) {
		// an interrupted attempt may have stored this very document
		switch kept, err := s.documents.Get(ctx, name); {
		case isMissing(err):
			return behaviour.Metadata{}, ErrDeleting
		case err != nil || !document.IsSame(m.ID, kept, data):
			return behaviour.Metadata{}, errors.Join(ErrExists, err)
		case isListed:
			first, err := s.Metadata(ctx, m.ID)
			if errors.Is(err, ErrNotFound) {
				err = ErrDeleting
			}
			return first, err
		}
	} else if put != nil {
		return behaviour.Metadata{}, put
	}
	first, isRepeated, err := s.insertProfile(ctx, m, r)
	if err != nil || put == nil && !isRepeated || first.ID != m.ID {
		return first, err
	}
	// a deletion of the earlier profile may have removed the document before the row was inserted
	if err := s.documents.Put(ctx, name, data); err != nil && !isExisting(err) {
		return behaviour.Metadata{}, err
	}
	return first, nil
}

// Earlier returns the profile that the same request created before, or nil.
func (s *Store) Earlier(ctx context.Context, r *IdempotencyKey) (*behaviour.Metadata, error) {
	if r == nil {
		return nil, nil
	}
	var first *behaviour.Metadata
	err := s.index.runTransaction(ctx, func(tx *transaction) (err error) {
		first, err = findByKey(ctx, tx, r)
		return err
	})
	return first, err
}

func findByKey(ctx context.Context, tx *transaction, r *IdempotencyKey) (*behaviour.Metadata, error) {
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
// row stays for FreedKeyAge: without it, a sweep would add the document of an interrupted attempt of the deleted request.
// The digest of the row is then the time of the deletion.
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

// insertProfile adds the row of a stored document and returns it, or the row of the profile that the request created
// before. It reports whether an earlier attempt may have added the row.
func (s *Store) insertProfile(
	ctx context.Context,
	m behaviour.Metadata,
	r *IdempotencyKey,
) (kept behaviour.Metadata, isRepeated bool, err error) {
	err = s.index.runTransaction(ctx, func(tx *transaction) (err error) {
		isRepeated = tx.isRepeated
		kept, err = insertRow(ctx, tx, m, r)
		return err
	})
	return kept, isRepeated, err
}

// adoptProfile adds the row of a document without one, as insertProfile does, unless its request has created a profile
// that was deleted since (ErrKeyReused).
func (s *Store) adoptProfile(ctx context.Context, m behaviour.Metadata, r *IdempotencyKey) (behaviour.Metadata, error) {
	var kept behaviour.Metadata
	err := s.index.runTransaction(ctx, func(tx *transaction) (err error) {
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

func insertRow(ctx context.Context, tx *transaction, m behaviour.Metadata, r *IdempotencyKey) (behaviour.Metadata, error) {
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

// Get returns a profile.
func (s *Store) Get(ctx context.Context, id string) (*behaviour.Profile, error) {
	m, err := s.Metadata(ctx, id)
	if err != nil {
		return nil, err
	}
	d, err := s.readDocument(ctx, id)
	if err != nil {
		return nil, err
	}
	defer d.Release()
	p, err := d.Profile(m)
	if err != nil {
		return nil, &CorruptError{documentName(id), err.Error()}
	}
	return p, nil
}

// JSON returns a profile as JSON.
func (s *Store) JSON(ctx context.Context, id string) (behaviour.Metadata, []byte, error) {
	m, err := s.Metadata(ctx, id)
	if err != nil {
		return m, nil, err
	}
	d, err := s.readDocument(ctx, id)
	if err != nil {
		return m, nil, err
	}
	defer d.Release()
	data, err := d.JSON(m)
	if err != nil {
		return m, nil, &CorruptError{documentName(id), err.Error()}
	}
	return m, data, nil
}

// Metadata returns a profile's metadata.
func (s *Store) Metadata(ctx context.Context, id string) (behaviour.Metadata, error) {
	return runRead(ctx, s.index, func(db *sql.DB) (behaviour.Metadata, error) { return findProfile(ctx, db, id) })
}

// readDocument reads the document of a row.
func (s *Store) readDocument(ctx context.Context, id string) (*document.Document, error) {
	data, err := s.documents.Get(ctx, documentName(id))
	if isMissing(err) {
		// a profile that was deleted meanwhile is not lost, nor is one that was imported again since
		if _, err := s.Metadata(ctx, id); err != nil {
			return nil, err
		}
		data, err = s.documents.Get(ctx, documentName(id))
	}
	if isMissing(err) {
		return nil, &LostError{documentName(id)}
	}
	if err != nil {
		return nil, err
	}
	d, err := document.Decode(id, data)
	if err != nil {
		return nil, &CorruptError{documentName(id), err.Error()}
	}
	return d, nil
}

func (s *Store) checkNotDeleting(ctx context.Context, id string) (isListed bool, err error) {
	return runRead(ctx, s.index, func(db *sql.DB) (bool, error) { return checkNotDeleting(ctx, db, id) })
}

// checkNotDeleting returns ErrDeleting while a deletion of the profile is in progress, and whether the profile has a row.
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

// Delete deletes a profile that is not a baseline. It marks the row, which hides the profile, then removes the
// document, then the row. A sweep finishes interrupted deletions.
//
// A full disk does not prevent it: the reserve has the space for it.
func (s *Store) Delete(ctx context.Context, id string) error {
	defer s.reserve.fill()
	if err := s.reserve.retryWhenFull(func() error { return s.markDeleted(ctx, id) }); err != nil {
		return err
	}
	return s.reserve.retryWhenFull(func() error { return s.finishDelete(ctx, id) })
}

// markDeleted hides a profile and frees its idempotency key.
func (s *Store) markDeleted(ctx context.Context, id string) error {
	return s.index.runTransaction(ctx, func(tx *transaction) error {
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
			if _, err := tx.ExecContext(ctx, statement, key, freedKey, writeTime(s.now())); err != nil {
				return err
			}
		}
		// concurrent calls of SetBaseline write the same row, so one of the two retries
		_, err = tx.ExecContext(ctx, `UPDATE profiles SET deleted = 1, revision = $2 WHERE id = $1`, id, s.now().UnixNano())
		return err
	})
}

// finishDelete removes the document of a marked row, then the row.
func (s *Store) finishDelete(ctx context.Context, id string) error {
	if err := s.documents.Delete(ctx, documentName(id)); err != nil {
		return err
	}
	return s.index.runTransaction(ctx, func(tx *transaction) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM profiles WHERE id = $1 AND deleted = 1`, id)
		return err
	})
}

// Size limits of text columns in bytes, because DSQL's index keys hold 1 KiB.
const (
	maxText      = 255
	maxTaskQueue = 900
)

// Check rejects metadata that Create would reject, without needing an id or creation time.
func Check(m behaviour.Metadata, r *IdempotencyKey) error {
	if m.ID == "" {
		m.ID = uuid.Nil.String()
	}
	if m.CreatedAt.IsZero() {
		m.CreatedAt = m.WindowEnd
	}
	return checkMetadata(m, r)
}

// checkMetadata rejects metadata that the index cannot store.
func checkMetadata(m behaviour.Metadata, r *IdempotencyKey) error {
	if !isValidID(m.ID) {
		return &RequestError{fmt.Sprintf("%q is not a valid profile id", m.ID), "use a UUID in lower case, or leave the id out to get one"}
	}
	for _, t := range []struct {
		name, value string
		longest     int
	}{
		{"name", m.Name, maxText}, {"label", m.Label, maxText}, {"cluster_id", m.ClusterID, maxText},
		{"namespace", m.Namespace, maxText}, {"task_queue", m.TaskQueue, maxTaskQueue},
		{"temporal_server_version", m.TemporalServerVersion, maxText}, {"dsql_plugin_version", m.DSQLPluginVersion, maxText},
		{"worker_code_sha", m.WorkerCodeSHA, maxText}, {"preset_name", m.PresetName, maxText},
		{keyField, orZero(r).Key, maxText}, {"request digest", orZero(r).Digest, maxText},
	} {
		if err := checkText(t.name, t.value, t.longest); err != nil {
			return err
		}
	}
	switch {
	case m.ClusterID == "":
		return &RequestError{"cluster_id is missing", "set the id of the cluster"}
	case r != nil && r.Key == "":
		return &RequestError{"the idempotency key is empty", "set a key, or leave the header out"}
	}
	for _, t := range []time.Time{m.WindowStart, m.WindowEnd, m.CreatedAt} {
		if !time.Unix(0, t.UnixNano()).Equal(t) {
			return &RequestError{
				fmt.Sprintf("time %s is out of range", t.Format(time.RFC3339)),
				"use times between the years 1678 and 2262",
			}
		}
	}
	// listings by time rely on the longest window
	return behaviour.CheckWindow(m.WindowStart, m.WindowEnd, m.WindowEnd)
}

func checkText(name, value string, longest int) error {
	switch {
	case len(value) > longest:
		return &RequestError{fmt.Sprintf("%s has %d bytes", name, len(value)), fmt.Sprintf("use at most %d bytes", longest)}
	case !utf8.ValidString(value) || bytes.ContainsRune([]byte(value), 0):
		return &RequestError{fmt.Sprintf("%s is not valid text", name), "use UTF-8 without NUL"}
	case words.HasInvisible(value):
		return &RequestError{
			fmt.Sprintf("%s has control or direction characters: %+q", name, value),
			"use visible characters and spaces",
		}
	case name != keyField && redact.HasSecret(value):
		return &RequestError{fmt.Sprintf("%s contains a secret", name), "use a text that does not quote one"}
	}
	return nil
}

// keyField is the name of the idempotency key, which can be as random as a secret.
const keyField = "idempotency key"

// orZero dereferences p, or returns the zero value for nil.
func orZero[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}
