package cli

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/prometheus/sigv4"
	"github.com/spf13/cobra"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/assess"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/record"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/telemetry"
	"github.com/temporal-dsql/temporal-dsql/internal/service/config"
)

// configure takes what the file of the service's configuration says, where no
// flag says otherwise.
func (s *serving) configure(cmd *cobra.Command, engine *compile.Engine) error {
	c, err := configured(cmd, engine, &s.keeping, &s.recording)
	if c == nil || err != nil {
		return err
	}
	given := cmd.Flags().Changed
	for _, x := range []struct {
		flag string
		to   *string
		says string
	}{{"listen", &s.listen, c.Listen}, {"tokens", &s.tokens, c.Tokens}} {
		if !given(x.flag) && x.says != "" {
			*x.to = x.says
		}
	}
	if c.OIDC != nil && !given("oidc-issuer") {
		s.issuer, s.audience = c.OIDC.Issuer, c.OIDC.Audience
	}
	if !given("cors-origin") {
		s.origins = c.CORS.Origins
	}
	if c.Limits.Drain != 0 && !given("drain") {
		s.drain = time.Duration(c.Limits.Drain)
	}
	s.limits = c.Limits
	for _, p := range s.plans() {
		if s.prometheus == "" && s.clusters[p.ClusterID].Prometheus.URL == "" {
			return usageError{
				fmt.Sprintf("%s: clusters.%s.assess: no Prometheus is known that has the telemetry of this cluster", s.config, p.ClusterID),
				"prometheus.url in the file, for the service or the cluster; or --prometheus-url",
			}
		}
	}
	return nil
}

// configured takes where profiles are kept and what they are made by; nil where
// there is no file.
func configured(cmd *cobra.Command, engine *compile.Engine, k *keeping, r *recording) (*config.Config, error) {
	if r.config == "" {
		return nil, nil
	}
	c, err := config.Read(engine, r.config)
	if err != nil {
		return nil, err
	}
	given := cmd.Flags().Changed
	for _, x := range []struct {
		flag string
		to   *string
		says string
	}{{"data-dir", &k.dataDir, c.DataDir}, {"bucket", &k.bucket, c.Bucket}, {"database", &k.database, c.Database}} {
		if !given(x.flag) && x.says != "" {
			*x.to = x.says
		}
	}
	r.concurrency = c.Limits.Creates
	r.source, r.clusters = c.Prometheus, c.Clusters
	// a flag is for the Prometheus of the service, and so for clusters that have no other
	for id, cluster := range r.clusters {
		if given("prometheus-url") && cluster.Prometheus.URL == c.Prometheus.URL {
			cluster.Prometheus.URL, cluster.Prometheus.SigV4 = "", nil
		}
		if given("scrape-interval") {
			cluster.Prometheus.ScrapeInterval = 0
		}
		r.clusters[id] = cluster
	}
	if given("prometheus-url") {
		r.source.URL, r.source.SigV4 = "", nil
	}
	if given("scrape-interval") {
		r.source.ScrapeInterval = 0
	}
	return c, nil
}

// cluster makes what profiles of a cluster are made of.
func (r recording) cluster(c config.Cluster, metrics []telemetry.Metric) (record.Cluster, error) {
	out := record.Cluster{Sources: c.Sources, Namespaces: c.Namespaces}
	p := c.Prometheus
	config := telemetry.Config{
		URL: p.URL, Matchers: p.Matchers, Dialect: p.Dialect, ScrapeInterval: time.Duration(p.ScrapeInterval), Concurrency: p.Concurrency,
		Timeout: time.Duration(p.Timeout), MaxSamples: p.MaxSamples, Transport: r.transport,
	}
	if config.URL == "" {
		config.URL = r.prometheus
	}
	if config.ScrapeInterval == 0 {
		config.ScrapeInterval = r.scrapeInterval
	}
	if config.URL == "" {
		return out, nil
	}
	if p.SigV4 != nil {
		config.SigV4 = &sigv4.SigV4Config{Region: p.SigV4.Region, RoleARN: p.SigV4.RoleARN, Profile: p.SigV4.Profile}
	}
	collector, err := telemetry.New(config, metrics)
	if err != nil {
		return out, usageError{err.Error(), "--prometheus-url http://HOST:9090, or prometheus.url in the configuration file"}
	}
	out.Telemetry = collector
	return out, nil
}

// every makes what profiles of each cluster are made of, and of any where none is named.
func (r recording) every(metrics []telemetry.Metric, options *record.Options) (err error) {
	if options.Default, err = r.cluster(config.Cluster{Prometheus: r.source}, metrics); err != nil {
		return err
	}
	for id, c := range r.clusters {
		made, err := r.cluster(c, metrics)
		if err != nil {
			return fmt.Errorf("cluster %s: %w", id, err)
		}
		if options.Clusters == nil {
			options.Clusters = map[string]record.Cluster{}
		}
		options.Clusters[id] = made
	}
	return nil
}

// plans are the clusters that are assessed by themselves, in order.
func (r recording) plans() (plans []assess.Plan) {
	for _, id := range slices.Sorted(maps.Keys(r.clusters)) {
		if c := r.clusters[id]; c.Assess != nil {
			plans = append(plans, assess.Plan{
				ClusterID: id, Namespaces: c.Namespaces, Every: time.Duration(c.Assess.Every), Window: time.Duration(c.Assess.Window),
			})
		}
	}
	return plans
}

// makes reports whether there is a Prometheus to make profiles of.
func (r recording) makes() bool {
	made := r.prometheus != "" || r.source.URL != ""
	for _, c := range r.clusters {
		made = made || c.Prometheus.URL != ""
	}
	return made
}

// A recording is what profiles are made by.
type recording struct {
	prometheus     string
	scrapeInterval time.Duration
	concurrency    int // profiles at once
	// file of the service's configuration, and what it says
	config   string
	source   config.Prometheus
	clusters map[string]config.Cluster
	// Transport is below everything that is asked of Prometheus; nil is the usual one
	transport http.RoundTripper
}

func (r *recording) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&r.prometheus, "prometheus-url", "", "Prometheus that has the telemetry: http://HOST:9090")
	cmd.Flags().DurationVar(&r.scrapeInterval, "scrape-interval", telemetry.DefaultScrapeInterval, "of the samples in that Prometheus")
}

func (r *recording) configFlag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&r.config, "config", "", "configuration `FILE` of the service, in CUE, YAML or JSON (see schema export service); a flag wins over it")
	_ = cmd.MarkFlagFilename("config", "cue", "yaml", "yml", "json")
}
