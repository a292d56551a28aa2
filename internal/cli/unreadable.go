package cli

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// unreadable reports a file that cannot be read, with the remedy of a limit that it passes.
func unreadable(doing string, err error, remedy string) error {
	if exceeded := budget.IsExceeded(err); exceeded != nil {
		remedy = exceeded.Limit.Remedy
	}
	var at *fs.PathError
	if errors.As(err, &at) {
		return source.Wrong(doing, fmt.Sprintf("%s: %v", at.Path, at.Err), remedy)
	}
	return source.Wrong(doing, err.Error(), remedy)
}
