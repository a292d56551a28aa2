package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"

	"github.com/google/uuid"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store/document"
)

// Baselines and assessments are rows. Each has a copy among the documents, so that a sweep can restore the rows of an
// index that is lost:
//
//	baselines/ID/TIME-PROFILE.json.zst       ID follows from the cluster and namespace
//	assessments/0193/ID/TIME.json.zst        ID follows from the cluster, namespace and window
//
// TIME is when the row was written, in nanoseconds. The row counts: a copy is written after it, as far as the documents
// can be written, and a sweep writes missing copies and removes outdated ones.
const (
	baselineCopies   = "baselines/"
	assessmentCopies = "assessments/"
)

// Kinds of problems with copies.
const (
	// NoBaseline: the copy of a baseline without a row, from a lost index. The repair sets the baseline again.
	NoBaseline = "baseline_without_row"
	// NoAssessment: the copy of an assessment without a row, from a lost index. The repair adds the row.
	NoAssessment = "assessment_without_row"
	// NoCopy: a baseline or an assessment without a copy. The repair writes it.
	NoCopy = "row_without_copy"
)

// baselineCopy is the content of a baseline's copy.
type baselineCopy struct{ Baseline }

func (b baselineCopy) copyName() string {
	id := uuid.NewSHA1(assessments, fmt.Appendf(nil, "baseline %q %q", b.ClusterID, b.Namespace)).String()
	return path.Join(baselineCopies, id, fmt.Sprintf("%020d-%s", b.SetAt.UnixNano(), b.ProfileID)+documentSuffix)
}

// assessmentCopy is the content of an assessment's copy.
type assessmentCopy struct {
	behaviour.Assessment
	Details json.RawMessage `json:"details"`
}

func (a assessmentCopy) copyName() string {
	return path.Join(assessmentCopies, a.ID[:4], a.ID, fmt.Sprintf("%020d", a.CreatedAt.UnixNano())+documentSuffix)
}

// copied is a row that has a copy.
type copied interface{ copyName() string }

// writeCopy writes the copy of a row and removes the copy of the row that it replaces. A sweep repairs a failure.
func (s *Store) writeCopy(ctx context.Context, row, replaced copied) {
	limited, cancel := context.WithTimeout(ctx, copyTimeout)
	defer cancel()
	if s.putCopy(limited, row) == nil && replaced != nil && replaced.copyName() != row.copyName() {
		_ = s.documents.Delete(limited, replaced.copyName())
	}
}

func (s *Store) putCopy(ctx context.Context, row copied) error {
	text, err := document.ToJSON(row)
	if err != nil {
		return err
	}
	data, err := document.Compress(text)
	if err != nil {
		return err
	}
	if err := s.documents.Put(ctx, row.copyName(), data); !isExisting(err) {
		return err
	}
	return nil
}

// readCopy reads a copy. It returns a *CorruptError if the name is not that of the content.
func readCopy[T copied](ctx context.Context, s *Store, name string) (row T, err error) {
	data, err := s.documents.Get(ctx, name)
	if err != nil {
		return row, err
	}
	text, err := document.Decompress(data)
	if err == nil {
		err = json.Unmarshal(text, &row)
	}
	if err == nil && row.copyName() != name {
		err = errors.New("its content has another name")
	}
	if err != nil {
		return row, &CorruptError{name, err.Error()}
	}
	return row, nil
}

// compareCopies compares the copies below a prefix with the rows. Of the copies of one row, the last one counts.
func compareCopies[T copied](ctx context.Context, w *sweep, prefix, lost string, rows []T, restore func(T) (bool, error)) error {
	missing := map[string]T{} // by the folder of the copy
	for _, row := range rows {
		missing[path.Dir(row.copyName())] = row
	}
	var names []string
	for entry, err := range w.documents.List(ctx, prefix) {
		if err != nil {
			return err
		}
		names = append(names, entry.Name)
	}
	slices.Sort(names)
	kept := map[string]bool{}
	for i, name := range names {
		folder := path.Dir(name)
		row, hasRow := missing[folder]
		switch {
		case hasRow && name >= row.copyName():
			kept[folder] = true // a later one was written meanwhile
		case hasRow:
			// of an earlier row
			if w.repairs >= Finish {
				if err := w.documents.Delete(ctx, name); err != nil {
					return err
				}
			}
		case i+1 == len(names) || path.Dir(names[i+1]) != folder:
			if err := restoreCopy(ctx, w, name, lost, restore); err != nil {
				return err
			}
		}
	}
	for _, row := range rows {
		if kept[path.Dir(row.copyName())] {
			continue
		}
		p := Problem{Document: row.copyName(), Kind: NoCopy}
		if w.repairs >= Finish {
			if err := w.putRow(ctx, row); err != nil {
				return err
			}
			p.Repaired = true
		}
		w.problems = append(w.problems, p)
	}
	return nil
}

// putRow writes the copy of a listed row.
func (s *Store) putRow(ctx context.Context, row copied) error {
	if a, is := row.(assessmentCopy); is {
		found, details, err := s.Assessment(ctx, a.ID)
		if err != nil {
			return err
		}
		row = assessmentCopy{found, details}
	}
	return s.putCopy(ctx, row)
}

// restoreCopy adds the row of a copy.
func restoreCopy[T copied](ctx context.Context, w *sweep, name, lost string, restore func(T) (bool, error)) error {
	p := Problem{Document: name, Kind: lost}
	row, err := readCopy[T](ctx, w.Store, name)
	switch {
	case isMissing(err):
		return nil // removed meanwhile
	case isCorrupt(err):
		p.Kind, p.Detail = Unreadable, err.Error()
	case err != nil:
		return err
	case w.repairs >= Finish:
		if p.Repaired, err = restore(row); err != nil {
			return err
		}
		if !p.Repaired {
			p.Detail = "its profile is lost: set another baseline"
		}
	}
	w.problems = append(w.problems, p)
	return nil
}

// compareBaselines compares the baselines with their copies.
func (w *sweep) compareBaselines(ctx context.Context) error {
	baselines, err := w.index.Baselines(ctx)
	if err != nil {
		return err
	}
	var rows []baselineCopy
	for _, b := range baselines {
		rows = append(rows, baselineCopy{b})
	}
	return compareCopies(ctx, w, baselineCopies, NoBaseline, rows, func(b baselineCopy) (bool, error) {
		return w.index.RestoreBaseline(ctx, b.Baseline)
	})
}

// compareAssessments compares the assessments with their copies, in ranges of ids.
func (w *sweep) compareAssessments(ctx context.Context) error {
	for i := range 16 {
		digit := fmt.Sprintf("%x", i)
		assessments, err := w.index.AssessmentsByID(ctx, digit)
		if err != nil {
			return err
		}
		var rows []assessmentCopy
		for _, a := range assessments {
			rows = append(rows, assessmentCopy{Assessment: a})
		}
		err = compareCopies(ctx, w, assessmentCopies+digit, NoAssessment, rows, func(a assessmentCopy) (bool, error) {
			_, _, err := w.index.InsertAssessment(ctx, a.Assessment, a.Details)
			return err == nil, err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
