package cli

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// wrapReadError reports an unreadable file, with the remedy of the size limit if that is
// the cause.
func wrapReadError(doing string, err error, remedy string) error {
	if exceeded := budget.IsExceeded(err); exceeded != nil {
		remedy = exceeded.Limit.Remedy
	}
	var at *fs.PathError
	if errors.As(err, &at) {
		return source.Wrong(doing, fmt.Sprintf("%s: %v", at.Path, at.Err), remedy)
	}
	return source.Wrong(doing, err.Error(), remedy)
}
