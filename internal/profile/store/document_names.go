package store

import (
	"errors"
	"io/fs"
	"path"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/store/index"
)

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
	if !index.IsValidID(id) || documentName(id) != name {
		return ""
	}
	return id
}

func isExisting(err error) bool { return errors.Is(err, fs.ErrExist) }
func isMissing(err error) bool  { return errors.Is(err, fs.ErrNotExist) }
