package frame

import (
	"cmp"
	"errors"
	"net/http"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/service/api"
	"github.com/temporal-dsql/temporal-dsql/internal/service/problem"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// ProblemOf maps an error to the problem that a page shows. An error in an input of the
// engine is a problem of the request.
func ProblemOf(err error) *problem.Problem {
	var own *problem.Problem
	var input *source.Error
	var fault *renderError
	switch {
	case errors.As(err, &own):
		return own
	case errors.As(err, &input) && len(input.Problems) > 0:
		first := input.Problems[0]
		return problem.NewInvalid(first.Message, cmp.Or(first.Remedy, "see the parameters page"))
	case errors.As(err, &fault):
		return problem.NewInternal(err)
	}
	return problem.Of(err)
}

// NotFoundProblem returns the problem of a missing page or object.
func NotFoundProblem(detail string) *problem.Problem {
	return problem.New(http.StatusNotFound, problem.KindNotFound, detail, "see the links at "+api.UIPath)
}

// renderError marks a fault of the pages, not of the store.
type renderError struct{ err error }

func (e *renderError) Error() string { return e.err.Error() }

func (e *renderError) Unwrap() error { return e.err }

// WrapFault marks an error as a fault of the pages, unless it is one in the input.
func WrapFault(err error) error {
	if err == nil {
		return nil
	}
	var input *source.Error
	var requestErr *behaviour.RequestError
	if errors.As(err, &input) || errors.As(err, &requestErr) {
		return err
	}
	return &renderError{err}
}
