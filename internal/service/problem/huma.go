package problem

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/service/remedy"
)

// ReplaceHumaErrors makes huma return our problems as errors. It sets variables of the package huma.
var ReplaceHumaErrors = sync.OnceFunc(func() {
	huma.NewError = humaProblem
	huma.NewErrorWithContext = func(_ huma.Context, status int, detail string, errs ...error) huma.StatusError {
		return humaProblem(status, detail, errs...)
	}
})

// mostErrors limits the errors that a problem lists. A body can have one in every few bytes.
const mostErrors = 20

// humaProblem converts an error of huma's validation to a problem.
func humaProblem(status int, detail string, errs ...error) huma.StatusError {
	if exceeded := budget.IsExceeded(errors.Join(errs...)); exceeded != nil {
		return New(http.StatusRequestEntityTooLarge, KindTooLarge, "body: "+errors.Join(errs...).Error(), exceeded.Limit.Remedy)
	}
	kind, text := KindInvalidRequest, ""
	switch status {
	case http.StatusUnprocessableEntity:
		status = http.StatusBadRequest
	case http.StatusUnsupportedMediaType:
		text = "send JSON, with Content-Type: application/json"
	case http.StatusRequestEntityTooLarge:
		kind, text = KindTooLarge, "send a smaller body"
	case http.StatusInternalServerError:
		return NewInternal(fmt.Errorf("%s: %w", detail, errors.Join(errs...)))
	}
	p := New(status, kind, detail, text)
	if text == "" {
		p = p.WithRemedy(remedy.ReadParameters)
	}
	for _, err := range errs {
		var detailed huma.ErrorDetailer
		switch {
		case err == nil:
		case errors.As(err, &detailed):
			one := *detailed.ErrorDetail()
			if strings.HasPrefix(one.Location, "body") {
				one.Value = nil // it can be a secret
			}
			p.Errors = append(p.Errors, &one)
		default:
			p.Errors = append(p.Errors, &huma.ErrorDetail{Message: err.Error()})
		}
	}
	left := 0
	if n := len(p.Errors); n > mostErrors {
		slices.SortFunc(p.Errors, func(a, b *huma.ErrorDetail) int { return cmp.Compare(a.Location, b.Location) })
		p.Errors, left = p.Errors[:mostErrors], n-mostErrors
	}
	var messages []string
	for _, e := range p.Errors {
		messages = append(messages, strings.TrimPrefix(e.Location+": "+e.Message, ": "))
	}
	if left > 0 {
		messages = append(messages, fmt.Sprintf("and %d more", left))
	}
	if len(messages) > 0 {
		p.Detail = strings.Join(messages, "; ")
	}
	return p
}
