// Package problem describes errors to the clients of the service: as documents (RFC 9457) with a remedy. [Of] maps the errors
// of all layers to them, and nothing else does.
package problem

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

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

// MediaType is the content type of a problem.
const MediaType = "application/problem+json"

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return MediaType }

// Kinds of problems: the suffixes of their types. Those that only [Of] returns are not exported.
const (
	KindInvalidRequest      = "invalid-request"
	kindInvalidWindow       = "window"
	KindSecrets             = "secrets"
	kindInvalidFilter       = "filter"
	kindTooCostly           = "too-costly"
	KindNotFound            = "not-found"
	KindMethodNotAllowed    = "method-not-allowed"
	kindConflict            = "conflict"
	kindIsBaseline          = "is-baseline"
	kindBaselineMoved       = "baseline-moved"
	kindKeyReused           = "idempotency-key-reused"
	KindTooLarge            = "too-large"
	KindBusy                = "busy"
	KindUnauthenticated     = "unauthenticated"
	KindForbidden           = "forbidden"
	KindCrossOrigin         = "cross-origin"
	KindWrongHost           = "wrong-host"
	kindUpstream            = "upstream"
	kindDialect             = "dialect"
	kindConfigurationSource = "configuration-source"
	kindNotConfigured       = "not-configured"
	kindStore               = "store"
	KindIssuer              = "issuer"
	kindInternal            = "internal"
)

// problemURN is the prefix of every problem type.
const problemURN = "urn:temporal-dsql:problem:"

// Kind returns the kind of the problem, one of the constants.
func (p *Problem) Kind() string { return strings.TrimPrefix(p.Type, problemURN) }

// New returns a problem. Detail describes it, and remedyText says how to solve it.
func New(status int, kind, detail, remedyText string) *Problem {
	return &Problem{Type: problemURN + kind, Title: http.StatusText(status), Status: status, Detail: detail, Remedy: remedyText}
}

// WithRemedy sets a remedy that the command line words differently.
func (p *Problem) WithRemedy(code remedy.Code) *Problem {
	p.Remedy, p.RemedyCode = code.API(), code
	return p
}

// WithRetryAfter adds the header Retry-After.
func (p *Problem) WithRetryAfter(seconds int) *Problem {
	return p.WithHeader("Retry-After", strconv.Itoa(seconds))
}

// WithHeader sets a header of the response.
func (p *Problem) WithHeader(name, value string) *Problem {
	if p.headers == nil {
		p.headers = http.Header{}
	}
	p.headers.Set(name, value)
	return p
}

// WithCause sets the error behind the problem, for the log.
func (p *Problem) WithCause(err error) *Problem {
	p.cause = err
	return p
}
