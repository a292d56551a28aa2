// Package config reads the profile service's configuration file, which #Service of the
// schema validates.
package config

import (
	"cmp"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/cloudwatch"
	"github.com/temporal-dsql/temporal-dsql/internal/running/snapshot"
)

// Config is the content of the file. Fields that the file omits are empty and leave the
// choice to a flag or its default. Relative paths are relative to the file's folder.
type Config struct {
	Listen     string     `json:"listen"` // HOST:PORT
	DataDir    string     `json:"data_dir"`
	Bucket     string     `json:"bucket"`   // s3://BUCKET[/PREFIX]
	Database   string     `json:"database"` // postgres://… or dsql://ENDPOINT, without a password
	Prometheus Prometheus `json:"prometheus"`
	// Clusters by id. Without entries, profiles of any cluster can be created.
	Clusters map[string]Cluster `json:"clusters"`
	Tokens   string             `json:"tokens"` // file of hashed tokens
	OIDC     *OIDC              `json:"oidc"`
	CORS     CORS               `json:"cors"`
	Limits   Limits             `json:"limits"`
}

// Prometheus describes a Prometheus server and how to query it.
type Prometheus struct {
	URL   string `json:"url"`
	SigV4 *SigV4 `json:"sigv4"`
	// Matchers are labels that select the cluster.
	Matchers       map[string]string `json:"matchers"`
	Dialect        string            `json:"dialect"` // "" detects it
	ScrapeInterval Duration          `json:"scrape_interval"`
	Concurrency    int               `json:"concurrency"` // queries in flight
	Timeout        Duration          `json:"timeout"`     // of one query with all retries
	MaxSamples     int64             `json:"max_samples"` // 0 means the collector's default, below 0 no limit
}

// SigV4 configures request signing for Amazon Managed Prometheus.
type SigV4 struct {
	Region  string `json:"region"`
	RoleARN string `json:"role_arn"`
	Profile string `json:"profile"` // of the AWS configuration files
}

// Cluster configures the profiles of one cluster.
type Cluster struct {
	// Prometheus is the service's, with the overrides of the cluster; Read merges them.
	Prometheus Prometheus `json:"prometheus"`
	// CloudWatch is nil if CloudWatch is not queried.
	CloudWatch *cloudwatch.Config `json:"cloudwatch"`
	Sources    snapshot.Sources   `json:"sources"`
	// Namespaces that profiles can cover; empty means any.
	Namespaces []string    `json:"namespaces"`
	Assess     *Assessment `json:"assess"`
}

// Assessment schedules the assessments of a cluster.
type Assessment struct {
	Every  Duration `json:"every"`
	Window Duration `json:"window"`
	// Except lists promised metrics to leave out.
	Except []string `json:"except"`
}

// OIDC names the issuer whose tokens are accepted.
type OIDC struct {
	Issuer   string `json:"issuer"`
	Audience string `json:"audience"`
}

// CORS lists the origins whose pages can call the API: https://HOST.
type CORS struct {
	Origins []string `json:"origins"`
}

// Limits are the limits on requests.
type Limits struct {
	Body       int64    `json:"body"`       // bytes of a request
	Concurrent int      `json:"concurrent"` // requests in flight; more get 429
	Creates    int      `json:"creates"`    // concurrent creations of each cluster
	Drain      Duration `json:"drain"`      // time for requests in flight at shutdown
}

// Duration is a time.Duration that is written as Go writes it: "15s", "1h30m".
type Duration time.Duration

// UnmarshalText parses a duration.
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	*d = Duration(parsed)
	return err
}

// MarshalText formats the duration.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// Read reads a configuration file: CUE, YAML or JSON.
func Read(engine *compile.Engine, name string) (*Config, error) {
	c := &Config{}
	if err := engine.ReadServiceConfig(name, c); err != nil {
		return nil, err
	}
	resolve := func(paths ...*string) {
		for _, path := range paths {
			if *path != "" && !filepath.IsAbs(*path) {
				*path = filepath.Join(filepath.Dir(name), *path)
			}
		}
	}
	resolve(&c.DataDir, &c.Tokens)
	for id, cluster := range c.Clusters {
		cluster.Prometheus = c.Prometheus.withOverrides(cluster.Prometheus)
		from := &cluster.Sources
		resolve(&from.Profile)
		if w := cluster.CloudWatch; w != nil && w.ECSMetrics {
			for _, e := range from.ECS {
				for _, service := range e.Services {
					w.Services = append(w.Services, cloudwatch.ECSService{Cluster: e.Cluster, Name: service})
				}
				w.Region, w.RoleARN = cmp.Or(w.Region, e.Region), cmp.Or(w.RoleARN, e.RoleARN)
			}
		}
		for i := range from.Files {
			resolve(&from.Files[i].Path)
		}
		if t := from.Temporal; t != nil {
			resolve(&t.APIKeyFile)
			if t.TLS != nil {
				resolve(&t.TLS.CAFile, &t.TLS.CertFile, &t.TLS.KeyFile)
			}
		}
		c.Clusters[id] = cluster
	}
	return c, nil
}

// ClusterIDs returns the ids of the clusters in order.
func (c *Config) ClusterIDs() []string { return slices.Sorted(maps.Keys(c.Clusters)) }

// withOverrides returns p with the fields that override sets. A different URL is a
// different server: the signature of p does not apply to it.
func (p Prometheus) withOverrides(over Prometheus) Prometheus {
	out := p
	if over.URL != "" {
		out.URL, out.SigV4 = over.URL, nil
	}
	if over.SigV4 != nil {
		out.SigV4 = over.SigV4
	}
	out.Matchers = maps.Clone(p.Matchers)
	for label, value := range over.Matchers {
		if out.Matchers == nil {
			out.Matchers = map[string]string{}
		}
		out.Matchers[label] = value
	}
	if over.Dialect != "" {
		out.Dialect = over.Dialect
	}
	if over.ScrapeInterval != 0 {
		out.ScrapeInterval = over.ScrapeInterval
	}
	if over.Concurrency != 0 {
		out.Concurrency = over.Concurrency
	}
	if over.Timeout != 0 {
		out.Timeout = over.Timeout
	}
	if over.MaxSamples != 0 {
		out.MaxSamples = over.MaxSamples
	}
	return out
}
