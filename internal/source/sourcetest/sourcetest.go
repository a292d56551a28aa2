// Package sourcetest checks errors about input in tests.
package sourcetest

import (
	"errors"
	"strings"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// RequireNamed fails unless the error is nil, or about the input and names the file.
func RequireNamed(t testing.TB, err error, file string) {
	t.Helper()
	var input *source.Error
	if err != nil && (!errors.As(err, &input) || !strings.Contains(err.Error(), file)) {
		t.Fatalf("%v is not an error about %s", err, file)
	}
}
