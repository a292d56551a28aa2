// Package blob stores documents as blobs: named bytes that never change, as files of a folder or as objects in S3.
package blob

import (
	"context"
	"iter"
	"time"
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
