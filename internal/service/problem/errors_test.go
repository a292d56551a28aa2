package problem_test

import (
	"fmt"
	"io/fs"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/service/problem"
)

// A full disk is named, and its remedy is to free space: the store itself can be reached.
func TestFullDiskIsNamed(t *testing.T) {
	err := fmt.Errorf("the documents cannot be written: %w", &fs.PathError{Op: "write", Path: "documents/a", Err: syscall.ENOSPC})
	p := problem.Of(err)
	if p.Status != http.StatusServiceUnavailable || !strings.HasPrefix(p.Detail, "the disk of the store is full: ") ||
		!strings.HasPrefix(p.Remedy, "free space on the disk") {
		t.Errorf("%d %s: %s", p.Status, p.Detail, p.Remedy)
	}
}
