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

// metricsOf registers what the SDK counts, under the names that all SDKs use:
// temporal_….
func metricsOf(to prometheus.Registerer, logger *slog.Logger) (client.MetricsHandler, io.Closer) {
	if to == nil {
		return client.MetricsNopHandler, nothing{}
	}
	scope, closing := tally.NewRootScope(tally.ScopeOptions{
		CachedReporter: reporter.NewReporter(reporter.Options{
			Registerer: to, DefaultTimerType: reporter.HistogramTimerType,
			OnRegisterError: func(err error) { logger.Debug("count a metric of the SDK", "error", err.Error()) },
		}),
		Separator: reporter.DefaultSeparator, SanitizeOptions: &sdktally.PrometheusSanitizeOptions, OmitCardinalityMetrics: true,
	}, time.Second)
	return sdktally.NewMetricsHandler(sdktally.NewPrometheusNamingScope(scope)), closing
}

type nothing struct{}

func (nothing) Close() error { return nil }
