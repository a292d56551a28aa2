package problem

import (
	"context"
	"errors"
	"net/http"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/cloudwatch"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/record"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/telemetry"
	"github.com/temporal-dsql/temporal-dsql/internal/running/snapshot"
	"github.com/temporal-dsql/temporal-dsql/internal/service/remedy"
)

// Of maps an error from a lower layer to an API problem.
func Of(err error) *Problem {
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
		return New(http.StatusServiceUnavailable, KindBusy, "the request was cancelled", "send it again").WithCause(err)
	case errors.As(err, &late):
		return New(http.StatusGatewayTimeout, kindUpstream, late.Error(), budget.CreationSeconds.Remedy).WithCause(err)
	case errors.As(err, &up):
		return New(http.StatusBadGateway, kindUpstream, "Prometheus: "+err.Error(), "").
			WithRemedy(remedy.AllowPartial).WithCause(err)
	case errors.As(err, &watched):
		return New(http.StatusBadGateway, kindUpstream, "CloudWatch: "+watched.Error(), watched.Remedy).WithCause(err)
	case errors.As(err, &dialect):
		return New(http.StatusBadGateway, kindDialect, dialect.Message, dialect.Remedy).WithCause(err)
	case errors.As(err, &source):
		return sourceProblem(source, err)
	case errors.As(err, &unconfigured):
		return New(http.StatusServiceUnavailable, kindNotConfigured, unconfigured.Message, unconfigured.Remedy).WithCause(err)
	case errors.As(err, &corrupt), errors.As(err, &lost):
		return New(http.StatusInternalServerError, kindInternal, err.Error(), "").WithRemedy(remedy.RestoreProfile).WithCause(err)
	}
	var inside *internalError
	if errors.As(err, &inside) {
		return New(
			http.StatusInternalServerError,
			kindInternal,
			"internal error",
			"report the request_id to the operators",
		).WithCause(err)
	}
	// all other errors come from the documents or the database
	if store.IsDiskFull(err) {
		return New(http.StatusServiceUnavailable, kindStore, "the disk of the store is full: "+err.Error(),
			"free space on the disk, or delete profiles: that works on a full disk").WithCause(err).WithRetryAfter(5)
	}
	return New(http.StatusServiceUnavailable, kindStore, "the store does not answer: "+err.Error(),
		"check that the database and the documents can be reached; /readyz reports it").WithCause(err).WithRetryAfter(5)
}

// NewInvalid returns the problem of an invalid request.
func NewInvalid(detail, remedyText string) *Problem {
	return New(http.StatusBadRequest, KindInvalidRequest, detail, remedyText)
}

// NewInternal returns the problem of a fault of the service itself.
func NewInternal(err error) *Problem { return Of(&internalError{err}) }

// IsRefusal reports whether an error rejects a request that is invalid or not possible now, so that nothing has failed.
func IsRefusal(err error) bool { return requestProblem(err) != nil || stateProblem(err) != nil }

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
		return New(http.StatusBadRequest, kindInvalidWindow, window.Message, window.Remedy)
	case errors.As(err, &filter):
		return New(http.StatusBadRequest, kindInvalidFilter, filter.Message, filter.Remedy)
	case errors.As(err, &cost):
		return New(http.StatusBadRequest, kindTooCostly, cost.Error(),
			"use a shorter window, or raise max_samples in the service's configuration")
	case errors.As(err, &requestErr):
		return NewInvalid(requestErr.Message, requestErr.Remedy)
	}
	return nil
}

// stateProblem returns the problem of a request that is valid but not possible now, or nil.
func stateProblem(err error) *Problem {
	var moved *store.BaselineError
	var full *record.BusyError
	switch {
	case errors.Is(err, store.ErrNotFound):
		return New(http.StatusNotFound, KindNotFound, store.ErrNotFound.Error(), "").WithRemedy(remedy.ListProfiles)
	case errors.Is(err, store.ErrNoAssessment):
		return New(http.StatusNotFound, KindNotFound, store.ErrNoAssessment.Error(), "").WithRemedy(remedy.ListAssessments)
	case errors.Is(err, store.ErrExists):
		return New(http.StatusConflict, kindConflict, store.ErrExists.Error(), "delete the stored profile first, or keep it")
	case errors.Is(err, store.ErrDeleting):
		return New(http.StatusConflict, kindConflict, store.ErrDeleting.Error(),
			"send it again in a moment; an interrupted deletion is finished within two hours").WithRetryAfter(2)
	case errors.Is(err, store.ErrIsBaseline):
		return New(http.StatusConflict, kindIsBaseline, store.ErrIsBaseline.Error(), "set another profile as the baseline first")
	case errors.Is(err, store.ErrKeyReused):
		return New(http.StatusUnprocessableEntity, kindKeyReused, store.ErrKeyReused.Error(), "use a new key for a new request")
	case errors.As(err, &moved):
		return New(
			http.StatusPreconditionFailed,
			kindBaselineMoved,
			moved.Error(),
			"read the current baseline and send the request again",
		)
	case errors.As(err, &full):
		return New(http.StatusTooManyRequests, KindBusy, full.Error(), "send it again in a moment").WithRetryAfter(2)
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
	return New(status, kindConfigurationSource, err.Error(), source.Remedy).WithCause(err)
}
