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

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
)

// A Request is what makes a profile once, however often it is sent.
type Request struct {
	Key string `json:"key"`
	// Digest stands for all else that was asked.
	Digest string `json:"digest"`
}

// Create keeps a profile. It gives it an id and a time of creation where it has
// none; one that has an id is an import, and ErrExists if there is another.
// Times become UTC.
//
// With a request whose key is known, nothing is kept: the same request gets the
// first profile, and another one ErrKeyReused.
func (s *Store) Create(ctx context.Context, p behaviour.Profile, r *Request) (behaviour.Metadata, error) {
	if first, err := s.Earlier(ctx, r); first != nil || err != nil {
		return orZero(first), err
	}
	if p.ID == "" {
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
	p.IsBaseline = false // another matter, of this store only
	if err := check(p.Metadata, r); err != nil {
		return behaviour.Metadata{}, err
	}
	data, err := encodeDocument(&p, r)
	if err != nil {
		return behaviour.Metadata{}, err
	}
	name := documentName(p.ID)
	if err := s.documents.Put(ctx, name, data); exists(err) {
		// it may be this very one, of an attempt that ended too early
		if kept, err := s.documents.Get(ctx, name); err != nil || !bytes.Equal(kept, data) {
			return behaviour.Metadata{}, errors.Join(ErrExists, err)
		}
	} else if err != nil {
		return behaviour.Metadata{}, err
	}
	first, err := s.insert(ctx, p.Metadata, r)
	switch {
	case err != nil:
		return behaviour.Metadata{}, err
	case first.ID != p.ID:
		// a sweep would, if this fails
		return first, s.documents.Delete(ctx, name)
	}
	return first, nil
}

// Earlier gives the profile that the same request has made already; nil if
// there is none.
func (s *Store) Earlier(ctx context.Context, r *Request) (*behaviour.Metadata, error) {
	if r == nil {
		return nil, nil
	}
	var first *behaviour.Metadata
	err := s.index.transact(ctx, func(tx *sql.Tx) (err error) {
		first, err = earlier(ctx, tx, r)
		return err
	})
	return first, err
}

func earlier(ctx context.Context, tx *sql.Tx, r *Request) (*behaviour.Metadata, error) {
	var digest, id string
	err := tx.QueryRowContext(ctx, `SELECT digest, profile_id FROM requests WHERE request_key = $1`, r.Key).Scan(&digest, &id)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, err
	case digest != r.Digest:
		return nil, ErrKeyReused
	}
	m, err := find(ctx, tx, id)
	return &m, err
}

// insert makes the row of a profile whose document is there, and gives it; the
// row of another if the request was that one's.
func (s *Store) insert(ctx context.Context, m behaviour.Metadata, r *Request) (behaviour.Metadata, error) {
	var kept behaviour.Metadata
	err := s.index.transact(ctx, func(tx *sql.Tx) error {
		if r != nil {
			first, err := earlier(ctx, tx, r)
			if first != nil || err != nil {
				kept = orZero(first)
				return err
			}
		}
		// an attempt whose answer was lost may have made it
		found, err := find(ctx, tx, m.ID)
		if !errors.Is(err, ErrNotFound) {
			kept = found
			return err
		}
		key := ""
		if r != nil {
			key = r.Key
			if _, err := tx.ExecContext(ctx, `INSERT INTO requests (request_key, digest, profile_id) VALUES ($1, $2, $3)`, r.Key, r.Digest, m.ID); err != nil {
				return err
			}
		}
		kept = m
		_, err = tx.ExecContext(ctx, `INSERT INTO profiles (`+columns+`, request_key, deleted, revision)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 0, 0)`,
			m.ID, m.Name, m.Label, m.ClusterID, m.Namespace, m.TaskQueue, m.WindowStart.UnixNano(), m.WindowEnd.UnixNano(),
			m.TemporalServerVersion, m.DSQLPluginVersion, m.WorkerCodeSHA, m.PresetName, m.CreatedAt.UnixNano(), key)
		return err
	})
	return kept, err
}

// Get gives a whole profile.
func (s *Store) Get(ctx context.Context, id string) (*behaviour.Profile, error) {
	m, err := find(ctx, s.index.db, id)
	if err != nil {
		return nil, err
	}
	room := rooms.Get().(*[]byte)
	defer rooms.Put(room)
	d, err := s.document(ctx, id, room)
	if err != nil {
		return nil, err
	}
	p := &behaviour.Profile{}
	if err := readProfile(d.body, p); err != nil {
		return nil, &CorruptError{documentName(id), err.Error()}
	}
	p.Metadata = m // as it is now
	return p, nil
}

// JSON gives a whole profile as it is written, which costs a fraction of Get.
func (s *Store) JSON(ctx context.Context, id string) (behaviour.Metadata, []byte, error) {
	m, err := find(ctx, s.index.db, id)
	if err != nil {
		return m, nil, err
	}
	room := rooms.Get().(*[]byte)
	defer rooms.Put(room)
	d, err := s.document(ctx, id, room)
	if err != nil {
		return m, nil, err
	}
	data, err := d.json(m)
	return m, data, err
}

// Metadata gives what a listing shows of one profile.
func (s *Store) Metadata(ctx context.Context, id string) (behaviour.Metadata, error) {
	return find(ctx, s.index.db, id)
}

// document reads what a row stands for.
func (s *Store) document(ctx context.Context, id string, room *[]byte) (*document, error) {
	data, err := s.documents.Get(ctx, documentName(id))
	if notFound(err) {
		// a profile that was deleted meanwhile is not lost
		if _, err := find(ctx, s.index.db, id); err != nil {
			return nil, err
		}
		return nil, &LostError{documentName(id)}
	}
	if err != nil {
		return nil, err
	}
	return decodeDocument(id, data, room)
}

// Delete takes a profile away that is not a baseline. The row is marked first,
// which is when the profile is gone, and is removed after the document: where
// it stops in between, a sweep ends it.
func (s *Store) Delete(ctx context.Context, id string) error {
	err := s.index.transact(ctx, func(tx *sql.Tx) error {
		m, err := find(ctx, tx, id)
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
			if _, err := tx.ExecContext(ctx, `DELETE FROM requests WHERE request_key = $1`, key); err != nil {
				return err
			}
		}
		// who makes it the baseline at this time writes the same row, so that one of the two starts anew
		_, err = tx.ExecContext(ctx, `UPDATE profiles SET deleted = 1, revision = revision + 1 WHERE id = $1`, id)
		return err
	})
	if err != nil {
		return err
	}
	return s.finishDelete(ctx, id)
}

// finishDelete removes the document of a row that is marked, and the row.
func (s *Store) finishDelete(ctx context.Context, id string) error {
	if err := s.documents.Delete(ctx, documentName(id)); err != nil {
		return err
	}
	return s.index.transact(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM profiles WHERE id = $1 AND deleted = 1`, id)
		return err
	})
}

// What a text of a row may have, in bytes: DSQL's index keys have 1 KiB.
const (
	maxText      = 255
	maxTaskQueue = 900
)

// Check refuses what Create would refuse of a profile's metadata, before there is
// a profile: it needs no id and no time of creation.
func Check(m behaviour.Metadata, r *Request) error {
	if m.ID == "" {
		m.ID = uuid.Nil.String()
	}
	if m.CreatedAt.IsZero() {
		m.CreatedAt = m.WindowEnd
	}
	return check(m, r)
}

// check refuses what the index cannot keep.
func check(m behaviour.Metadata, r *Request) error {
	if !validID(m.ID) {
		return &RequestError{fmt.Sprintf("%q is no id of a profile", m.ID), "an id is a UUID, in lower case; leave it out to get one"}
	}
	for _, t := range []struct {
		name, value string
		longest     int
	}{
		{"name", m.Name, maxText}, {"label", m.Label, maxText}, {"cluster_id", m.ClusterID, maxText},
		{"namespace", m.Namespace, maxText}, {"task_queue", m.TaskQueue, maxTaskQueue},
		{"temporal_server_version", m.TemporalServerVersion, maxText}, {"dsql_plugin_version", m.DSQLPluginVersion, maxText},
		{"worker_code_sha", m.WorkerCodeSHA, maxText}, {"preset_name", m.PresetName, maxText},
		{"idempotency key", orZero(r).Key, maxText}, {"request digest", orZero(r).Digest, maxText},
	} {
		if err := checkText(t.name, t.value, t.longest); err != nil {
			return err
		}
	}
	switch {
	case m.ClusterID == "":
		return &RequestError{"the profile has no cluster_id", "say which cluster it is of"}
	case r != nil && r.Key == "":
		return &RequestError{"the idempotency key is empty", "give one, or none"}
	}
	for _, t := range []time.Time{m.WindowStart, m.WindowEnd, m.CreatedAt} {
		if !time.Unix(0, t.UnixNano()).Equal(t) {
			return &RequestError{fmt.Sprintf("no time of a profile is %s", t.Format(time.RFC3339)), "give one between the years 1678 and 2262"}
		}
	}
	// listings by time rest on the longest window
	return behaviour.CheckWindow(m.WindowStart, m.WindowEnd, m.WindowEnd)
}

func checkText(name, value string, longest int) error {
	switch {
	case len(value) > longest:
		return &RequestError{fmt.Sprintf("the %s has %d bytes", name, len(value)), fmt.Sprintf("it may have %d", longest)}
	case !utf8.ValidString(value) || bytes.ContainsRune([]byte(value), 0):
		return &RequestError{fmt.Sprintf("the %s is no text", name), "write it in UTF-8, without NUL"}
	}
	return nil
}

// orZero gives what is pointed at; nothing is the zero value.
func orZero[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}
