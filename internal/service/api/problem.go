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
	"github.com/temporal-dsql/temporal-dsql/internal/profile/cloudwatch"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/record"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/telemetry"
	"github.com/temporal-dsql/temporal-dsql/internal/redact"
	"github.com/temporal-dsql/temporal-dsql/internal/running/snapshot"
	"github.com/temporal-dsql/temporal-dsql/internal/service/remedy"
)

// Problem is an error in the format of RFC 9457, with a remedy.
type Problem struct {
	Type       string              `json:"type" doc:"Kind of the problem." example:"urn:temporal-dsql:problem:window"`
	Title      string              `json:"title" doc:"Status text."`
	Status     int                 `json:"status" doc:"HTTP status code."`
	Detail     string              `json:"detail" doc:"Description of the problem."`
	Remedy     string              `json:"remedy" doc:"How to solve the problem."`
	RemedyCode remedy.Code         `json:"remedy_code,omitempty" doc:"Code of the remedy, for clients with their own wording."`
	RequestID  string              `json:"request_id,omitempty" doc:"Id of the request in the service's log."`
	Errors     []*huma.ErrorDetail `json:"errors,omitempty" doc:"Individual errors, if there are several."`

	headers http.Header
	// cause is logged, not sent to the client
	cause error
}

func (p *Problem) Error() string { return p.Detail }

func (p *Problem) Unwrap() error { return p.cause }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders implements huma.HeadersError.
func (p *Problem) GetHeaders() http.Header { return p.headers }

const problemType = "application/problem+json"

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return problemType }

// Kinds of problems: the suffixes of their types.
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

// problemURN is the prefix of every problem type.
const problemURN = "urn:temporal-dsql:problem:"

func (p *Problem) typeSuffix() string { return strings.TrimPrefix(p.Type, problemURN) }

func newProblem(status int, kind, detail, remedyText string) *Problem {
	return &Problem{Type: problemURN + kind, Title: http.StatusText(status), Status: status, Detail: detail, Remedy: remedyText}
}

// withRemedy sets a remedy that the command line words differently.
func (p *Problem) withRemedy(code remedy.Code) *Problem {
	p.Remedy, p.RemedyCode = code.API(), code
	return p
}

// withRetryAfter adds the header Retry-After.
func (p *Problem) withRetryAfter(seconds int) *Problem {
	return p.withHeader("Retry-After", strconv.Itoa(seconds))
}

func (p *Problem) withHeader(name, value string) *Problem {
	if p.headers == nil {
		p.headers = http.Header{}
	}
	p.headers.Set(name, value)
	return p
}

func (p *Problem) withCause(err error) *Problem {
	p.cause = err
	return p
}

// humaProblem converts an error of huma's validation to a problem.
func humaProblem(status int, detail string, errs ...error) huma.StatusError {
	if exceeded := budget.IsExceeded(errors.Join(errs...)); exceeded != nil {
		return newProblem(http.StatusRequestEntityTooLarge, tooLarge, "body: "+errors.Join(errs...).Error(), exceeded.Limit.Remedy)
	}
	kind, text := invalidRequest, ""
	switch status {
	case http.StatusUnprocessableEntity:
		status = http.StatusBadRequest
	case http.StatusUnsupportedMediaType:
		text = "send JSON, with Content-Type: application/json"
	case http.StatusRequestEntityTooLarge:
		kind, text = tooLarge, "send a smaller body"
	case http.StatusInternalServerError:
		return problemOf(&internalError{fmt.Errorf("%s: %w", detail, errors.Join(errs...))})
	}
	p := newProblem(status, kind, detail, text)
	if text == "" {
		p = p.withRemedy(remedy.ReadParameters)
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
	var messages []string
	for _, e := range p.Errors {
		messages = append(messages, strings.TrimPrefix(e.Location+": "+e.Message, ": "))
	}
	if len(messages) > 0 {
		p.Detail = strings.Join(messages, "; ")
	}
	return p
}

// problemOf maps an error from a lower layer to an API problem.
func problemOf(err error) *Problem {
	if p := requestProblem(err); p != nil {
		return p
	}
	if p := stateProblem(err); p != nil {
		return p
	}
	var up *telemetry.UpstreamError
	var dialect *telemetry.DialectError
	var watched *cloudwatch.Error
	var source *snapshot.SourceError
	var unconfigured *record.UnconfiguredError
	var late *record.DeadlineError
	var corrupt *store.CorruptError
	var lost *store.LostError
	switch {
	case errors.Is(err, context.Canceled):
		return newProblem(http.StatusServiceUnavailable, busy, "the request was cancelled", "send it again").withCause(err)
	case errors.As(err, &late):
		return newProblem(http.StatusGatewayTimeout, upstreamFailed, late.Error(), budget.CreationSeconds.Remedy).withCause(err)
	case errors.As(err, &up):
		return newProblem(http.StatusBadGateway, upstreamFailed, "Prometheus: "+err.Error(), "").
			withRemedy(remedy.AllowPartial).withCause(err)
	case errors.As(err, &watched):
		return newProblem(http.StatusBadGateway, upstreamFailed, "CloudWatch: "+watched.Error(), watched.Remedy).withCause(err)
	case errors.As(err, &dialect):
		return newProblem(http.StatusBadGateway, ambiguous, dialect.Message, dialect.Remedy).withCause(err)
	case errors.As(err, &source):
		return sourceProblem(source, err)
	case errors.As(err, &unconfigured):
		return newProblem(http.StatusServiceUnavailable, notConfigured, unconfigured.Message, unconfigured.Remedy).withCause(err)
	case errors.As(err, &corrupt), errors.As(err, &lost):
		return newProblem(http.StatusInternalServerError, internal, err.Error(), "").withRemedy(remedy.RestoreProfile).withCause(err)
	}
	var inside *internalError
	if errors.As(err, &inside) {
		return newProblem(
			http.StatusInternalServerError,
			internal,
			"internal error",
			"report the request_id to the operators",
		).withCause(err)
	}
	// all other errors come from the documents or the database
	return newProblem(http.StatusServiceUnavailable, storeFailed, "the store does not answer: "+err.Error(),
		"check that the database and the documents can be reached; /readyz reports it").withCause(err).withRetryAfter(5)
}

// internalError marks a fault of the service itself.
type internalError struct{ err error }

func (e *internalError) Error() string { return e.err.Error() }

func (e *internalError) Unwrap() error { return e.err }

// requestProblem returns the problem of an invalid request, or nil.
func requestProblem(err error) *Problem {
	var own *Problem
	var window *behaviour.WindowError
	var filter *telemetry.FilterError
	var cost *telemetry.CostError
	var requestErr *behaviour.RequestError
	switch {
	case errors.As(err, &own):
		return own
	case errors.As(err, &window):
		return newProblem(http.StatusBadRequest, invalidWindow, window.Message, window.Remedy)
	case errors.As(err, &filter):
		return newProblem(http.StatusBadRequest, invalidFilter, filter.Message, filter.Remedy)
	case errors.As(err, &cost):
		return newProblem(http.StatusBadRequest, tooCostly, cost.Error(),
			"use a shorter window, or raise max_samples in the service's configuration")
	case errors.As(err, &requestErr):
		return newProblem(http.StatusBadRequest, invalidRequest, requestErr.Message, requestErr.Remedy)
	}
	return nil
}

// stateProblem returns the problem of a request that is valid but not possible now, or nil.
func stateProblem(err error) *Problem {
	var moved *store.BaselineError
	var full *record.BusyError
	switch {
	case errors.Is(err, store.ErrNotFound):
		return newProblem(http.StatusNotFound, notFound, store.ErrNotFound.Error(), "").withRemedy(remedy.ListProfiles)
	case errors.Is(err, store.ErrNoAssessment):
		return newProblem(http.StatusNotFound, notFound, store.ErrNoAssessment.Error(), "").withRemedy(remedy.ListAssessments)
	case errors.Is(err, store.ErrExists):
		return newProblem(http.StatusConflict, conflict, store.ErrExists.Error(), "delete it first, or omit the id")
	case errors.Is(err, store.ErrDeleting):
		return newProblem(http.StatusConflict, conflict, store.ErrDeleting.Error(),
			"send it again in a moment; an interrupted deletion is finished within two hours").withRetryAfter(2)
	case errors.Is(err, store.ErrIsBaseline):
		return newProblem(http.StatusConflict, isBaseline, store.ErrIsBaseline.Error(), "set another profile as the baseline first")
	case errors.Is(err, store.ErrKeyReused):
		return newProblem(http.StatusUnprocessableEntity, keyReused, store.ErrKeyReused.Error(), "use a new key for a new request")
	case errors.As(err, &moved):
		return newProblem(
			http.StatusPreconditionFailed,
			baselineMoved,
			moved.Error(),
			"read the current baseline and send the request again",
		)
	case errors.As(err, &full):
		return newProblem(http.StatusTooManyRequests, busy, full.Error(), "send it again in a moment").withRetryAfter(2)
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
	return newProblem(status, sourceFailed, err.Error(), source.Remedy).withCause(err)
}

func unknownPathProblem(r *http.Request) *Problem {
	return newProblem(http.StatusNotFound, notFound, fmt.Sprintf("unknown path %s", loggedPath(r)), "see /openapi.json for the paths")
}

func methodProblem(r *http.Request) *Problem {
	return newProblem(http.StatusMethodNotAllowed, noSuchOperation, fmt.Sprintf("method %s is not allowed on %s", r.Method, loggedPath(r)),
		"").withRemedy(remedy.ReadParameters)
}

// writeProblem writes the problem of a request that does not reach huma.
func writeProblem(w http.ResponseWriter, r *http.Request, p *Problem) {
	logged := recordProblem(r.Context(), p)
	for name, values := range p.headers {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", problemType)
	w.WriteHeader(p.Status)
	if r.Method != http.MethodHead {
		_ = json.NewEncoder(w).Encode(logged) // the client is gone
	}
}

// recordProblem stores a problem for the request log and returns it with the request id.
func recordProblem(ctx context.Context, p *Problem) *Problem {
	k := requestInfoFrom(ctx)
	k.problem = p
	r := redact.New(nil)
	p.Detail = r.RedactMessage(p.Detail)
	for _, e := range p.Errors {
		e.Message = r.RedactMessage(e.Message)
		if text, ok := e.Value.(string); ok {
			e.Value = r.RedactMessage(text)
		}
	}
	logged := *p
	logged.RequestID = k.id
	return &logged
}

// recordHumaProblem records problems that huma writes.
func recordHumaProblem(ctx huma.Context, _ string, body any) (any, error) {
	if p, ok := body.(*Problem); ok {
		return recordProblem(ctx.Context(), p), nil
	}
	return body, nil
}

// withProblems adds the problem responses to an operation's description.
func withProblems(api huma.API, op huma.Operation, statuses ...int) huma.Operation {
	schema := api.OpenAPI().Components.Schemas.Schema(problemSchema, true, "Problem")
	if op.Responses == nil {
		op.Responses = map[string]*huma.Response{}
	}
	// problems of every operation
	for _, status := range append([]int{http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests,
		http.StatusInternalServerError, http.StatusServiceUnavailable}, statuses...) {
		op.Responses[strconv.Itoa(status)] = &huma.Response{
			Description: http.StatusText(status),
			Content:     map[string]*huma.MediaType{problemType: {Schema: schema}},
		}
	}
	return op
}
