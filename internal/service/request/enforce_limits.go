package request

import (
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/service/problem"
)

// LimitPath rejects long paths: what follows can cost more the longer they are.
func LimitPath(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := budget.PathBytes.Check(int64(len(r.URL.Path))); err != nil {
			WriteProblem(w, r, problem.New(http.StatusRequestURITooLong, problem.KindTooLarge,
				"path: "+err.Error(), budget.PathBytes.Remedy))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// CountJSONValues limits the number of values in a JSON body while it is read.
func CountJSONValues(ctx huma.Context, next func(huma.Context)) { CountJSONParts()(ctx, next) }

// CountJSONParts limits parts of a JSON body while it is read.
func CountJSONParts(parts ...budget.JSONPart) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		r, w := humachi.Unwrap(ctx)
		r.Body = countedBody{budget.JSON(r.Body, parts...), r.Body, w}
		next(ctx)
	}
}

type countedBody struct {
	io.Reader
	io.Closer
	answer http.ResponseWriter
}

// Read lifts huma's read deadline at the end of the body. net/http does that too, except
// for an empty body, whose deadline would abort a slow request.
func (b countedBody) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		_ = http.NewResponseController(b.answer).SetReadDeadline(time.Time{}) // a recorder has no deadline
	}
	return n, err
}
