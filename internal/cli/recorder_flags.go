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
	"github.com/temporal-dsql/temporal-dsql/internal/profile/cloudwatch"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/record"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/telemetry"
	"github.com/temporal-dsql/temporal-dsql/internal/service/config"
)

// readConfig applies the configuration file to the options whose flags are not set.
func (s *serveOptions) readConfig(cmd *cobra.Command, engine *compile.Engine) error {
	c, err := readConfigFile(cmd, engine, &s.storeFlags, &s.recorderFlags)
	if c == nil || err != nil {
		return err
	}
	isSet := cmd.Flags().Changed
	for _, x := range []struct {
		flag string
		to   *string
		says string
	}{{"listen", &s.listen, c.Listen}, {"tokens", &s.tokens, c.Tokens}} {
		if !isSet(x.flag) && x.says != "" {
			*x.to = x.says
		}
	}
	if c.OIDC != nil && !isSet("oidc-issuer") {
		s.issuer, s.audience = c.OIDC.Issuer, c.OIDC.Audience
	}
	if !isSet("cors-origin") {
		s.origins = c.CORS.Origins
	}
	if c.Limits.Drain != 0 && !isSet("drain") {
		s.drain = time.Duration(c.Limits.Drain)
	}
	s.limits = c.Limits
	for _, p := range s.assessmentPlans() {
		if s.prometheus == "" && s.clusters[p.ClusterID].Prometheus.URL == "" {
			return usageError{
				fmt.Sprintf("%s: clusters.%s.assess: no Prometheus for this cluster", s.config, p.ClusterID),
				"set prometheus.url in the file, for the service or the cluster, or --prometheus-url",
			}
		}
	}
	return nil
}

// readConfigFile applies the store and the Prometheus servers of the configuration file. It
// returns nil without a file.
func readConfigFile(cmd *cobra.Command, engine *compile.Engine, k *storeFlags, r *recorderFlags) (*config.Config, error) {
	if r.config == "" {
		return nil, nil
	}
	c, err := config.Read(engine, r.config)
	if err != nil {
		return nil, err
	}
	isSet := cmd.Flags().Changed
	for _, x := range []struct {
		flag string
		to   *string
		says string
	}{{"data-dir", &k.dataDir, c.DataDir}, {"bucket", &k.bucket, c.Bucket}, {"database", &k.database, c.Database}} {
		if !isSet(x.flag) && x.says != "" {
			*x.to = x.says
		}
	}
	r.concurrency = c.Limits.Creates
	r.source, r.clusters = c.Prometheus, c.Clusters
	// a flag applies to the service's Prometheus, and to clusters without their own
	for id, cluster := range r.clusters {
		if isSet("prometheus-url") && cluster.Prometheus.URL == c.Prometheus.URL {
			cluster.Prometheus.URL, cluster.Prometheus.SigV4 = "", nil
		}
		if isSet("scrape-interval") {
			cluster.Prometheus.ScrapeInterval = 0
		}
		r.clusters[id] = cluster
	}
	if isSet("prometheus-url") {
		r.source.URL, r.source.SigV4 = "", nil
	}
	if isSet("scrape-interval") {
		r.source.ScrapeInterval = 0
	}
	return c, nil
}

// newCluster returns the sources of a cluster's profiles.
func (r recorderFlags) newCluster(c config.Cluster, metrics []telemetry.Metric) (record.Cluster, error) {
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
		return out, usageError{err.Error(), "set --prometheus-url http://HOST:9090, or prometheus.url in the configuration file"}
	}
	out.Telemetry = collector
	watched := c.CloudWatch
	if watched == nil && r.dsqlCluster != "" {
		watched = &cloudwatch.Config{DSQLCluster: r.dsqlCluster}
	}
	if watched != nil {
		if out.CloudWatch, err = cloudwatch.New(*watched, metrics); err != nil {
			return out, usageError{"--dsql-cluster: " + err.Error(), "use ID or ID.dsql.REGION.on.aws; the ID has 26 letters and digits"}
		}
	}
	return out, nil
}

// addClusters adds the sources of each configured cluster, and of all others.
func (r recorderFlags) addClusters(metrics []telemetry.Metric, options *record.Options) (err error) {
	if r.dsqlCluster != "" && len(r.clusters) > 0 {
		return usageError{"--dsql-cluster: the configuration file names the clusters", "set clusters.ID.cloudwatch.dsql_cluster there"}
	}
	if options.Default, err = r.newCluster(config.Cluster{Prometheus: r.source}, metrics); err != nil {
		return err
	}
	for id, c := range r.clusters {
		made, err := r.newCluster(c, metrics)
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

// assessmentPlans returns the clusters with scheduled assessments, in order.
func (r recorderFlags) assessmentPlans() (plans []assess.Plan) {
	for _, id := range slices.Sorted(maps.Keys(r.clusters)) {
		if c := r.clusters[id]; c.Assess != nil {
			plans = append(plans, assess.Plan{
				ClusterID: id, Namespaces: c.Namespaces, Every: time.Duration(c.Assess.Every), Window: time.Duration(c.Assess.Window),
				Except: c.Assess.Except,
			})
		}
	}
	return plans
}

// canCreate reports whether any Prometheus is configured.
func (r recorderFlags) canCreate() bool {
	made := r.prometheus != "" || r.source.URL != ""
	for _, c := range r.clusters {
		made = made || c.Prometheus.URL != ""
	}
	return made
}

// recorderFlags configure the recorder of profiles.
type recorderFlags struct {
	prometheus     string
	scrapeInterval time.Duration
	dsqlCluster    string
	concurrency    int // concurrent creations
	// configuration file of the service, and its content
	config   string
	source   config.Prometheus
	clusters map[string]config.Cluster
	// transport sends the queries to Prometheus; nil means the default
	transport http.RoundTripper
}

func (r *recorderFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&r.prometheus, "prometheus-url", "", "Prometheus with the telemetry: http://HOST:9090")
	cmd.Flags().DurationVar(&r.scrapeInterval, "scrape-interval", telemetry.DefaultScrapeInterval, "scrape interval of that Prometheus")
	cmd.Flags().StringVar(&r.dsqlCluster, "dsql-cluster", "",
		"`ENDPOINT` or ID of the Aurora DSQL cluster, for its metrics in CloudWatch")
}

func (r *recorderFlags) registerConfig(cmd *cobra.Command) {
	cmd.Flags().StringVar(&r.config, "config", "",
		"configuration `FILE` of the service, in CUE, YAML or JSON (see schema export service); flags take precedence")
	_ = cmd.MarkFlagFilename("config", "cue", "yaml", "yml", "json")
}
