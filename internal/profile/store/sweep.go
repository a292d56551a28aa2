package store

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"
)

// A Problem is what a sweep finds: the two sides of a profile do not agree.
type Problem struct {
	ID       string `json:"id"`
	Document string `json:"document"`
	Kind     string `json:"kind"`
	Detail   string `json:"detail,omitempty"`
	Repaired bool   `json:"repaired"`
}

// Kinds of problems.
const (
	// NoRow: the document has no row, since its creation stopped, or the row is
	// lost. The repair is the row; if the request that made it has made another
	// profile since, the document goes.
	NoRow = "document_without_row"
	// NoDocument: the row has no document, which is lost; or the documents are not
	// where they are looked for. The repair removes the row, but for a baseline's:
	// set another one first.
	NoDocument = "row_without_document"
	// Deleting: a deletion that stopped. The repair ends it.
	Deleting = "deletion_unfinished"
	// Unreadable: the document has no row, and is no profile. There is no repair.
	Unreadable = "unreadable_document"
)

// Repairs say what a sweep does about what it finds.
type Repairs int

// Repairs, each with those before it.
const (
	Report  Repairs = iota // nothing
	Finish                 // it ends creations and deletions that stopped: nothing is lost by that
	Discard                // it removes the rows of lost documents
)

// sweepPage is how many documents are held against their rows at once.
const sweepPage = 500

// Sweep finds the profiles that are there by half, and repairs what it is asked
// to. A document younger than the grace may be of a creation under way, and is
// left alone. Both sides are read once, in the order of the ids.
func (s *Store) Sweep(ctx context.Context, grace time.Duration, repairs Repairs) ([]Problem, error) {
	w := &sweep{Store: s, young: s.now().Add(-grace), repairs: repairs, problems: []Problem{}}
	page, after := map[string]Entry{}, ""
	for entry, err := range s.documents.List(ctx, profilesPrefix) {
		if err != nil {
			return w.problems, err
		}
		id := documentID(entry.Name)
		if id == "" {
			w.problems = append(w.problems, Problem{Document: entry.Name, Kind: Unreadable, Detail: "no profile has this name"})
			continue
		}
		page[id] = entry
		if len(page) == sweepPage {
			if err := w.compare(ctx, page, after, id); err != nil {
				return w.problems, err
			}
			clear(page)
			after = id
		}
	}
	return w.problems, w.compare(ctx, page, after, lastID)
}

// no id comes after it
const lastID = "ffffffff-ffff-ffff-ffff-ffffffffffff"

type sweep struct {
	*Store
	young    time.Time
	repairs  Repairs
	problems []Problem
}

// compare holds the documents and the rows of some ids against each other.
func (w *sweep) compare(ctx context.Context, documents map[string]Entry, after, to string) error {
	deleted, err := w.rows(ctx, after, to)
	if err != nil {
		return err
	}
	ids := maps.Clone(deleted)
	for id := range documents {
		ids[id] = false
	}
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		entry, written := documents[id]
		gone, listed := deleted[id]
		p := &Problem{ID: id, Document: documentName(id)}
		switch {
		case gone:
			err = w.unfinished(ctx, p)
		case !listed && entry.Modified.Before(w.young):
			err = w.unlisted(ctx, p)
		case !written:
			err = w.lost(ctx, p)
		}
		if err != nil {
			return err
		}
		if p.Kind != "" {
			w.problems = append(w.problems, *p)
		}
	}
	return nil
}

// rows gives the ids after one and up to another, and whether they are deleted.
func (s *Store) rows(ctx context.Context, after, to string) (map[string]bool, error) {
	rows, err := s.index.db.QueryContext(ctx, `SELECT id, deleted FROM profiles WHERE id > $1 AND id <= $2`, after, to)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	deleted := map[string]bool{}
	for rows.Next() {
		var id string
		var gone bool
		if err := rows.Scan(&id, &gone); err != nil {
			return nil, err
		}
		deleted[id] = gone
	}
	return deleted, rows.Err()
}

// unfinished ends a deletion that stopped.
func (w *sweep) unfinished(ctx context.Context, p *Problem) error {
	p.Kind = Deleting
	if w.repairs < Finish {
		return nil
	}
	p.Repaired = true
	return w.finishDelete(ctx, p.ID)
}

// unlisted makes the row of a document.
func (w *sweep) unlisted(ctx context.Context, p *Problem) error {
	d, err := w.document(ctx, p.ID, new([]byte))
	switch {
	case isCorrupt(err):
		p.Kind, p.Detail = Unreadable, err.Error()
		return nil
	case errors.Is(err, ErrNotFound):
		return nil // it went meanwhile
	case err != nil:
		return err
	}
	p.Kind = NoRow
	if w.repairs < Finish {
		return nil
	}
	m, err := w.insert(ctx, d.head.Metadata, d.head.Request)
	switch {
	case errors.Is(err, ErrKeyReused):
		p.Detail = "another request has taken its idempotency key: the document goes"
	case err != nil:
		return err
	case m.ID != p.ID:
		p.Detail = "the same request made " + m.ID + ": the document goes"
	default:
		p.Repaired = true
		return nil
	}
	p.Repaired = true
	return w.documents.Delete(ctx, p.Document)
}

// lost removes the row of a document that is not there.
func (w *sweep) lost(ctx context.Context, p *Problem) error {
	_, err := w.document(ctx, p.ID, new([]byte))
	lost := (*LostError)(nil)
	switch {
	case err == nil, isCorrupt(err), errors.Is(err, ErrNotFound):
		return nil // both sides were made, or went, meanwhile
	case !errors.As(err, &lost):
		return err
	}
	p.Kind = NoDocument
	if w.repairs < Discard {
		return nil
	}
	switch err := w.Delete(ctx, p.ID); {
	case errors.Is(err, ErrIsBaseline):
		p.Detail = "it is a baseline: set another one first"
	case err != nil:
		return err
	default:
		p.Repaired = true
	}
	return nil
}

func isCorrupt(err error) bool {
	var corrupt *CorruptError
	return errors.As(err, &corrupt)
}
