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

// Documents keeps named documents that never change.
type Documents interface {
	// Put keeps a new document. Of all that put one name, one wins, and the
	// others get fs.ErrExist. What Put has kept survives a crash.
	Put(ctx context.Context, name string, data []byte) error
	// Get gives a whole document, or fs.ErrNotExist.
	Get(ctx context.Context, name string) ([]byte, error)
	// Delete takes a document away; it is no error if there is none.
	Delete(ctx context.Context, name string) error
	// List gives every document under the prefix, in the order of the names.
	List(ctx context.Context, prefix string) iter.Seq2[Entry, error]
}

// An Entry is a document of a listing.
type Entry struct {
	Name     string
	Modified time.Time
}

// The key of a profile is
//
//	profiles/0193/0193a5f2-….json.zst
//
// where the folder is the first four digits of the id: about 50 days of
// profiles, since an id starts with the time. The names sort as the ids do.
const (
	profilesPrefix = "profiles/"
	documentSuffix = ".json.zst"
)

func documentName(id string) string {
	return path.Join(profilesPrefix, id[:4], id+documentSuffix)
}

// documentID gives the id that a document is named by; "" if it is no profile.
func documentID(name string) string {
	id := strings.TrimSuffix(path.Base(name), documentSuffix)
	if !validID(id) || documentName(id) != name {
		return ""
	}
	return id
}

// validID reports whether an id is a UUID in its usual form.
func validID(id string) bool {
	u, err := uuid.Parse(id)
	return err == nil && u.String() == id
}

func exists(err error) bool   { return errors.Is(err, fs.ErrExist) }
func notFound(err error) bool { return errors.Is(err, fs.ErrNotExist) }
