package localservice

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/prometheus/sigv4"
	"github.com/spf13/cobra"

	"github.com/temporal-dsql/temporal-dsql/internal/cli/command"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/assess"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/cloudwatch"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/record"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/telemetry"
	"github.com/temporal-dsql/temporal-dsql/internal/service/config"
)

// ReadConfigFile applies the store and the Prometheus servers of the configuration file. It
// returns nil without a file.
func ReadConfigFile(cmd *cobra.Command, engine *compile.Engine, k *StoreFlags, r *RecorderFlags) (*config.Config, error) {
	if r.Config == "" {
		return nil, nil
	}
	c, err := config.Read(engine, r.Config)
	if err != nil {
		return nil, err
	}
	isSet := cmd.Flags().Changed
	for _, x := range []struct {
		flag string
		to   *string
		says string
	}{{"data-dir", &k.DataDir, c.DataDir}, {"bucket", &k.Bucket, c.Bucket}, {"database", &k.Database, c.Database}} {
		if !isSet(x.flag) && x.says != "" {
			*x.to = x.says
		}
	}
	r.Concurrency = c.Limits.Creates
	r.Source, r.Clusters = c.Prometheus, c.Clusters
	// a flag applies to the service's Prometheus, and to clusters without their own
	for id, cluster := range r.Clusters {
		if isSet("prometheus-url") && cluster.Prometheus.URL == c.Prometheus.URL {
			cluster.Prometheus.URL, cluster.Prometheus.SigV4 = "", nil
		}
		if isSet("scrape-interval") {
			cluster.Prometheus.ScrapeInterval = 0
		}
		r.Clusters[id] = cluster
	}
	if isSet("prometheus-url") {
		r.Source.URL, r.Source.SigV4 = "", nil
	}
	if isSet("scrape-interval") {
		r.Source.ScrapeInterval = 0
	}
	return c, nil
}

// newCluster returns the sources of a cluster's profiles.
func (r RecorderFlags) newCluster(c config.Cluster, metrics []telemetry.Metric) (record.Cluster, error) {
	out := record.Cluster{Sources: c.Sources, Namespaces: c.Namespaces}
	p := c.Prometheus
	config := telemetry.Config{
		URL: p.URL, Matchers: p.Matchers, Dialect: p.Dialect, ScrapeInterval: time.Duration(p.ScrapeInterval), Concurrency: p.Concurrency,
		Timeout: time.Duration(p.Timeout), MaxSamples: p.MaxSamples, Transport: r.Transport,
	}
	if config.URL == "" {
		config.URL = r.Prometheus
	}
	if config.ScrapeInterval == 0 {
		config.ScrapeInterval = r.ScrapeInterval
	}
	if config.URL == "" {
		return out, nil
	}
	if p.SigV4 != nil {
		config.SigV4 = &sigv4.SigV4Config{Region: p.SigV4.Region, RoleARN: p.SigV4.RoleARN, Profile: p.SigV4.Profile}
	}
	collector, err := telemetry.New(config, metrics)
	if err != nil {
		return out, command.NewUsageError(err.Error(), "set --prometheus-url http://HOST:9090, or prometheus.url in the configuration file")
	}
	out.Telemetry = collector
	watched := c.CloudWatch
	if watched == nil && r.DSQLCluster != "" {
		watched = &cloudwatch.Config{DSQLCluster: r.DSQLCluster}
	}
	if watched != nil {
		if out.CloudWatch, err = cloudwatch.New(*watched, metrics); err != nil {
			return out, command.NewUsageError(
				"--dsql-cluster: "+err.Error(),
				"use ID or ID.dsql.REGION.on.aws; the ID has 26 letters and digits",
			)
		}
	}
	return out, nil
}

// addClusters adds the sources of each configured cluster, and of all others.
func (r RecorderFlags) addClusters(metrics []telemetry.Metric, options *record.Options) (err error) {
	if r.DSQLCluster != "" && len(r.Clusters) > 0 {
		return command.NewUsageError(
			"--dsql-cluster: the configuration file names the clusters",
			"set clusters.ID.cloudwatch.dsql_cluster there",
		)
	}
	if options.Default, err = r.newCluster(config.Cluster{Prometheus: r.Source}, metrics); err != nil {
		return err
	}
	for id, c := range r.Clusters {
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

// AssessmentPlans returns the clusters with scheduled assessments, in order.
func (r RecorderFlags) AssessmentPlans() (plans []assess.Plan) {
	for _, id := range slices.Sorted(maps.Keys(r.Clusters)) {
		if c := r.Clusters[id]; c.Assess != nil {
			plans = append(plans, assess.Plan{
				ClusterID: id, Namespaces: c.Namespaces, Every: time.Duration(c.Assess.Every), Window: time.Duration(c.Assess.Window),
				Except: c.Assess.Except,
			})
		}
	}
	return plans
}

// CanCreate reports whether any Prometheus is configured.
func (r RecorderFlags) CanCreate() bool {
	made := r.Prometheus != "" || r.Source.URL != ""
	for _, c := range r.Clusters {
		made = made || c.Prometheus.URL != ""
	}
	return made
}

// RecorderFlags configure the recorder of profiles.
type RecorderFlags struct {
	Prometheus     string
	ScrapeInterval time.Duration
	DSQLCluster    string
	Concurrency    int // concurrent creations
	// configuration file of the service, and its content
	Config   string
	Source   config.Prometheus
	Clusters map[string]config.Cluster
	// Transport sends the queries to Prometheus; nil means the default
	Transport http.RoundTripper
}

// Register adds the flags of one Prometheus and one cluster.
func (r *RecorderFlags) Register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&r.Prometheus, "prometheus-url", "", "Prometheus with the telemetry: http://HOST:9090")
	cmd.Flags().DurationVar(&r.ScrapeInterval, "scrape-interval", telemetry.DefaultScrapeInterval, "scrape interval of that Prometheus")
	cmd.Flags().StringVar(&r.DSQLCluster, "dsql-cluster", "",
		"`ENDPOINT` or ID of the Aurora DSQL cluster, for its metrics in CloudWatch")
}

// RegisterConfig adds the flag of the configuration file.
func (r *RecorderFlags) RegisterConfig(cmd *cobra.Command) {
	cmd.Flags().StringVar(&r.Config, "config", "",
		"configuration `FILE` of the service, in CUE, YAML or JSON (see schema export service); flags take precedence")
	_ = cmd.MarkFlagFilename("config", "cue", "yaml", "yml", "json")
}
