package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store/document"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store/index"
	"github.com/temporal-dsql/temporal-dsql/internal/redact"
	"github.com/temporal-dsql/temporal-dsql/internal/words"
)

// IdempotencyKey makes repeated requests create one profile.
type IdempotencyKey = document.IdempotencyKey

// createAttempts limits the attempts of a creation during a deletion of the same id.
const createAttempts = 12

// Create stores a profile and fills in a missing id and creation time. A profile with an id is an import, and
// conflicts with another profile of that id (ErrExists). Times become UTC.
//
// With a known idempotency key nothing is stored: the same request returns the first profile, another one
// ErrKeyReused.
func (s *Store) Create(ctx context.Context, p behaviour.Profile, r *IdempotencyKey) (behaviour.Metadata, error) {
	switch first, err := s.Earlier(ctx, r); {
	case err != nil:
		return behaviour.Metadata{}, err
	case first != nil:
		return *first, nil
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
		return behaviour.Metadata{}, &RequestError{Message: "the profile has " + err.Error(), Remedy: budget.ProfileBytes.Remedy}
	}
	if err != nil {
		return behaviour.Metadata{}, err
	}
	var first behaviour.Metadata
	for attempt := 1; ; attempt++ {
		first, err = s.createOnce(ctx, p.Metadata, data, r, isImport)
		if !errors.Is(err, ErrDeleting) || attempt == createAttempts {
			break
		}
		if err := index.WaitBeforeRetry(ctx, attempt); err != nil {
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

// Earlier returns the profile that the same request created before, or nil.
func (s *Store) Earlier(ctx context.Context, r *IdempotencyKey) (*behaviour.Metadata, error) {
	return s.index.Earlier(ctx, r)
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
		if isListed, err = s.index.CheckNotDeleting(ctx, m.ID); err != nil {
			return behaviour.Metadata{}, err
		}
	}
	put := s.documents.Put(ctx, name, data)
	if isExisting(put) {
		// an interrupted attempt may have stored this very document
		isSame := document.IsSame
		if isListed && r == nil {
			isSame = document.HasSameProfile // an export has no idempotency key
		}
		switch kept, err := s.documents.Get(ctx, name); {
		case isMissing(err):
			return behaviour.Metadata{}, ErrDeleting
		case err != nil || !isSame(m.ID, kept, data):
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
	first, isRepeated, err := s.index.InsertProfile(ctx, m, r)
	if err != nil || put == nil && !isRepeated || first.ID != m.ID {
		return first, err
	}
	// a deletion of the earlier profile may have removed the document before the row was inserted
	if err := s.documents.Put(ctx, name, data); err != nil && !isExisting(err) {
		return behaviour.Metadata{}, err
	}
	return first, nil
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
	return s.index.Metadata(ctx, id)
}

// List lists profiles, at most limit (0 means DefaultLimit), from the cursor on. A profile that exists throughout is
// listed once, whatever else is created or deleted.
func (s *Store) List(ctx context.Context, f Filter, limit int, cursor string) (*Page, error) {
	return s.index.List(ctx, f, limit, cursor)
}

// lostAfter is the number of further attempts to read a document that is missing while its row is there.
const lostAfter = 5

// readDocument reads the document of a row.
func (s *Store) readDocument(ctx context.Context, id string) (*document.Document, error) {
	data, err := s.documents.Get(ctx, documentName(id))
	for attempt := 0; isMissing(err); attempt++ {
		// a profile that was deleted meanwhile is not lost, nor is one that was imported again since, even if both
		// happen again and again
		if _, err := s.Metadata(ctx, id); err != nil {
			return nil, err
		}
		if attempt == lostAfter {
			return nil, &LostError{documentName(id)}
		}
		if err := index.WaitBeforeRetry(ctx, attempt); err != nil {
			return nil, err
		}
		data, err = s.documents.Get(ctx, documentName(id))
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

// Delete deletes a profile that is not a baseline. It marks the row, which hides the profile, then removes the
// document, then the row. A sweep finishes interrupted deletions.
//
// A full disk does not prevent it: the reserve has the space for it.
func (s *Store) Delete(ctx context.Context, id string) error {
	defer s.reserve.fill()
	if err := s.reserve.retryWhenFull(func() error { return s.index.MarkDeleted(ctx, id, s.now()) }); err != nil {
		return err
	}
	return s.reserve.retryWhenFull(func() error { return s.finishDelete(ctx, id) })
}

// finishDelete removes the document of a marked row, then the row.
func (s *Store) finishDelete(ctx context.Context, id string) error {
	if err := s.documents.Delete(ctx, documentName(id)); err != nil {
		return err
	}
	return s.index.RemoveDeleted(ctx, id)
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
	var key IdempotencyKey
	if r != nil {
		key = *r
	}
	if !index.IsValidID(m.ID) {
		return &RequestError{
			Message: fmt.Sprintf("%q is not a valid profile id", m.ID),
			Remedy:  "use a UUID in lower case, or leave the id out to get one",
		}
	}
	for _, t := range []struct {
		name, value string
		longest     int
	}{
		{"name", m.Name, maxText}, {"label", m.Label, maxText}, {"cluster_id", m.ClusterID, maxText},
		{"namespace", m.Namespace, maxText}, {"task_queue", m.TaskQueue, maxTaskQueue},
		{"temporal_server_version", m.TemporalServerVersion, maxText}, {"dsql_plugin_version", m.DSQLPluginVersion, maxText},
		{"worker_code_sha", m.WorkerCodeSHA, maxText}, {"preset_name", m.PresetName, maxText},
		{keyField, key.Key, maxText}, {"request digest", key.Digest, maxText},
	} {
		if err := checkText(t.name, t.value, t.longest); err != nil {
			return err
		}
	}
	switch {
	case m.ClusterID == "":
		return &RequestError{Message: "cluster_id is missing", Remedy: "set the id of the cluster"}
	case r != nil && r.Key == "":
		return &RequestError{Message: "the idempotency key is empty", Remedy: "set a key, or leave the header out"}
	}
	for _, t := range []time.Time{m.WindowStart, m.WindowEnd, m.CreatedAt} {
		if !time.Unix(0, t.UnixNano()).Equal(t) {
			return &RequestError{
				Message: fmt.Sprintf("time %s is out of range", t.Format(time.RFC3339)),
				Remedy:  "use times between the years 1678 and 2262",
			}
		}
	}
	// listings by time rely on the longest window
	return behaviour.CheckWindow(m.WindowStart, m.WindowEnd, m.WindowEnd)
}

func checkText(name, value string, longest int) error {
	switch {
	case len(value) > longest:
		return &RequestError{
			Message: fmt.Sprintf("%s has %d bytes", name, len(value)),
			Remedy:  fmt.Sprintf("use at most %d bytes", longest),
		}
	case !utf8.ValidString(value) || bytes.ContainsRune([]byte(value), 0):
		return &RequestError{Message: fmt.Sprintf("%s is not valid text", name), Remedy: "use UTF-8 without NUL"}
	case words.HasInvisible(value):
		return &RequestError{
			Message: fmt.Sprintf("%s has invisible, control or direction characters: %+q", name, value),
			Remedy:  "use visible characters and spaces",
		}
	case isWritten[name] && redact.HasTextSecret(value):
		return &RequestError{
			Message: fmt.Sprintf("%s contains a secret, or a random text as keys and passwords are", name),
			Remedy:  "use words, a version, or an id such as a UUID, ULID, commit or digest",
		}
	case name != keyField && redact.HasSecret(value):
		return &RequestError{Message: fmt.Sprintf("%s contains a secret", name), Remedy: "use a text that does not quote one"}
	}
	return nil
}

// isWritten has the fields that people write or that name a version. Others are names that programs can generate.
var isWritten = map[string]bool{
	"name": true, "label": true,
	"temporal_server_version": true, "dsql_plugin_version": true, "worker_code_sha": true, "preset_name": true,
}

// keyField is the name of the idempotency key, which can be as random as a secret.
const keyField = "idempotency key"
