package telemetry

import (
	"net/http"
	"time"

	"github.com/prometheus/sigv4"
)

// Defaults of a Config.
const (
	DefaultConcurrency    = 16
	DefaultTimeout        = 30 * time.Second
	DefaultTries          = 4
	DefaultScrapeInterval = 15 * time.Second
	// Amazon charges about five cents for them
	DefaultAMPSamples = 500_000_000
)

// Config configures the collection of a cluster's telemetry.
type Config struct {
	// URL of Prometheus, or of an Amazon Managed Prometheus workspace
	URL string
	// signs each request, for Amazon Managed Prometheus
	SigV4 *sigv4.SigV4Config
	// lowest transport; nil means that of client_golang
	Transport http.RoundTripper
	// labels that select the cluster in a shared Prometheus
	Matchers map[string]string
	// metric naming of the server's exporter; "" means detected
	Dialect string
	// interval of the samples in Prometheus
	ScrapeInterval time.Duration
	// queries in flight, over all windows collected at once
	Concurrency int
	// limit for one query, including retries
	Timeout time.Duration
	Tries   int
	// estimated samples that one collection can touch; 0 means DefaultAMPSamples with SigV4, else unlimited; negative
	// means unlimited
	MaxSamples int64
}

// setDefaults fills in the fields that a Config leaves empty.
func (c *Config) setDefaults() {
	if c.ScrapeInterval == 0 {
		c.ScrapeInterval = DefaultScrapeInterval
	}
	if c.Concurrency <= 0 {
		c.Concurrency = DefaultConcurrency
	}
	if c.Timeout <= 0 {
		c.Timeout = DefaultTimeout
	}
	if c.Tries <= 0 {
		c.Tries = DefaultTries
	}
	if c.MaxSamples == 0 && c.SigV4 != nil {
		c.MaxSamples = DefaultAMPSamples
	}
}
