package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/record"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/telemetry"
	"github.com/temporal-dsql/temporal-dsql/internal/running/snapshot"
)

// A Problem is an error as RFC 9457 writes it, with what to do about it.
type Problem struct {
	Type      string              `json:"type" doc:"What kind of problem it is; the same for each of its kind." example:"urn:temporal-dsql:problem:window"`
	Title     string              `json:"title" doc:"The status in words."`
	Status    int                 `json:"status"`
	Detail    string              `json:"detail" doc:"What is wrong."`
	Remedy    string              `json:"remedy" doc:"What to do about it."`
	RequestID string              `json:"request_id,omitempty" doc:"What the service's log calls this request."`
	Errors    []*huma.ErrorDetail `json:"errors,omitempty" doc:"Each thing that is wrong, where there are several."`

	headers http.Header
	// what the log is told of it, where that is more than the client is
	cause error
}

func (p *Problem) Error() string { return p.Detail }

func (p *Problem) Unwrap() error { return p.cause }

// GetStatus is what huma asks for.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders is what huma asks for.
func (p *Problem) GetHeaders() http.Header { return p.headers }

const problemType = "application/problem+json"

// ContentType is what huma asks for.
func (p *Problem) ContentType(string) string { return problemType }

// Kinds of problems, which their types end in.
const (
	invalidRequest  = "invalid-request"
	invalidWindow   = "window"
	hasSecrets      = "secrets"
	invalidFilter   = "filter"
	tooCostly       = "too-costly"
	notFound        = "not-found"
	noSuchOperation = "method-not-allowed"
	conflict        = "conflict"
	isBaseline      = "is-baseline"
	baselineMoved   = "baseline-moved"
	keyReused       = "idempotency-key-reused"
	tooLarge        = "too-large"
	busy            = "busy"
	unauthenticated = "unauthenticated"
	forbidden       = "forbidden"
	crossOrigin     = "cross-origin"
	wrongHost       = "wrong-host"
	upstreamFailed  = "upstream"
	ambiguous       = "dialect"
	sourceFailed    = "configuration-source"
	notConfigured   = "not-configured"
	storeFailed     = "store"
	issuerFailed    = "issuer"
	internal        = "internal"
)

// problemURN is what the type of every problem starts with.
const problemURN = "urn:temporal-dsql:problem:"

func (p *Problem) kind() string { return strings.TrimPrefix(p.Type, problemURN) }

func problem(status int, kind, detail, remedy string) *Problem {
	return &Problem{Type: problemURN + kind, Title: http.StatusText(status), Status: status, Detail: detail, Remedy: remedy}
}

// retryAfter tells when it may be better.
func (p *Problem) retryAfter(seconds int) *Problem {
	return p.header("Retry-After", strconv.Itoa(seconds))
}

func (p *Problem) header(name, value string) *Problem {
	if p.headers == nil {
		p.headers = http.Header{}
	}
	p.headers.Set(name, value)
	return p
}

func (p *Problem) because(err error) *Problem {
	p.cause = err
	return p
}

const remedyOpenAPI = "see /openapi.json for what the operation takes"

// humaProblem is what huma finds wrong with a request.
func humaProblem(status int, detail string, errs ...error) huma.StatusError {
	if exceeded := budget.IsExceeded(errors.Join(errs...)); exceeded != nil {
		return problem(http.StatusRequestEntityTooLarge, tooLarge, "body: "+errors.Join(errs...).Error(), exceeded.Limit.Remedy)
	}
	kind, remedy := invalidRequest, remedyOpenAPI
	switch status {
	case http.StatusUnprocessableEntity:
		status = http.StatusBadRequest
	case http.StatusUnsupportedMediaType:
		remedy = "send JSON, with Content-Type: application/json"
	case http.StatusRequestEntityTooLarge:
		kind, remedy = tooLarge, "send less"
	case http.StatusInternalServerError:
		return problemOf(&internalError{fmt.Errorf("%s: %w", detail, errors.Join(errs...))})
	}
	p := problem(status, kind, detail, remedy)
	for _, err := range errs {
		var detailed huma.ErrorDetailer
		switch {
		case err == nil:
		case errors.As(err, &detailed):
			one := *detailed.ErrorDetail()
			if strings.HasPrefix(one.Location, "body") {
				one.Value = nil // it may be a secret of a configuration
			}
			p.Errors = append(p.Errors, &one)
		default:
			p.Errors = append(p.Errors, &huma.ErrorDetail{Message: err.Error()})
		}
	}
	var said []string
	for _, e := range p.Errors {
		said = append(said, strings.TrimPrefix(e.Location+": "+e.Message, ": "))
	}
	if len(said) > 0 {
		p.Detail = strings.Join(said, "; ")
	}
	return p
}

// problemOf tells what an error of the layers below means to who asked.
func problemOf(err error) *Problem {
	if p := wrongRequest(err); p != nil {
		return p
	}
	if p := wrongState(err); p != nil {
		return p
	}
	var up *telemetry.UpstreamError
	var dialect *telemetry.DialectError
	var source *snapshot.SourceError
	var unconfigured *record.UnconfiguredError
	var corrupt *store.CorruptError
	var lost *store.LostError
	switch {
	case errors.Is(err, context.Canceled):
		return problem(http.StatusServiceUnavailable, busy, "the request was given up", "ask again").because(err)
	case errors.As(err, &up):
		return problem(http.StatusBadGateway, upstreamFailed, "Prometheus: "+err.Error(), "see that the Prometheus of the cluster answers; allow_partial keeps what other queries give").because(err)
	case errors.As(err, &dialect):
		return problem(http.StatusBadGateway, ambiguous, dialect.Message, dialect.Remedy).because(err)
	case errors.As(err, &source):
		return sourceProblem(source, err)
	case errors.As(err, &unconfigured):
		return problem(http.StatusServiceUnavailable, notConfigured, unconfigured.Message, unconfigured.Remedy).because(err)
	case errors.As(err, &corrupt), errors.As(err, &lost):
		return problem(http.StatusInternalServerError, internal, err.Error(), "restore the document from a backup, or delete the profile").because(err)
	}
	var inside *internalError
	if errors.As(err, &inside) {
		return problem(http.StatusInternalServerError, internal, "the service failed", "tell its operators the request_id").because(err)
	}
	// what is none of these is the fault of the documents or of the database
	return problem(http.StatusServiceUnavailable, storeFailed, "the store does not answer: "+err.Error(), "see that the database and the documents can be reached; /readyz tells").because(err).retryAfter(5)
}

// an internalError is a fault of the service itself.
type internalError struct{ err error }

func (e *internalError) Error() string { return e.err.Error() }

func (e *internalError) Unwrap() error { return e.err }

// wrongRequest is a problem of what was asked, else nil.
func wrongRequest(err error) *Problem {
	var own *Problem
	var window *behaviour.WindowError
	var filter *telemetry.FilterError
	var cost *telemetry.CostError
	var asked *behaviour.RequestError
	switch {
	case errors.As(err, &own):
		return own
	case errors.As(err, &window):
		return problem(http.StatusBadRequest, invalidWindow, window.Message, window.Remedy)
	case errors.As(err, &filter):
		return problem(http.StatusBadRequest, invalidFilter, filter.Message, filter.Remedy)
	case errors.As(err, &cost):
		return problem(http.StatusBadRequest, tooCostly, cost.Error(), "take a shorter window, or raise max_samples in the service's configuration")
	case errors.As(err, &asked):
		return problem(http.StatusBadRequest, invalidRequest, asked.Message, asked.Remedy)
	}
	return nil
}

// wrongState is a problem of a request at this time, else nil.
func wrongState(err error) *Problem {
	var moved *store.BaselineError
	var full *record.BusyError
	switch {
	case errors.Is(err, store.ErrNotFound):
		return problem(http.StatusNotFound, notFound, store.ErrNotFound.Error(), "GET /profiles lists those that there are")
	case errors.Is(err, store.ErrNoAssessment):
		return problem(http.StatusNotFound, notFound, store.ErrNoAssessment.Error(), "GET /assessments lists those that there are")
	case errors.Is(err, store.ErrExists):
		return problem(http.StatusConflict, conflict, store.ErrExists.Error(), "delete it first, or leave the id out")
	case errors.Is(err, store.ErrIsBaseline):
		return problem(http.StatusConflict, isBaseline, store.ErrIsBaseline.Error(), "make another profile the baseline first")
	case errors.Is(err, store.ErrKeyReused):
		return problem(http.StatusUnprocessableEntity, keyReused, store.ErrKeyReused.Error(), "take a new key for a new request")
	case errors.As(err, &moved):
		return problem(http.StatusPreconditionFailed, baselineMoved, moved.Error(), "look at the baseline that there is now, and ask again")
	case errors.As(err, &full):
		return problem(http.StatusTooManyRequests, busy, full.Error(), "ask again in a moment").retryAfter(2)
	}
	return nil
}

func sourceProblem(source *snapshot.SourceError, err error) *Problem {
	status := http.StatusBadGateway
	switch source.Fault {
	case snapshot.OfRequest:
		status = http.StatusBadRequest
	case snapshot.OfService:
		status = http.StatusInternalServerError
	}
	return problem(status, sourceFailed, err.Error(), source.Remedy).because(err)
}

func noSuchPage(r *http.Request) *Problem {
	return problem(http.StatusNotFound, notFound, fmt.Sprintf("there is no %s", r.URL.Path), "see /openapi.json for what there is")
}

func noSuchMethod(r *http.Request) *Problem {
	return problem(http.StatusMethodNotAllowed, noSuchOperation, fmt.Sprintf("%s cannot be asked of %s", r.Method, r.URL.Path), remedyOpenAPI)
}

// writeProblem answers where huma does not.
func writeProblem(w http.ResponseWriter, r *http.Request, p *Problem) {
	said := noted(r.Context(), p)
	for name, values := range p.headers {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", problemType)
	w.WriteHeader(p.Status)
	if r.Method != http.MethodHead {
		_ = json.NewEncoder(w).Encode(said) // nobody listens any more
	}
}

// noted tells the log of a problem, and the client what the log calls it.
func noted(ctx context.Context, p *Problem) *Problem {
	k := knownOf(ctx)
	k.problem = p
	said := *p
	said.RequestID = k.id
	return &said
}

// noteProblems does so for those that huma writes.
func noteProblems(ctx huma.Context, _ string, body any) (any, error) {
	if p, ok := body.(*Problem); ok {
		return noted(ctx.Context(), p), nil
	}
	return body, nil
}

// withProblems adds the problems to what an operation may answer.
func withProblems(api huma.API, op huma.Operation, statuses ...int) huma.Operation {
	schema := api.OpenAPI().Components.Schemas.Schema(problemSchema, true, "Problem")
	if op.Responses == nil {
		op.Responses = map[string]*huma.Response{}
	}
	// what any operation may say beside
	for _, status := range append([]int{http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusServiceUnavailable}, statuses...) {
		op.Responses[strconv.Itoa(status)] = &huma.Response{
			Description: http.StatusText(status),
			Content:     map[string]*huma.MediaType{problemType: {Schema: schema}},
		}
	}
	return op
}
