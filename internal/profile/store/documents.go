package store

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"path"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Documents stores named, immutable documents.
type Documents interface {
	// Put stores a new document durably. Of concurrent puts of one name, one succeeds and the others return
	// fs.ErrExist.
	Put(ctx context.Context, name string, data []byte) error
	// Get returns a document, or fs.ErrNotExist.
	Get(ctx context.Context, name string) ([]byte, error)
	// Delete removes a document. A missing one is not an error.
	Delete(ctx context.Context, name string) error
	// List yields the documents with the prefix, sorted by name.
	List(ctx context.Context, prefix string) iter.Seq2[Entry, error]
}

// Entry is a listed document.
type Entry struct {
	Name     string
	Modified time.Time
}

// Profiles have keys such as
//
//	profiles/0193/0193a5f2-….json.zst
//
// The folder is the first four digits of the id, about 50 days of profiles, because ids start with the time. Names
// sort like ids.
const (
	profilesPrefix = "profiles/"
	documentSuffix = ".json.zst"
)

func documentName(id string) string {
	return path.Join(profilesPrefix, id[:4], id+documentSuffix)
}

// documentID returns the id in a document's name, or "" for other names.
func documentID(name string) string {
	id := strings.TrimSuffix(path.Base(name), documentSuffix)
	if !isValidID(id) || documentName(id) != name {
		return ""
	}
	return id
}

// isValidID reports whether an id is a UUID in its usual form.
func isValidID(id string) bool {
	u, err := uuid.Parse(id)
	return err == nil && u.String() == id
}

func isExisting(err error) bool { return errors.Is(err, fs.ErrExist) }
func isMissing(err error) bool  { return errors.Is(err, fs.ErrNotExist) }
