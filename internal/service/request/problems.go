package request

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/temporal-dsql/temporal-dsql/internal/redact"
	"github.com/temporal-dsql/temporal-dsql/internal/service/problem"
)

// WriteProblem writes the problem of a request that does not reach huma.
func WriteProblem(w http.ResponseWriter, r *http.Request, p *problem.Problem) {
	logged := recordProblem(r.Context(), p)
	for name, values := range p.GetHeaders() {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", problem.MediaType)
	w.WriteHeader(p.Status)
	if r.Method != http.MethodHead {
		_ = json.NewEncoder(w).Encode(logged) // the client is gone
	}
}

// recordProblem stores a problem for the request log and returns it with the request id.
func recordProblem(ctx context.Context, p *problem.Problem) *problem.Problem {
	k := InfoFrom(ctx)
	k.problem = p
	r := redact.New(nil)
	p.Detail = r.RedactMessage(p.Detail)
	for _, e := range p.Errors {
		e.Message = r.RedactMessage(e.Message)
		e.Value, _ = r.RedactValue("", e.Location[strings.LastIndex(e.Location, ".")+1:], e.Value)
		if text, ok := e.Value.(string); ok {
			e.Value = r.RedactMessage(text)
		}
		e.Location = r.RedactMessage(e.Location)
	}
	logged := *p
	logged.RequestID = k.ID
	return &logged
}

// LogProblem records a problem for the request log and sets its request id.
func LogProblem(ctx context.Context, p *problem.Problem) {
	p.RequestID = recordProblem(ctx, p).RequestID
}

// LogHumaProblem records problems that huma writes.
func LogHumaProblem(ctx huma.Context, _ string, body any) (any, error) {
	if p, ok := body.(*problem.Problem); ok {
		return recordProblem(ctx.Context(), p), nil
	}
	return body, nil
}

// RecoverPanic answers a panic with a problem and keeps serving.
func RecoverPanic(logger *slog.Logger) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer func() {
				fault := recover()
				if fault == nil {
					return
				}
				logger.LogAttrs(r.Context(), slog.LevelError, "panic", slog.String("request_id", InfoFrom(r.Context()).ID),
					slog.Any("panic", fault), slog.String("stack", string(debug.Stack())))
				WriteProblem(w, r, problem.NewInternal(fmt.Errorf("%v", fault)))
			}()
			next.ServeHTTP(w, r)
		})
	}
}
