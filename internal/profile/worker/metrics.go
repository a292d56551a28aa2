package worker

import (
	"io"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/uber-go/tally/v4"
	reporter "github.com/uber-go/tally/v4/prometheus"
	"go.temporal.io/sdk/client"
	sdktally "go.temporal.io/sdk/contrib/tally"
)

// metricsOf registers the SDK's metrics under the names common to all SDKs: temporal_….
func metricsOf(to prometheus.Registerer, logger *slog.Logger) (client.MetricsHandler, io.Closer) {
	if to == nil {
		return client.MetricsNopHandler, nopCloser{}
	}
	scope, closing := tally.NewRootScope(tally.ScopeOptions{
		CachedReporter: reporter.NewReporter(reporter.Options{
			Registerer: to, DefaultTimerType: reporter.HistogramTimerType,
			OnRegisterError: func(err error) { logger.Debug("register SDK metric", "error", err.Error()) },
		}),
		Separator: reporter.DefaultSeparator, SanitizeOptions: &sdktally.PrometheusSanitizeOptions, OmitCardinalityMetrics: true,
	}, time.Second)
	return sdktally.NewMetricsHandler(sdktally.NewPrometheusNamingScope(scope)), closing
}

type nopCloser struct{}

func (nopCloser) Close() error { return nil }
