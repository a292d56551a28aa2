package store

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/store/blob"
)

// Problem is a profile whose document and row disagree.
type Problem struct {
	ID       string `json:"id"`
	Document string `json:"document"`
	Kind     string `json:"kind"`
	Detail   string `json:"detail,omitempty"`
	Repaired bool   `json:"repaired"`
}

// Kinds of problems.
const (
	// NoRow: a document without a row, from an interrupted creation or a lost row. The repair adds the row, or
	// removes the document if its request has created another profile since.
	NoRow = "document_without_row"
	// NoDocument: a row without a document, which is lost or stored elsewhere. The repair removes the row, except a
	// baseline's.
	NoDocument = "row_without_document"
	// Deleting: an interrupted deletion. The repair finishes it.
	Deleting = "deletion_unfinished"
	// Unreadable: a document without a row that is not a profile. No repair.
	Unreadable = "unreadable_document"
)

// Repairs selects the repairs of a sweep.
type Repairs int

// Repairs; each includes those before it.
const (
	Report  Repairs = iota // none
	Finish                 // finish interrupted creations and deletions; loses nothing
	Discard                // also remove the rows of lost documents
)

// sweepPage is the number of documents compared with their rows at once.
const sweepPage = 500

// Sweep finds incomplete profiles and performs the selected repairs. It skips documents and deletions younger than
// grace, because they can be in progress: a deletion that is finished twice would remove a profile imported in between. It
// reads both sides once, sorted by id.
func (s *Store) Sweep(ctx context.Context, grace time.Duration, repairs Repairs) ([]Problem, error) {
	w := &sweep{Store: s, young: s.now().Add(-grace), repairs: repairs, problems: []Problem{}}
	page, after := map[string]blob.Entry{}, ""
	for entry, err := range s.documents.List(ctx, profilesPrefix) {
		if err != nil {
			return w.problems, err
		}
		id := documentID(entry.Name)
		if id == "" {
			w.problems = append(w.problems, Problem{Document: entry.Name, Kind: Unreadable, Detail: "the name is not that of a profile"})
			continue
		}
		page[id] = entry
		if len(page) == sweepPage {
			if err := w.comparePage(ctx, page, after, id); err != nil {
				return w.problems, err
			}
			clear(page)
			after = id
		}
	}
	if err := w.comparePage(ctx, page, after, lastID); err != nil {
		return w.problems, err
	}
	if repairs >= Finish {
		if err := w.forgetFreedKeys(ctx); err != nil {
			return w.problems, err
		}
	}
	// baselines need their profiles
	if err := w.compareBaselines(ctx); err != nil {
		return w.problems, err
	}
	return w.problems, w.compareAssessments(ctx)
}

// greater than every id
const lastID = "ffffffff-ffff-ffff-ffff-ffffffffffff"

type sweep struct {
	*Store
	young    time.Time
	repairs  Repairs
	problems []Problem
}

// comparePage compares the documents and rows of a range of ids.
func (w *sweep) comparePage(ctx context.Context, documents map[string]blob.Entry, after, to string) error {
	rows, err := w.index.ProfileRows(ctx, after, to)
	if err != nil {
		return err
	}
	ids := map[string]bool{}
	for id := range rows {
		ids[id] = true
	}
	for id := range documents {
		ids[id] = true
	}
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		entry, written := documents[id]
		row, listed := rows[id]
		p := &Problem{ID: id, Document: documentName(id)}
		switch {
		case row.IsDeleted && !row.DeletedAt.Before(w.young):
			// in progress
		case row.IsDeleted:
			err = w.finishDeletion(ctx, p)
		case !listed && entry.Modified.Before(w.young):
			err = w.addRow(ctx, p)
		case !written:
			err = w.removeLost(ctx, p)
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

// forgetFreedKeys removes the idempotency keys whose profiles were deleted before FreedKeyAge and before the grace.
func (w *sweep) forgetFreedKeys(ctx context.Context) error {
	now := w.now()
	limit := now.Add(-FreedKeyAge)
	if w.young.Before(limit) {
		limit = w.young
	}
	return w.index.ForgetFreedKeys(ctx, limit, now)
}

// finishDeletion finishes an interrupted deletion.
func (w *sweep) finishDeletion(ctx context.Context, p *Problem) error {
	p.Kind = Deleting
	if w.repairs < Finish {
		return nil
	}
	p.Repaired = true
	return w.finishDelete(ctx, p.ID)
}

// addRow adds the row of a document.
func (w *sweep) addRow(ctx context.Context, p *Problem) error {
	d, err := w.readDocument(ctx, p.ID)
	switch {
	case isCorrupt(err):
		p.Kind, p.Detail = Unreadable, err.Error()
		return nil
	case errors.Is(err, ErrNotFound):
		return nil // removed meanwhile
	case err != nil:
		return err
	}
	p.Kind = NoRow
	if w.repairs < Finish {
		return nil
	}
	m, err := w.index.AdoptProfile(ctx, d.Head.Metadata, d.Head.Request)
	switch {
	case errors.Is(err, ErrKeyReused):
		p.Detail = "its idempotency key has been used since: the document is removed"
	case errors.Is(err, ErrDeleting):
		p.Kind = Deleting
		return nil // in progress
	case err != nil:
		return err
	case m.ID != p.ID:
		p.Detail = "the same request created " + m.ID + ": the document is removed"
	default:
		p.Repaired = true
		return nil
	}
	p.Repaired = true
	return w.documents.Delete(ctx, p.Document)
}

// removeLost removes the row of a lost document.
func (w *sweep) removeLost(ctx context.Context, p *Problem) error {
	_, err := w.readDocument(ctx, p.ID)
	lost := (*LostError)(nil)
	switch {
	case err == nil, isCorrupt(err), errors.Is(err, ErrNotFound):
		return nil // created or removed meanwhile
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
